import API
import ArgumentParser
import Dashboard
import PromQL
import Rules
import Runtime
import Telemetry

struct AlertsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alerts", abstract: "Prints which alerts fired when, for scripts and CI.",
        discussion: """
              dogwatch alerts --recording incident/ --rules rules.yml
              dogwatch alerts --url http://127.0.0.1:9090 --range 1h --severity critical
            """)
    @OptionGroup var stored: StoredOptions
    @OptionGroup var rules: RuleOptions
    @Option(
        name: .long, help: ArgumentHelp("Ask the Prometheus or dogwatch that answers here, for its series ALERTS.", valueName: "url"))
    var url: String?
    @Option(name: .long, help: ArgumentHelp("With --url: look back so far, such as 1h.", valueName: "time"))
    var range = "1h"
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Only alerts of this severity or a worse one, and exit 1 if there are any: info, warning, error, critical.",
            valueName: "severity"))
    var severity: String?
    @Option(name: .long, help: "table, json or csv.")
    var format: RowFormat = .table

    func run() throws {
        let least = try severity.map { try Self.severity($0) }
        let fired = try url.map { try remote($0) } ?? local()
        let shown = fired.filter { AlertSeverity($0.severity) >= least ?? .none }
        let table = AlertRows.table(shown)
        if shown.isEmpty { StandardError.write("dogwatch: no alert fired\(least.map { " of severity \($0.name) or worse" } ?? "").\n") }
        if !shown.isEmpty || format != .table { StandardOutput.writeCollected(table.text(format)) }
        if least != nil, !shown.isEmpty { throw ExitCode(1) }
    }

    private static func severity(_ text: String) throws -> AlertSeverity {
        guard let severity = AlertSeverity.allCases.first(where: { $0.name == text.lowercased() }) else {
            throw Failure.use(
                "--severity wants one of \(AlertSeverity.allCases.dropFirst().map(\.name).joined(separator: ", ")), not \"\(text)\".")
        }
        return severity
    }

    private func local() throws -> [AlertHistory.Entry] {
        let stored = try Stored(stored, rules: RulePlan(rules), canAsk: true)
        guard let report = stored.rules else { return [] }
        for state in report.groups.flatMap(\.rules) {
            if let error = state.lastError { StandardError.write("dogwatch: the rule \(state.rule.name) has no result: \(error)\n") }
        }
        return report.history.fired
    }

    // MARK: Elsewhere

    private func remote(_ url: String) throws -> [AlertHistory.Entry] {
        if stored.recording != nil || !stored.file.isEmpty { throw Failure.use("--url goes without --recording and --file.") }
        if !rules.rules.isEmpty || rules.config != nil {
            throw Failure.use("--rules and --config go with --recording; at a URL its own rules hold.")
        }
        let span = try parseSpan(range, option: "--range")
        let now = Parts.clock.now
        // As fine as 11,000 steps allow, and no finer than rules are usually evaluated.
        let step = max(TimeSpan.seconds(15), .seconds(span.nanoseconds / 1_000_000_000 / 10_000 + 1))
        let answer = try RemoteAsking.answer(
            .range(from: now - span, through: now, step: step), #"ALERTS{alertstate="firing"}"#, url)
        guard case .matrix(let series) = answer.value else { return [] }
        return series.flatMap { AlertRows.entries($0, step: step, end: now) }
            .sorted { ($0.activeAt, $0.name) < ($1.activeAt, $1.name) }
    }
}

/// Alerts as rows.
enum AlertRows {
    static func table(_ entries: [AlertHistory.Entry]) -> ExportTable {
        ExportTable(
            columns: ["fired", "until", "lasted", "severity", "alert", "labels"],
            rows: entries.map { entry in
                let fired = entry.firedAt ?? entry.activeAt
                let labels = entry.labels.labels.filter { !["alertname", "severity"].contains($0.name) }
                return [
                    fired.rfc3339, entry.endedAt?.rfc3339 ?? "firing", entry.endedAt.map { ($0 - fired).prometheus } ?? "", entry.severity,
                    entry.name, labels.map { "\($0.name)=\(quoted($0.value))" }.joined(separator: " "),
                ]
            })
    }

    /// The stretches of one series of ALERTS: a gap of more than a step ends one.
    static func entries(_ series: ResultSeries, step: TimeSpan, end: Timestamp) -> [AlertHistory.Entry] {
        let labels = series.labels.removing([LabelSet.nameLabel, "alertstate"])
        var entries: [AlertHistory.Entry] = []
        var previous: Timestamp?
        for sample in series.floats {
            if let previous, sample.time - previous <= step + step, var last = entries.popLast() {
                last.endedAt = sample.time
                entries.append(last)
            } else {
                entries.append(
                    .init(labels: labels, activeAt: sample.time, firedAt: sample.time, endedAt: sample.time, value: sample.value))
            }
            previous = sample.time
        }
        // What was there at the end fires still.
        if let previous, end - previous <= step, var last = entries.popLast() {
            last.endedAt = nil
            entries.append(last)
        }
        return entries
    }
}
