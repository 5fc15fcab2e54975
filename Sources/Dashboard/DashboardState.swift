import Canvas
import Insight
import Telemetry

/// All that the user did to the dashboard, and the newest models of its views.
package struct DashboardState: Sendable {
    package let views: [ErasedView]
    package let keymap: Keymap
    package internal(set) var view: ViewID
    var states: [ViewID: any ViewState]
    /// What the views show; absent until they were prepared for the first time.
    var models: [ViewID: any Sendable] = [:]
    package internal(set) var lens = Lens()
    package internal(set) var time: TimeCursor
    /// The clock of the program, as last told.
    package internal(set) var clock: Timestamp
    package internal(set) var size: Size
    package internal(set) var overlay = Overlay.none
    package internal(set) var facts = ShellFacts()
    package internal(set) var alerting = AlertingFacts()
    /// What had come when the picture was paused, for "+1 234 new".
    var factsAtPause: ShellFacts?
    package internal(set) var notice: Notice?
    package internal(set) var hasMouse: Bool
    package internal(set) var showsUTC = true
    /// Local time minus UTC.
    package internal(set) var localOffset: TimeSpan
    package internal(set) var themes: [Theme]
    package internal(set) var themeIndex = 0
    package internal(set) var drawing: Drawing
    /// The way back: what Esc returns to.
    var trail: [Place] = []
    var lastPress: (point: Point, time: Timestamp)?

    /// A line at the bottom that goes away by itself.
    package struct Notice: Hashable, Sendable {
        package var text: String
        package var until: Timestamp
    }

    /// Where the user was.
    struct Place: Sendable {
        var view: ViewID
        var state: any ViewState
        var lens: Lens
        var time: TimeCursor
    }
    static let trailLimit = 64

    package init(
        views: [ErasedView] = ViewCatalog.views, themes: [Theme], drawing: Drawing, size: Size, clock: Timestamp, start: ViewID = .overview,
        window: TimeSpan = .minutes(5), localOffset: TimeSpan = .zero, hasMouse: Bool = true
    ) {
        self.views = views
        keymap = Keymap(views)
        view = start
        states = Dictionary(uniqueKeysWithValues: views.map { ($0.id, $0.makeState()) })
        time = TimeCursor(window: window)
        self.themes = themes
        self.drawing = drawing
        self.size = size
        self.clock = clock
        self.localOffset = localOffset
        self.hasMouse = hasMouse
    }

    package var context: ViewContext {
        ViewContext(now: time.now(clock), window: time.window, lens: lens, isLive: !isPaused, alerting: alerting)
    }
    package var look: Look {
        Look(
            theme: themes.isEmpty ? .monochrome : themes[themeIndex % themes.count], drawing: drawing,
            clock: ClockText(offset: showsUTC ? nil : localOffset))
    }
    package var current: ErasedView? { views.first { $0.id == view } }
    package var currentModel: (any Sendable)? { models[view] }
    package var currentState: (any ViewState)? { states[view] }
    /// The room that a view has: all but the top line, the tabs and the bottom line.
    package var viewSize: Size { Size(columns: size.columns, rows: size.rows - 3) }
    package var isPaused: Bool { time.fixed != nil }
    /// What was asked in the view of metrics, in earlier sessions too where it was set.
    package var queryHistory: QueryHistory {
        get { (states[.metrics] as? MetricsState)?.history ?? QueryHistory() }
        set {
            guard var metrics = states[.metrics] as? MetricsState else { return }
            metrics.history = newValue
            states[.metrics] = metrics
        }
    }
}

/// What lies over the view.
package enum Overlay: Hashable, Sendable {
    case none
    case help(scroll: Int)
    case palette(TextField, selected: Int)
    /// `before` is what Esc puts back.
    case search(TextField, before: String, completion: Completion?, selected: Int)
    case write(TextField)
    case record(TextField)
}

/// What the top line tells, beyond what the user set.
package struct ShellFacts: Hashable, Sendable {
    package enum Mode: Hashable, Sendable {
        case live
        /// `speed` times as fast as it was; nil as fast as the machine can.
        case replaying(speed: Double?, isOver: Bool)
    }
    /// What is watched: a recording's name, or the targets.
    package var subject = ""
    package var mode = Mode.live
    package var targetsUp = 0
    package var targets = 0
    package var bytes = ByteCount(0)
    package var budget = ByteCount(0)
    /// Spans, records and samples since the start.
    package var ingested: UInt64 = 0
    package var dropped: UInt64 = 0
    package var isRecording = false
    package init() {}
}
