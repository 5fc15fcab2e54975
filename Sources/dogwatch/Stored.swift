import ArgumentParser
import Dashboard
import Insight
import Rules
import Runtime
import Store
import Telemetry

/// A store filled at once from what lies on disk, for the commands of scripts.
struct Stored {
    let snapshot: StoreSnapshot
    /// Where rules were asked for.
    let rules: RuleReport?
    /// The newest arrival.
    let now: Timestamp

    /// `plan`: its rules are evaluated at the times of the arrivals. `canAsk`: the command takes --url too.
    init(_ options: StoredOptions, until limit: String? = nil, rules plan: RulePlan? = nil, canAsk: Bool = false) throws {
        let paths = (options.recording.map { [$0] } ?? []) + options.file
        guard !paths.isEmpty else {
            throw Failure.use("say what to read: --recording PATH, \(canAsk ? "--file PATH…, or --url URL" : "or --file PATH…").")
        }
        let memory = try options.memory.map { try Plan.size($0) } ?? .mebibytes(512)
        let engine = Engine(store: TelemetryStore(budget: memory))
        let (ruleSink, runner) = plan.map { $0.sink(into: engine) } ?? (nil, nil)
        let sink: any ArrivalSink = ruleSink ?? engine
        if let limit, let only = paths.first, paths.count == 1 {
            let reading = try Parts.openRecording(only)
            let begin = reading.from ?? Parts.clock.now
            let moment = try Replaying.moment(limit, begin: begin, end: reading.to ?? begin)
            var last = begin
            while let arrival = reading.next(), arrival.time <= moment {
                sink.accept(arrival)
                last = arrival.time
            }
            now = min(moment, max(last, reading.to ?? last))
        } else {
            now = try Parts.load(paths, into: sink) ?? Parts.clock.now
        }
        runner?.advance(to: now)
        rules = runner?.report
        snapshot = engine.store.snapshot()
        Self.tellTroubles(snapshot)
    }

    /// What was wrong with lone files; what a recording tells of its own day is for view 9.
    private static func tellTroubles(_ snapshot: StoreSnapshot) {
        for status in snapshot.sources where status.source.kind == .file {
            guard let error = status.lastError else { continue }
            StandardError.write("dogwatch: \(status.source.name): \(error)\n")
        }
    }
}

/// How scripts want rows.
enum RowFormat: String, ExpressibleByArgument, CaseIterable { case table, json, csv }

extension ExportTable {
    func text(_ format: RowFormat) -> String {
        switch format {
        case .json: json
        case .csv: csv
        case .table: aligned
        }
    }

    /// Columns under one another, two spaces apart; control characters are shown escaped.
    private var aligned: String {
        let shown = ([columns.map { $0.uppercased() }] + rows).map { $0.map { escapingControls($0) } }
        let widths = columns.indices.map { column in shown.map { $0[column].count }.max() ?? 0 }
        return shown.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                line += cell
                if column < row.count - 1 { line += String(repeating: " ", count: widths[column] - cell.count + 2) }
            }
            return line + "\n"
        }.joined()
    }
}
