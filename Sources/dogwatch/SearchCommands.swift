import ArgumentParser
import Dashboard
import Insight
import Store
import Telemetry

struct CountOptions: ParsableArguments {
    @Flag(name: .long, help: "Only how many match.")
    var count = false
    @Option(
        name: .long, help: ArgumentHelp("With --count: how many by each value of these fields, such as level,service.", valueName: "fields")
    )
    var by: String?
    @Option(name: .long, help: "table, json or csv.")
    var format: RowFormat = .table
    @Option(name: .long, help: ArgumentHelp("At most so many rows.", valueName: "n"))
    var limit = 1000

    var fields: [String] { by?.split(separator: ",").map(String.init) ?? [] }

    func check() throws {
        if by != nil, !count { throw Failure.use("--by goes with --count.") }
        if limit < 0 { throw Failure.use("--limit wants a number from 0 on, not \(limit).") }
    }
}

struct LogsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs", abstract: "Searches log lines, for scripts.",
        discussion:
            "  dogwatch logs 'level>=warn service=order' --recording incident/\n  dogwatch logs level=error --file app.log --count --by level,service"
    )
    @Argument(help: ArgumentHelp("As after / in view 6; nothing matches every line.", valueName: "search"))
    var search = ""
    @OptionGroup var stored: StoredOptions
    @OptionGroup var counting: CountOptions

    func run() throws {
        try counting.check()
        let search = LogSearch(search)
        if let error = search.error { throw Failure.use(caret(search.search.text, error)) }
        let logs = try Stored(stored).snapshot.logs
        if counting.count {
            if counting.fields.isEmpty {
                StandardOutput.writeCollected("\(search.run(in: logs, range: .always, limit: 0).total)\n")
            } else {
                let groups = search.count(by: counting.fields, in: logs, range: .always)
                let table = ExportTable(
                    columns: counting.fields + ["count"], rows: groups.prefix(counting.limit).map { $0.values + [String($0.count)] })
                StandardOutput.writeCollected(table.text(counting.format))
            }
            return
        }
        let matches = search.run(in: logs, range: .always, limit: counting.limit)
        let clock = ClockText()
        let table = ExportTable(
            columns: ["time", "level", "service", "message", "trace"],
            rows: matches.headers.reversed().map { header in
                let time = header.time.timestamp
                return [
                    clock.date(time) + "T" + clock.timeWithMilliseconds(time) + "Z", header.severity.name, logs.strings[header.service],
                    logs.message(of: header.ref), header.traceID.isValid ? header.traceID.hexadecimal : "",
                ]
            })
        StandardOutput.writeCollected(table.text(counting.format))
        if matches.total > matches.headers.count {
            StandardError.write("dogwatch: the newest \(matches.headers.count) of \(matches.total) lines; --limit shows more\n")
        }
    }
}

struct TracesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "traces", abstract: "Searches traces, for scripts.",
        discussion:
            "  dogwatch traces 'service=payment status=error' --recording incident/\n  dogwatch traces 'trace.duration>1s' --file spans.jsonl --count"
    )
    @Argument(help: ArgumentHelp("As after / in view 5; nothing matches every trace.", valueName: "search"))
    var search = ""
    @OptionGroup var stored: StoredOptions
    @OptionGroup var counting: CountOptions

    func run() throws {
        try counting.check()
        let search = TraceSearch(search)
        if let error = search.error { throw Failure.use(caret(search.search.text, error)) }
        let traces = try Stored(stored).snapshot.traces
        if counting.count, !counting.fields.isEmpty {
            let groups = search.count(by: counting.fields, in: traces, range: .always)
            let table = ExportTable(
                columns: counting.fields + ["spans"], rows: groups.prefix(counting.limit).map { $0.values + [String($0.count)] })
            StandardOutput.writeCollected(table.text(counting.format))
            return
        }
        let matches = search.run(in: traces, range: .always, limit: counting.count ? 0 : counting.limit)
        if counting.count {
            StandardOutput.writeCollected("\(matches.total)\n")
            return
        }
        let clock = ClockText()
        let table = ExportTable(
            columns: ["trace", "start", "duration_seconds", "service", "name", "spans", "errors"],
            rows: matches.traces.map { match in
                let start = match.summary.start.timestamp
                return [
                    match.summary.traceID.hexadecimal, clock.date(start) + "T" + clock.timeWithMilliseconds(start) + "Z",
                    String(match.summary.duration.seconds), traces.strings[match.summary.rootService],
                    traces.strings[match.summary.rootName],
                    String(match.summary.spanCount), String(match.summary.errorCount),
                ]
            })
        StandardOutput.writeCollected(table.text(counting.format))
        if matches.total > matches.traces.count {
            StandardError.write("dogwatch: the newest \(matches.traces.count) of \(matches.total) traces; --limit shows more\n")
        }
    }
}

/// The search with a caret under what is wrong with it.
private func caret(_ search: String, _ error: Diagnostic) -> String {
    guard let column = error.position?.column else { return "\(error.message)." }
    let line = String(search.map { $0.isNewline ? " " : $0 })
    return "\(error.message):\n  \(line)\n  \(String(repeating: " ", count: max(column - 1, 0)))^"
}
