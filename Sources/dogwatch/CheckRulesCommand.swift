import ArgumentParser
import Ports
import Rules
import Settings
import Telemetry

struct CheckRulesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules", abstract: "Checks rule files, as Prometheus and dogwatch read them.",
        discussion: "  dogwatch check rules rules/*.yml")
    @Argument(help: ArgumentHelp("The files.", valueName: "file"), completion: .file(extensions: ["yaml", "yml"]))
    var files: [String]
    @Flag(name: .customLong("ignore-unknown-fields"), help: "Take keys that are not known, with a warning.")
    var ignoresUnknownFields = false
    @Flag(name: .customLong("lint-fatal"), help: "Rules that are there twice are an error.")
    var lintIsFatal = false

    func run() throws {
        var options = RuleFile.Options()
        options.ignoresUnknownKeys = ignoresUnknownFields
        var isBad = false
        for path in files {
            let result = try RuleFiles.check(path, options)
            isBad = isBad || !result.isFine || lintIsFatal && result.hasDuplicates
        }
        if isBad { throw ExitCode(1) }
    }
}

/// The diagnostic, with the line of the file beneath and a caret under the place.
func caretText(_ diagnostic: Diagnostic, _ bytes: [UInt8]) -> String {
    guard let position = diagnostic.position, position.line >= 1 else { return "\(diagnostic)" }
    let lines = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: position.line, omittingEmptySubsequences: false)
    guard lines.indices.contains(position.line - 1) else { return "\(diagnostic)" }
    let line = String(decoding: lines[position.line - 1].prefix(400), as: UTF8.self)
    // Columns count bytes; the caret stands under a character.
    let before = String(decoding: line.utf8.prefix(max(position.column - 1, 0)), as: UTF8.self)
    let shown = escapingControls(String(line.map { $0 == "\t" ? " " : $0 }))
    return "\(diagnostic)\n  \(shown)\n  \(String(repeating: " ", count: min(before.count, 400)))^"
}

/// Rule files as they lie.
enum RuleFiles {
    /// Says all that is wrong with a file on standard error, or on standard output that it is fine.
    static func check(_ path: String, _ options: RuleFile.Options) throws -> (isFine: Bool, hasDuplicates: Bool) {
        let bytes = try contents(of: path)
        let file = RuleFile.read(bytes, source: path, options)
        StandardError.write((file.warnings.map { "\($0)" } + file.errors.map { caretText($0, bytes) }).map { $0 + "\n" }.joined())
        guard file.errors.isEmpty else { return (false, false) }
        let duplicates = RuleFile.duplicates(in: file.groups)
        for (rule, count) in duplicates {
            StandardError.write("\(path): \(rule.name) with the same labels is there \(count) times\n")
        }
        StandardOutput.write("\(path): fine, \(count(file.groups))\n")
        return (true, !duplicates.isEmpty)
    }
    /// Such as `5 rules in 2 groups`.
    static func count(_ groups: [RuleGroup]) -> String {
        let rules = groups.reduce(0) { $0 + $1.rules.count }
        return "\(rules) rule\(rules == 1 ? "" : "s") in \(groups.count) group\(groups.count == 1 ? "" : "s")"
    }
    static func contents(of path: String) throws -> [UInt8] {
        do { return try Parts.files.contents(of: path, limit: RuleFile.sizeLimit) } catch {
            throw Failure.use("\(path): \(error.detail).")
        }
    }
    /// The files that the patterns stand for, in order; those beside `file` where they begin with no slash.
    static func paths(_ patterns: [String], beside file: String) -> (paths: [String], unmatched: [String]) {
        var (paths, unmatched) = ([String](), [String]())
        for pattern in patterns {
            let whole = path(pattern, beside: file)
            let found = Parts.files.paths(matching: whole)
            if found.isEmpty { unmatched.append(whole) }
            for path in found where !paths.contains(path) { paths.append(path) }
        }
        return (paths, unmatched)
    }
    /// As a configuration means it: beside its own file, unless it begins with a slash.
    static func path(_ path: String, beside file: String) -> String {
        guard !path.hasPrefix("/"), file.contains("/") else { return path }
        return file.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/") + "/" + path
    }
}
