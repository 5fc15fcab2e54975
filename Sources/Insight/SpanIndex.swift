import Store
import Telemetry

/// Where the spans of an array stand by trace and span id; several may share an id.
struct SpanIndex {
    /// The first span of a key, -1 where free; open addressing.
    private var slots: [Int32]
    /// The next span with the same key, -1 at the end; in the order of insertion.
    private var following: [Int32]
    private let mask: Int
    /// Some id is there more than once.
    private(set) var hasRepeats = false

    init(_ spans: [SpanHeader]) {
        var capacity = 16
        while capacity < spans.count * 2 { capacity <<= 1 }
        mask = capacity - 1
        slots = [Int32](repeating: -1, count: capacity)
        following = [Int32](repeating: -1, count: spans.count)
        var last = [Int32](repeating: -1, count: spans.count)
        for (number, span) in spans.enumerated() {
            let slot = slot(of: span.traceID, span.spanID, spans)
            let first = slots[slot]
            if first < 0 {
                slots[slot] = Int32(truncatingIfNeeded: number)
                last[number] = Int32(truncatingIfNeeded: number)
            } else {
                hasRepeats = true
                following[Int(last[Int(first)])] = Int32(truncatingIfNeeded: number)
                last[Int(first)] = Int32(truncatingIfNeeded: number)
            }
        }
    }

    /// The first span with that id, or nil. `spans` must be the array it was made of.
    @inline(__always) func first(_ trace: TraceID, _ id: SpanID, in spans: [SpanHeader]) -> Int? {
        let number = slots[slot(of: trace, id, spans)]
        return number < 0 ? nil : Int(number)
    }
    /// The next span with the same id as `number`, or nil.
    @inline(__always) func next(after number: Int) -> Int? {
        let next = following[number]
        return next < 0 ? nil : Int(next)
    }

    @inline(__always) private func slot(of trace: TraceID, _ id: SpanID, _ spans: [SpanHeader]) -> Int {
        var hash = trace.low ^ (trace.high &* 0x9e37_79b9_7f4a_7c15) ^ (id.value &* 0xbf58_476d_1ce4_e5b9)
        hash = (hash ^ (hash >> 29)) &* 0x94d0_49bb_1331_11eb
        var slot = Int(truncatingIfNeeded: hash >> 32) & mask
        while true {
            let number = slots[slot]
            if number < 0 { return slot }
            let span = spans[Int(number)]
            if span.spanID == id, span.traceID == trace { return slot }
            slot = (slot + 1) & mask
        }
    }
}
