import API
import ArgumentParser
import Canvas
import Dashboard
import Glibc
import Ports
import PromQL
import Runtime
import Store
import Telemetry

enum QueryFormat: String, ExpressibleByArgument, CaseIterable { case table, json, csv, chart }

struct QueryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "query", abstract: "Evaluates PromQL and prints what it comes to.",
        discussion: """
              dogwatch query 'sum by (code) (rate(http_requests_total[1m]))' --recording incident/ --at 5m
              dogwatch query up --url http://127.0.0.1:9090 --range 1h --step 15s --format chart
            """)
    @Argument(help: ArgumentHelp("What to evaluate, in PromQL.", valueName: "expression"))
    var expression: String
    @OptionGroup var stored: StoredOptions
    @Option(name: .long, help: ArgumentHelp("Ask what serves Prometheus's API here instead.", valueName: "url"))
    var url: String?
    @Option(
        name: .long,
        help: ArgumentHelp(
            "The moment, or the end of the range: RFC 3339, Unix seconds, or in a recording so far from its beginning, such as 4m30s. The present, or the recording's end, where it is not given.",
            valueName: "moment"))
    var at: String?
    @Option(name: .long, help: ArgumentHelp("Evaluate over this much time up to the moment, such as 1h.", valueName: "time"))
    var range: String?
    @Option(name: .long, help: ArgumentHelp("With --range: every so often; a 240th of the range where it is not given.", valueName: "time"))
    var step: String?
    @Option(name: .long, help: "table, json, csv or chart.")
    var format: QueryFormat = .table
    @Option(name: .long, help: ArgumentHelp("Of the chart: columns by rows.", valueName: "CxR"))
    var size = "100x24"
    @Flag(name: .long, help: "Draw the chart with ASCII characters alone.")
    var ascii = false

    func run() throws {
        let size = try SnapshotCommand.size(size)
        let span = try range.map { try parseSpan($0, option: "--range") } ?? (format == .chart ? .minutes(60) : nil)
        if step != nil, span == nil { throw Failure.use("--step goes with --range.") }
        let step = try step.map { try parseSpan($0, option: "--step") } ?? Self.step(for: span ?? .zero)
        if let span, span.nanoseconds / step.nanoseconds > 11_000 {
            throw Failure.use("--range \(span.prometheus) by --step \(step.prometheus) is more than 11,000 points; take a longer step.")
        }
        let (answer, moment) = try url.map { try remote($0, span, step) } ?? local(span, step)
        for note in answer.warnings + answer.infos { StandardError.write("dogwatch: \(note)\n") }
        try tell(answer.value, (moment - (span ?? .zero))...moment, size)
    }

    private static func step(for span: TimeSpan) -> TimeSpan { max(.milliseconds(span.nanoseconds / 240_000_000), .seconds(1)) }

    private func tell(_ value: QueryValue, _ range: ClosedRange<Timestamp>, _ size: Size) throws {
        let report = QueryReport(value) { QueryJSON.text(of: $0) }
        switch format {
        case .json: StandardOutput.writeCollected(String(decoding: QueryJSON.data(of: value), as: UTF8.self) + "\n")
        case .csv: StandardOutput.writeCollected(report.table.csv)
        case .table:
            // A table without rows looks like a query that was not asked.
            if report.table.rows.isEmpty { StandardError.write("dogwatch: the answer has no series.\n") }
            StandardOutput.writeCollected(report.table.text(.table))
        case .chart:
            guard let frame = report.chart(over: range, size: size, drawing: ascii ? .ascii : .braille, theme: .standard) else {
                throw Failure("there is nothing to draw: the answer has no series with numbers.")
            }
            // Without colours lines are told apart by ASCII's marks alone.
            StandardOutput.write(isatty(1) == 1 ? frame.ansi() : frame.text())
        }
    }

    // MARK: Here

    private func local(_ span: TimeSpan?, _ step: TimeSpan) throws -> (RemoteAnswer, Timestamp) {
        let query: Query
        do { query = try Query(expression) } catch { throw Self.failure(error, expression) }
        let absolute = at.flatMap { RequestMoment.parse($0) }
        let stored = try Stored(stored, until: absolute == nil ? at : nil, canAsk: true)
        let moment = absolute ?? stored.now
        let metrics = stored.snapshot.metrics
        do {
            let answer =
                try span.map { try query.range(from: moment - $0, through: moment, step: step, over: metrics) }
                ?? query.instant(at: moment, over: metrics)
            let text = { (kind: String, notes: [Annotations.Note]) in notes.map { "\(kind): \($0.message)" } }
            return (
                RemoteAnswer(
                    value: answer.value, warnings: text("warning", answer.annotations.warnings),
                    infos: text("info", answer.annotations.infos)),
                moment
            )
        } catch let error as QueryError {
            throw Self.failure(error, expression)
        }
    }

    /// In one sentence; for what can't be read, with a caret under the place.
    private static func failure(_ error: QueryError, _ text: String) -> Failure {
        guard case .syntax(let message, let range, let position) = error else { return Failure("the query failed: \(error.description).") }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard position.line >= 1, position.line <= lines.count else { return .use("the query can't be read: \(message).") }
        let line = lines[position.line - 1]
        // Columns count bytes; the caret stands under a character.
        let before = String(decoding: line.utf8.prefix(max(position.column - 1, 0)), as: UTF8.self)
        let width = max(String(decoding: line.utf8.dropFirst(before.utf8.count).prefix(range.end - range.start), as: UTF8.self).count, 1)
        let shown = line.map { $0 == "\t" ? " " : $0 }
        return .use(
            "\(position.line):\(position.column): \(message):\n  \(String(shown))\n  \(String(repeating: " ", count: before.count))\(String(repeating: "^", count: min(width, 80)))"
        )
    }

    // MARK: Elsewhere

    private func remote(_ url: String, _ span: TimeSpan?, _ step: TimeSpan) throws -> (RemoteAnswer, Timestamp) {
        if stored.recording != nil || !stored.file.isEmpty { throw Failure.use("--url goes without --recording and --file.") }
        let moment =
            try at.map { text in
                guard let moment = RequestMoment.parse(text) else {
                    throw Failure.use("--at wants RFC 3339 or Unix seconds with --url, not \"\(text)\".")
                }
                return moment
            } ?? Parts.clock.now
        let query = span.map { RemoteQuery.range(from: moment - $0, through: moment, step: step) } ?? .instant(at: moment)
        do throws(RemoteQueryError) { return (try RemoteAsking.ask(query, expression, url), moment) } catch {
            throw refusal(error, url)
        }
    }

    private func refusal(_ error: RemoteQueryError, _ url: String) -> Failure {
        guard case .refused("bad_data", let message) = error else { return RemoteAsking.failure(error, url) }
        do throws(QueryError) {
            _ = try Query(expression)
            return Failure.use("\(url) refuses the query: \(message).")
        } catch {
            return Self.failure(error, expression)
        }
    }
}
