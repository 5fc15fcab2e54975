import Canvas
import Dashboard
import Store
import Telemetry

/// A view that shows how many spans there are, what is searched, and how often it was prepared.
struct ProbeView: DashboardView {
    struct State: ViewState {
        var search = ""
        var number = 0
        init() {}
    }
    struct Model: Sendable, Equatable {
        var spans: Int
        var search: String
        var round: Int
    }
    static let id = ViewID.traces
    static let keymap: [KeyBinding] = []
    static let searchExample: String? = "anything"

    static func prepare(_ snapshot: StoreSnapshot, _ context: ViewContext, _ state: State) -> Model {
        prepare(snapshot, context, state, previous: nil)
    }
    static func prepare(_ snapshot: StoreSnapshot, _ context: ViewContext, _ state: State, previous: Model?) -> Model {
        Model(spans: snapshot.traces.spanCount, search: state.search, round: (previous?.round ?? 0) + 1)
    }
    static func draw(_ model: Model, _ state: State, size: Size, _ look: Look) -> Frame {
        var frame = look.frame(size)
        frame.write("spans \(model.spans)", at: Point(2, 1), width: size.columns)
        frame.write("searched <\(model.search)>", at: Point(2, 2), width: size.columns)
        return frame
    }
    static func act(_ action: Action, _ state: inout State, _ model: Model, size: Size) -> [Effect]? {
        switch action {
        case .copy: return [.copy("spans \(model.spans)")]
        default: return nil
        }
    }
    static func arrive(at destination: Destination, _ state: inout State) {}
    static func export(_ model: Model, _ state: State) -> ExportTable? { ExportTable(columns: ["spans"], rows: [[String(model.spans)]]) }
    static func complete(_ text: String, at offset: Int, _ snapshot: StoreSnapshot, _ context: ViewContext) -> Completion? {
        Completion(range: 0..<offset, candidates: ["spans=\(snapshot.traces.spanCount)"])
    }
}

extension TelemetryStore {
    /// One span more.
    func addSpan(_ number: UInt64) {
        let start = Timestamp.seconds(1_700_000_000).precise
        let span = Span(traceID: TraceID(high: 0, low: 1), spanID: SpanID(number), name: "op", start: start, end: start + .milliseconds(1))
        append([SpanBatch(resource: Resource(), spans: [span])], at: .seconds(1_700_000_000))
    }
}
