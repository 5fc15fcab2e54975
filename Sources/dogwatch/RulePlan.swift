import Notify
import Ports
import Rules
import Runtime
import Settings
import Telemetry

/// The rules that options and configuration together ask for.
struct RulePlan: Sendable {
    var groups: [RuleGroup] = []
    var context = RuleContext()
    var notify = NotifyConfiguration()
    var objectives: [ServiceLevelObjective] = []
    /// Where the state of alerts is kept, if anywhere.
    var state: String?
    /// All that is wrong with rule files; with any of them the groups are not to be used.
    var errors: [Diagnostic] = []
    var warnings: [Diagnostic] = []

    /// `path` is where the configuration was read from, if any: patterns in it count from there.
    init(_ configuration: Configuration, path: String?, files patterns: [String]) {
        notify = configuration.notify
        context.externalURL = configuration.notify.externalURL
        context.externalLabels = LabelSet(configuration.global.externalLabels)
        context.options.subqueryStep = configuration.global.evaluationInterval
        let options = RuleFile.Options(configuration)
        let (own, unmatched) = RuleFiles.paths(configuration.ruleFiles, beside: path ?? "")
        for pattern in unmatched {
            warnings.append(Diagnostic(source: path ?? "", message: "no file matches \"\(pattern)\" of rule_files"))
        }
        let (given, missing) = RuleFiles.paths(patterns, beside: "")
        for pattern in missing { errors.append(Diagnostic(source: "--rules", message: "no file matches \"\(pattern)\"")) }
        for path in own + given.filter({ !own.contains($0) }) { read(path, options) }
        objectives = configuration.objectives
        state = configuration.alerts.state.map { RuleFiles.path($0, beside: path ?? "") }
        groups += configuration.objectives.map { $0.group() }
        if configuration.alerts.hasStarter { groups += StarterRules.groups(without: configuration.alerts.without) }
    }
    /// Those of a recording.
    init(_ options: RuleOptions) throws {
        let configuration = try options.config.map { path in
            let reading = try Plan.readConfiguration(path, Parts.files)
            guard reading.errors.isEmpty else {
                throw Failure.use(reading.errors.map(\.description).joined(separator: "\ndogwatch: "))
            }
            return reading.configuration
        }
        self.init(configuration ?? Configuration(), path: options.config, files: options.rules)
        try refuseErrors()
    }

    /// Ends the program where a rule file is wrong, with all that is.
    func refuseErrors() throws {
        guard errors.isEmpty else { throw Failure.use(errors.map(\.description).joined(separator: "\ndogwatch: ")) }
        for warning in warnings { StandardError.write("dogwatch: \(warning)\n") }
    }

    private mutating func read(_ path: String, _ options: RuleFile.Options) {
        do {
            let file = RuleFile.read(try Parts.files.contents(of: path, limit: RuleFile.sizeLimit), source: path, options)
            groups += file.groups
            errors += file.errors
            warnings += file.warnings
        } catch {
            errors.append(Diagnostic(source: path, message: error.detail))
        }
    }

    /// A runner for a recording, whose time is what the arrivals say.
    func sink(into engine: Engine) -> (RuleSink, RuleRunner) {
        let runner = RuleRunner(engine.store, context)
        return (RuleSink(engine, runner, groups, objectives: objectives), runner)
    }
}
