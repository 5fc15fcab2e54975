import Canvas
import Insight
import Store
import Telemetry

/// One of the nine views: first what it shows, then how that looks. Both are pure.
package protocol DashboardView: Sendable {
    /// What the user did to it: selection, scroll, folds, search. Names things by identity, never by row; holds no colours and no cut strings.
    associatedtype State: ViewState
    /// What it shows at one moment, ready to draw.
    associatedtype Model: Sendable

    static var id: ViewID { get }
    /// The keys of this view beyond those that every view has, and which of the common ones matter here.
    static var keymap: [KeyBinding] { get }
    /// What `/` searches here, as an example; nil where there is nothing to search.
    static var searchExample: String? { get }

    /// Everything slow and nothing about the screen. Runs off the main thread.
    static func prepare(_ snapshot: StoreSnapshot, _ context: ViewContext, _ state: State) -> Model
    /// The same, with what was shown before: a view that is dear to prepare takes over what has not changed.
    static func prepare(_ snapshot: StoreSnapshot, _ context: ViewContext, _ state: State, previous: Model?) -> Model
    /// Everything about the screen and nothing slow. The frame has exactly `size`.
    static func draw(_ model: Model, _ state: State, size: Size, _ look: Look) -> Frame
    /// What `action` does to the state; nil where it means nothing here, so that the shell may act on it.
    static func act(_ action: Action, _ state: inout State, _ model: Model, size: Size) -> [Effect]?
    /// Sets the state to show `destination`, which names this view.
    static func arrive(at destination: Destination, _ state: inout State)
    /// What stands under the pointer: `target` is the id that `draw` gave the area.
    static func click(_ target: String, isDouble: Bool, _ state: inout State, _ model: Model, size: Size) -> [Effect]
    /// The rows on show, for `w`; nil where there are none.
    static func export(_ model: Model, _ state: State) -> ExportTable?
    /// What is wrong with a search text; nil where nothing is.
    static func check(_ search: String) -> Diagnostic?
    /// The same, where that depends on what is searched.
    static func check(_ search: String, _ state: State) -> Diagnostic?
    /// Proposals for the search text with the cursor at `offset` (in characters).
    static func complete(_ text: String, at offset: Int, _ snapshot: StoreSnapshot, _ context: ViewContext) -> Completion?
    /// The same, where that depends on what is searched.
    static func complete(_ text: String, at offset: Int, _ snapshot: StoreSnapshot, _ context: ViewContext, _ state: State) -> Completion?
    /// What may be typed after `/` as things stand, as an example.
    static func searchHint(_ state: State) -> String?
    /// What the bottom line says of a key as things stand; nil where it means nothing.
    static func keyHint(_ binding: KeyBinding, _ state: State) -> String?
}

extension DashboardView {
    package static func prepare(_ snapshot: StoreSnapshot, _ context: ViewContext, _ state: State, previous: Model?) -> Model {
        prepare(snapshot, context, state)
    }
    package static var searchExample: String? { nil }
    package static func keyHint(_ binding: KeyBinding, _ state: State) -> String? { binding.hint }
    package static func click(_ target: String, isDouble: Bool, _ state: inout State, _ model: Model, size: Size) -> [Effect] { [] }
    package static func export(_ model: Model, _ state: State) -> ExportTable? { nil }
    package static func check(_ search: String) -> Diagnostic? { nil }
    package static func check(_ search: String, _ state: State) -> Diagnostic? { check(search) }
    package static func complete(_ text: String, at offset: Int, _ snapshot: StoreSnapshot, _ context: ViewContext) -> Completion? { nil }
    package static func complete(_ text: String, at offset: Int, _ snapshot: StoreSnapshot, _ context: ViewContext, _ state: State)
        -> Completion?
    { complete(text, at: offset, snapshot, context) }
    package static func searchHint(_ state: State) -> String? { searchExample }
}

/// What every view's state has.
package protocol ViewState: Sendable {
    init()
    /// The text after `/`; empty where nothing is searched. Setting it takes effect with the next `prepare`.
    var search: String { get set }
    /// What of it stands behind the tabs, so that nobody wonders what is missing.
    var searchShown: String { get }
    /// The text after `/` is as it was meant: Enter was pressed.
    mutating func searchEnded()
}
extension ViewState {
    package var searchShown: String { search }
    package mutating func searchEnded() {}
}

/// The views by the number of their key.
package enum ViewID: Int, Hashable, Sendable, CaseIterable, Comparable {
    case overview = 1, map, gateway, latency, traces, logs, alerts, metrics, collectors
    package var title: String {
        switch self {
        case .overview: "Overview"
        case .map: "Map"
        case .gateway: "Gateway"
        case .latency: "Latency"
        case .traces: "Traces"
        case .logs: "Logs"
        case .alerts: "Alerts"
        case .metrics: "Metrics"
        case .collectors: "Collectors"
        }
    }
    package static func < (a: ViewID, b: ViewID) -> Bool { a.rawValue < b.rawValue }
}

/// What all views are told alike: the moment, the window that ends there, and the lens.
package struct ViewContext: Hashable, Sendable {
    /// The moment under the cursor; nothing later is shown.
    package var now: Timestamp
    package var window: TimeSpan
    package var lens: Lens
    /// True while the cursor follows the clock, so that there is nothing later than `now`.
    package var isLive: Bool
    package var alerting: AlertingFacts
    package init(
        now: Timestamp, window: TimeSpan, lens: Lens = Lens(), isLive: Bool = false, alerting: AlertingFacts = AlertingFacts()
    ) {
        self.alerting = alerting
        self.now = now
        self.window = window
        self.lens = lens
        self.isLive = isLive
    }
    /// Where a plot of the window in `parts` columns ends: live, at the end of the column that `now` falls into, counted from the epoch.
    ///
    /// So its columns keep what they counted and move on one at a time; were they cut anew at each refresh, all of them would flicker, and
    /// all be written to the terminal again.
    package func plotEnd(_ parts: Int64) -> Timestamp {
        let step = max(window.nanoseconds / 1_000_000 / max(parts, 1), 1)
        guard isLive, now.milliseconds > 0 else { return now }
        return Timestamp(milliseconds: (now.milliseconds - 1) / step * step) + .milliseconds(step)
    }
    package var start: Timestamp { now - window }
    /// `[now - window, now]`, in the precision of spans and logs.
    package var range: Range<PreciseTime> { start.precise..<(now.precise + .milliseconds(1)) }
}

/// How things are drawn: a theme, the characters that pictures are made of, and the clock's zone.
package struct Look: Sendable {
    package var theme: Theme
    package var drawing: Drawing
    package var clock: ClockText
    package init(theme: Theme, drawing: Drawing, clock: ClockText = ClockText()) {
        self.theme = theme
        self.drawing = drawing
        self.clock = clock
    }
    /// An empty frame of that size in this look.
    package func frame(_ size: Size) -> Frame { Frame(size, style: theme[.screen], drawing: drawing) }
}

/// Somewhere in the dashboard; going there leaves a way back.
package enum Destination: Hashable, Sendable {
    case overview(service: String?)
    case map(service: String?)
    case latency(service: String?, operation: String?)
    /// The list of traces that match `search`.
    case traces(search: String)
    /// The waterfall of one trace, at one span.
    case trace(TraceID, span: SpanID?)
    /// The lines that match `search`, at `time` where it is given.
    case logs(search: String, at: PreciseTime?)
    /// The metrics whose name, help or type has all those words; with none all of them.
    case metrics(filter: String)
    /// PromQL, the first one under the letter A.
    case query([String])
    case collectors(Source?)
    /// One alert, or the worst.
    case alerts(LabelSet?)

    package var view: ViewID {
        switch self {
        case .overview: .overview
        case .map: .map
        case .latency: .latency
        case .traces, .trace: .traces
        case .logs: .logs
        case .metrics, .query: .metrics
        case .collectors: .collectors
        case .alerts: .alerts
        }
    }
}

/// What a view wants done that is not its own business.
package enum Effect: Hashable, Sendable {
    /// The state asks another question: prepare anew.
    case prepare
    /// Open the line after `/`.
    case search
    case go(Destination)
    case lens(Lens)
    /// Put the cursor of time there; nil is now, live.
    case moment(Timestamp?)
    case window(TimeSpan)
    case copy(String)
    case alerting(AlertingRequest)
    /// One sentence for the bottom line.
    case say(String)
}

/// Rows for JSON and CSV.
package struct ExportTable: Hashable, Sendable {
    package var columns: [String]
    package var rows: [[String]]
    package init(columns: [String], rows: [[String]]) {
        self.columns = columns
        self.rows = rows
    }
}

/// What could stand where the cursor is.
package struct Completion: Hashable, Sendable {
    /// The characters that a candidate replaces.
    package var range: Range<Int>
    package var candidates: [String]
    /// What stands beside each of them, such as a signature; as many, or none at all.
    package var notes: [String]
    package init(range: Range<Int>, candidates: [String], notes: [String] = []) {
        self.range = range
        self.candidates = candidates
        self.notes = notes
    }
}
