import API
import ArgumentParser
import Canvas
import Collectors
import Dashboard
import Disk
import Glibc
import Ports
import Recordings
import Runtime
import Settings
import Store
import Synchronization
import Telemetry
import Terminal

/// A program that collects live: engine, collectors, recording and API, started and stopped in the right order.
final class Collecting {
    let plan: Plan
    let engine: Engine
    private let collection: LiveCollection
    private let edges: LiveCollection.Edges
    private var flusher: WorkerThread?
    let rules: LiveRules
    private var answering: Answering?
    /// Where the API is served, with the real port.
    private(set) var apiAddress: ListenAddress?
    private let started = Parts.clock.now

    init(_ options: SourceOptions) throws {
        plan = try Plan(options, files: Parts.files)
        engine = Engine(store: TelemetryStore(budget: plan.memory, retention: plan.retention))
        rules = try LiveRules(engine, plan.rules, options)
        edges = Parts.edges(Parts.clock)
        collection = LiveCollection(plan.collection, edges: edges, sink: engine, clock: Parts.clock)
        for warning in plan.warnings { StandardError.write("dogwatch: \(warning)\n") }
        try Parts.load(options.load, into: engine)
        if let folder = options.record { try record(folder) }
        if let api = options.api { try serve(api) }
    }

    private func record(_ folder: String) throws {
        do {
            try Parts.startRecording(folder, engine)
        } catch {
            throw Failure.use("--record \(error).")
        }
    }

    private func serve(_ text: String) throws {
        guard let address = ListenAddress(text) else {
            throw Failure.use("--api wants an address such as 127.0.0.1:9090, not \"\(text)\".")
        }
        let answering = Answering(engine, plan, rules, started: started)
        self.answering = answering
        let write = ReceiverRemoteWrite(address: address.description, sink: engine, clock: Parts.clock)
        let handler = APIRoutes(api: answering.handler, alertmanager: answering.alertmanager, remoteWrite: write)
        do {
            apiAddress = try edges.listener.serve(handler, on: address, limits: ListenLimits(body: .mebibytes(32)))
        } catch {
            throw Failure("--api \(error.address): \(error.detail).")
        }
    }

    func start() {
        collection.start()
        rules.start(plan.rules)
        let engine = engine
        // Nothing wakes it while nothing is recorded.
        let flusher = WorkerThread("flush") { signal in
            while signal.wait(nanoseconds: engine.isRecording ? 1_000_000_000 : nil) {
                guard engine.isRecording, let failure = engine.flushRecording(at: Parts.clock.now) else { continue }
                engine.accept(
                    Arrival(
                        source: Source(.file, failure.source), time: Parts.clock.now, payload: .status(SourceChange(.failed, "\(failure)")))
                )
            }
        }
        self.flusher = flusher
        engine.whenRecording { flusher.wake() }
    }

    func stop() {
        collection.stop()
        rules.stop()
        answering?.stop()
        engine.stop()
        flusher?.stop()
        engine.endRecording()
    }

    var isEmpty: Bool { plan.collection.targets.isEmpty && plan.collection.tails.isEmpty }

    /// What the top line calls it.
    var subject: String {
        let targets = plan.collection.targets.count
        let tails = plan.collection.tails.count
        if targets == 1, let only = plan.collection.targets.first { return only.address }
        return [targets > 0 ? "\(targets) targets" : "", tails > 0 ? "logs" : ""].filter { !$0.isEmpty }.joined(separator: ", ")
    }
}

/// Runs a dashboard over an engine until the user leaves.
enum DashboardRun {
    struct Subject {
        var name: String
        var mode: () -> ShellFacts.Mode
        var clock: any WatchClock
    }

    static func run(
        _ engine: Engine, _ subject: Subject, _ look: LookOptions, _ interface: InterfaceConfiguration, _ desk: AlertDesk,
        begin: () -> Void, end: () -> Void
    ) throws {
        let refresh = try look.refresh.map { try parseSpan($0, option: "--refresh") } ?? interface.refresh ?? .seconds(1)
        let window = try look.window.map { try parseSpan($0, option: "--window") } ?? .minutes(5)
        let start = try look.view.map { try viewNamed($0) } ?? .overview
        let themes = try themes(look.theme ?? interface.theme)
        let mouse = !look.noMouse && interface.mouse ?? true
        let screen: TerminalScreen
        do {
            screen = try TerminalScreen.open(color: look.color, mouse: mouse)
        } catch {
            throw Failure.use("\(error)")
        }
        defer { screen.close() }
        begin()
        defer { end() }
        var state = DashboardState(
            themes: themes, drawing: look.ascii || interface.ascii ?? false ? .ascii : screen.suggestedDrawing, size: screen.size,
            clock: subject.clock.now,
            start: start, window: window, localOffset: Surroundings.localOffset(), hasMouse: mouse)
        let asked = AskedQueries()
        state.queryHistory = asked.history
        _ = update(&state, .tick(subject.clock.now))
        let loop = DashboardLoop(
            state: state, screen: screen, refresh: refresh,
            .init(
                clock: subject.clock, snapshot: { engine.store.snapshot() },
                facts: { ShellFacts($0, subject: subject.name, mode: subject.mode(), isRecording: engine.isRecording) },
                write: { path, bytes in writeFile(path, bytes) }, record: { startRecording($0, engine) },
                alerting: {
                    for notice in desk.notices() { screen.notify(TerminalBytes.of(notice)) }
                    return desk.facts()
                }, change: { desk.change($0) }, reload: { desk.reload() }))
        loop.run()
        asked.keep(loop.queryHistory)
    }

    private static func writeFile(_ path: String, _ bytes: [UInt8]) -> String {
        do {
            try Parts.files.replace(path, with: bytes)
            return "wrote \(path)"
        } catch {
            return "\(path) can't be written: \(error.detail)"
        }
    }

    private static func startRecording(_ folder: String, _ engine: Engine) -> String {
        if engine.isRecording {
            engine.endRecording()
            return "the recording was ended"
        }
        do {
            try Parts.startRecording(folder, engine)
            return "recording into \(folder)"
        } catch {
            return "\(error)"
        }
    }

    /// All themes, the wanted one first.
    static func themes(_ wanted: String?) throws -> [Theme] {
        let known = ThemeCatalog.themes
        guard let wanted else { return known }
        if let theme = ThemeCatalog.theme(named: wanted) { return [theme] + known.filter { $0.name != wanted } }
        guard wanted.contains("/") || wanted.hasSuffix(".theme") else {
            let near = nearest(to: wanted, among: ThemeCatalog.names).map { " Did you mean \($0)?" } ?? ""
            throw Failure.use(
                "--theme \(wanted): there are \(ThemeCatalog.names.joined(separator: ", ")), or give the path of a theme file.\(near)")
        }
        let text: String
        do {
            text = String(decoding: try Parts.files.contents(of: wanted, limit: ByteCount(1 << 20)), as: UTF8.self)
        } catch {
            throw Failure.use("--theme \(wanted): \(error.detail).")
        }
        let (theme, faults) = ThemeFile.parse(text)
        guard let theme, faults.isEmpty else {
            throw Failure.use(faults.map { "\(wanted):\($0.line):\($0.column): \($0.message)" }.joined(separator: "\ndogwatch: "))
        }
        return [theme] + known
    }

    static func viewNamed(_ text: String) throws -> ViewID {
        let shown = ViewCatalog.views.map(\.id)
        if let number = Int(text), let id = ViewID(rawValue: number), shown.contains(id) { return id }
        if let id = shown.first(where: { $0.title.lowercased() == text.lowercased() }) { return id }
        let names = shown.map { $0.title.lowercased() }
        let near = nearest(to: text, among: names).map { " Did you mean \($0)?" } ?? ""
        throw Failure.use("there is no view \"\(text)\"; there are \(names.joined(separator: ", ")).\(near)")
    }
}

extension TerminalScreen: Screen {
    package func waitForInput(timeout: TimeSpan) -> [InputEvent] { waitForInput(for: .nanoseconds(timeout.nanoseconds)) }
    package nonisolated func wake() { TerminalScreen.wake() }
    package func copy(_ text: String) -> String {
        let outcome: CopyOutcome = copy(text)
        return "\(outcome)"
    }
}

extension ColorChoice: ExpressibleByArgument {}
