import Notify
import Ports
import PromQL
import Rules
import Runtime
import Synchronization
import Telemetry
import TestKit
import Wire

/// The truth that rules look at: which services fail now. It keeps nothing.
final class TruthWorld: RuleWorld {
    var failing: Set<String> = []
    /// Nothing is known before.
    var isBlankUntil: Int64 = 0
    var passed: Int64 = 0
    let querier: any Querier = NothingToQuery()
    func rows(of question: SignalQuestion, at time: Timestamp) -> [SignalRow] {
        passed < isBlankUntil ? [] : failing.sorted().map { SignalRow(labels: LabelSet([Label("service", $0)]), value: 1) }
    }
    func series(for labels: LabelSet) -> SeriesID? { nil }
    func append(_ samples: [RuleSample]) -> Set<SeriesID> { [] }
}

struct NothingToQuery: Querier {
    func select(_ matchers: [LabelMatcher], in range: ClosedRange<Timestamp>) -> [SeriesID] { [] }
    func appendLabels(of series: SeriesID, to pairs: inout [SymbolPair]) {}
    func text(of symbol: Symbol) -> String { "" }
    func symbol(for text: String) -> Symbol? { nil }
    func read(_ series: SeriesID, in range: ClosedRange<Timestamp>, into columns: SampleColumns) {}
    func newest(_ series: SeriesID) -> Sample? { nil }
    var seriesVersion: UInt64 { 0 }
    func metadata(family: String) -> MetricMetadata? { nil }
}

struct NoPrograms: CommandRunner {
    func run(_ arguments: [String], input: [UInt8], timeout: TimeSpan) -> CommandResult { .cannotStart(detail: "none here") }
}

/// Time that tests set, wall and counter apart.
final class SteppedTime: WatchClock {
    private let state: Mutex<(passed: Int64, offset: Int64)> = Mutex((0, 0))
    private let start = Timestamp.seconds(1_700_000_000)
    var now: Timestamp { state.withLock { start + .seconds($0.passed + $0.offset) } }
    var passed: Int64 { state.withLock { $0.passed } }
    func pass(_ seconds: Int64) { state.withLock { $0.passed += seconds } }
    func set(by seconds: Int64) { state.withLock { $0.offset += seconds } }
}

/// Services that fail and heal, rules that see it, and a receiver far away; all that can go wrong in between goes wrong. Times are in seconds that
/// really passed.
struct AlertingDay {
    static let services = ["cart", "order", "payment", "search", "stock", "user"]
    static let tick: Int64 = 5

    struct Message: CustomStringConvertible {
        var time: Int64
        var service: String
        var isFiring: Bool
        var description: String { "\(time) \(service) \(isFiring ? "firing" : "resolved")" }
    }
    struct Stretch {
        var service: String
        var isFailing: Bool
        var range: Range<Int64>
    }

    private(set) var messages: [Message] = []
    private(set) var stretches: [Stretch] = []
    /// When something that is needed to tell was not in order.
    private(set) var troubles: [Int64] = []
    /// What went wrong, and when.
    private(set) var faults: [(time: Int64, what: String)] = []

    private var random: Seeded
    private let time = SteppedTime()
    private let world = TruthWorld()
    private var book = RuleBook()
    private var notifier: Notifier
    private var watch = ClockWatch()
    private var began: [String: Int64] = [:]
    private var changesAt: [String: Int64] = [:]
    private var inFlight: [(request: FetchRequest, at: Int64)] = []
    private var outageUntil: Int64 = 0
    private var outage = Outage.refused
    private enum Outage: CaseIterable { case refused, timeout, broken, busy }
    private var generation = 0

    init(seed: UInt64) {
        random = Seeded(seed)
        let (clock, time) = (time, time)
        notifier = Notifier(Self.configuration(0), commands: NoPrograms(), clock: clock, monotonic: { time.passed * 1_000_000_000 })
        book.replace(with: Self.groups(0), at: time.now, world)
        for service in Self.services {
            began[service] = 0
            changesAt[service] = pick(60...3600)
        }
    }

    private static func groups(_ generation: Int) -> [RuleGroup] {
        var rule = Rule(
            kind: .alerting, name: "Failing", question: .signal(SignalQuestion(.logs, search: "failed")),
            labels: [RuleText("severity", "critical")])
        rule.hold = .seconds(60)
        rule.annotations = [RuleText("summary", "as of configuration \(generation)")]
        return [RuleGroup(name: "day", source: "day.yml", interval: .seconds(15), rules: [rule])]
    }
    private static func configuration(_ generation: Int) -> NotifyConfiguration {
        var configuration = NotifyConfiguration()
        configuration.route = Route(
            receiver: "ops", groupBy: ["service"], groupWait: .seconds(10), groupInterval: .seconds(60), repeatInterval: .minutes(600 * 24))
        configuration.receivers = [
            Receiver(
                name: "ops", channels: [Channel(.webhook(WebhookChannel(url: Secret("http://ops/\(generation)"))), sendsResolved: true)])
        ]
        return configuration
    }

    private mutating func note(_ fault: String) { faults.append((time.passed, fault)) }
    private mutating func pick(_ range: ClosedRange<Int64>) -> Int64 { Int64.random(in: range, using: &random) }
    private mutating func happens(_ times: Double, in ticks: Double) -> Bool { Double.random(in: 0..<1, using: &random) < times / ticks }

    // MARK: A day

    mutating func run(hours: Int64) {
        let end = hours * 3600
        // The last hours are without faults, so that all that is due gets through.
        while time.passed < end { step(hasFaults: time.passed < end - 7200) }
        for service in Self.services { close(service) }
    }

    private mutating func step(hasFaults: Bool) {
        time.pass(Self.tick)
        let before = faults.count
        for service in Self.services where time.passed >= changesAt[service] ?? 0 { flip(service) }
        if hasFaults { spoil() }
        if let step = watch.step(time.now, monotonic: time.passed * 1_000_000_000) { book.clockMoved(by: step, to: time.now) }
        world.passed = time.passed
        let outcome = book.evaluate(dueAt: time.now, world)
        if !outcome.due.isEmpty { notifier.take(outcome.due, at: time.now) }
        answer()
        for request in notifier.due(at: time.now).start { inFlight.append((request, time.passed + pick(0...2) * Self.tick)) }
        answer()
        if time.passed < outageUntil || faults.count > before { troubles.append(time.passed) }
    }

    private mutating func flip(_ service: String) {
        close(service)
        if world.failing.remove(service) == nil { world.failing.insert(service) }
        changesAt[service] = time.passed + (happens(1, in: 4) ? pick(20...200) : pick(600...5400))
    }
    private mutating func close(_ service: String) {
        let isFailing = world.failing.contains(service)
        stretches.append(Stretch(service: service, isFailing: isFailing, range: (began[service] ?? 0)..<time.passed))
        began[service] = time.passed
    }

    private mutating func spoil() {
        let ticksOfADay = 86_400.0 / Double(Self.tick)
        if happens(14, in: ticksOfADay) {
            let step = pick(0...1) == 0 ? pick(10...7200) : -pick(10...7200)
            note("clock by \(step)")
            time.set(by: step)
        }
        if happens(14, in: ticksOfADay) {
            outageUntil = time.passed + pick(30...1500)
            outage = Outage.allCases.randomElement(using: &random) ?? .refused
            note("network \(outage) until \(outageUntil)")
        }
        if happens(10, in: ticksOfADay) {
            note("reload")
            generation += 1
            book.replace(with: Self.groups(generation), at: time.now, world)
            notifier.replace(Self.configuration(generation), at: time.now)
        }
        if happens(8, in: ticksOfADay), inFlight.isEmpty { restart() }
    }

    /// What is kept goes through its file, as bytes.
    private mutating func restart() {
        guard let memory = try? AlertMemory(AlertMemory(notifier.dispatcher, book.remembered).encoded) else { return }
        note("restart")
        time.pass(pick(1...60))
        // After a restart the data has to be collected anew.
        world.isBlankUntil = time.passed + 60
        let time = time
        book = RuleBook()
        book.replace(with: Self.groups(generation), at: time.now, world)
        for alert in memory.alerts { book.adopt(alert, held: time.now + .minutes(5)) }
        notifier = Notifier(
            Self.configuration(generation), commands: NoPrograms(), clock: time, monotonic: { time.passed * 1_000_000_000 })
        notifier.restore(memory)
        watch = ClockWatch()
    }

    // MARK: The receiver

    private mutating func answer() {
        let due = inFlight.filter { $0.at <= time.passed }
        inFlight.removeAll { $0.at <= time.passed }
        for (request, _) in due { notifier.finished(request.id, outcome(request), at: time.now) }
    }
    private mutating func outcome(_ request: FetchRequest) -> Result<FetchAnswer, FetchFailure> {
        func answer(_ status: Int, retryAfter: TimeSpan? = nil) -> Result<FetchAnswer, FetchFailure> {
            .success(FetchAnswer(status: status, contentType: "", body: [], duration: .zero, retryAfter: retryAfter))
        }
        guard time.passed < outageUntil else {
            receive(request.body)
            return answer(200)
        }
        switch outage {
        case .refused: return .failure(.cannotConnect(detail: "connection refused"))
        case .timeout: return .failure(.timedOut(after: .seconds(10)))
        case .broken: return answer(500)
        case .busy: return answer(429, retryAfter: .seconds(30))
        }
    }
    private mutating func receive(_ body: [UInt8]) {
        let found = try? JSONReader().read(body) { root in
            (root["groupLabels"]?["service"]?.string ?? "?", root["status"]?.string == "firing")
        }
        guard let found else { return }
        messages.append(Message(time: time.passed, service: found.0, isFiring: found.1))
    }
}
