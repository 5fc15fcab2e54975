import Dashboard
import Recordings
import Runtime
import Settings
import Store
import Synchronization
import Telemetry

/// A recording on its way into the store, as fast as was asked for.
struct Replaying {
    private let reading: any ArrivalReading
    private let name: String
    private let speed: Double?
    private let clock: ReplayClock
    private let engine: Engine
    private let replayer: Replayer
    private let rules: RuleRunner

    init(_ path: String, name: String, _ options: ReplayOptions) throws {
        reading = try Parts.openRecording(path)
        self.name = name
        speed = try Self.speed(options.speed)
        let memory = try options.memory.map { try Plan.size($0) } ?? .mebibytes(512)
        let begin = reading.from ?? Parts.clock.now
        let end = max(reading.to ?? begin, begin)
        let from = try options.from.map { try Self.moment($0, begin: begin, end: end) } ?? begin
        clock = ReplayClock(start: begin, end: end, speed: speed ?? 1)
        engine = Engine(store: TelemetryStore(budget: memory))
        let (sink, runner) = try RulePlan(options.rules).sink(into: engine)
        rules = runner
        replayer = Replayer(Self.source(reading), into: sink, clock: clock, from: from, isPaced: speed != nil)
    }

    func run(_ look: LookOptions) throws {
        let replayer = replayer
        let speed = speed
        let subject = DashboardRun.Subject(
            name: name, mode: { .replaying(speed: speed, isOver: replayer.progress.isOver) }, clock: clock)
        let desk = AlertDesk(rules, nil, reload: { "over a recording the rules stay as they were read" })
        try DashboardRun.run(engine, subject, look, InterfaceConfiguration(), desk, begin: { replayer.start() }, end: { replayer.stop() })
        for warning in reading.warnings { StandardError.write("dogwatch: \(warning)\n") }
    }

    /// The reader belongs to the replay's thread alone from here on.
    private static func source(_ reading: any ArrivalReading) -> Replayer.Next {
        let box = ReadingBox(reading)
        return { () throws(Diagnostic) in box.reading.next() }
    }

    static func speed(_ text: String) throws -> Double? {
        if text == "max" { return nil }
        guard let speed = Double(text), speed > 0, speed <= 10_000 else {
            throw Failure.use("--speed wants a number such as 1 or 10, or max, not \"\(text)\".")
        }
        return speed
    }

    /// A length of time from the beginning, or a time of day (UTC) within the recording.
    static func moment(_ text: String, begin: Timestamp, end: Timestamp) throws -> Timestamp {
        if let span = TimeSpan(prometheus: text) { return begin + span }
        let parts = text.split(separator: ":").map { Int64($0) }
        if (2...3).contains(parts.count), !parts.contains(nil), let hour = parts[0], let minute = parts[1],
            (0..<24).contains(hour), (0..<60).contains(minute), let second = parts.count == 3 ? parts[2] : 0, (0..<60).contains(second)
        {
            let midnight = Timestamp(milliseconds: begin.milliseconds - begin.milliseconds % 86_400_000)
            let moment = midnight + .seconds((hour * 60 + minute) * 60 + second)
            return moment < begin ? moment + .minutes(1440) : moment
        }
        throw Failure.use(
            "a moment is a length of time from the beginning, such as 4m30s, or a time of day such as 12:04, not \"\(text)\".")
    }
}

private final class ReadingBox: @unchecked Sendable {
    let reading: any ArrivalReading
    init(_ reading: any ArrivalReading) { self.reading = reading }
}
