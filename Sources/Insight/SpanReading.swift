import Store
import Telemetry

/// What reports read spans from: a snapshot's traces, or spans made by hand.
package protocol SpanReading: Sendable {
    /// Each span that starts in `range`, in any order.
    func forEachSpan(startingIn range: Range<PreciseTime>, _ body: (borrowing SpanHeader) -> Void)
    func text(_ id: Symbol) -> String
    /// Nil where no span has that name.
    func id(of text: String) -> Symbol?
    func span(_ ref: SpanRef) -> Span?
    func resource(of ref: SpanRef) -> Resource?
}

extension TraceSnapshot: SpanReading {
    package func text(_ id: Symbol) -> String { strings[id] }
    package func id(of text: String) -> Symbol? { strings.id(of: text) }
}

/// A lens in ids, so that a span is compared in integers.
struct LensFilter {
    private let service: Symbol?
    private let operation: Symbol?
    private let version: Symbol?
    /// A name that no span has: nothing passes.
    let isImpossible: Bool

    init(_ lens: Lens, in spans: some SpanReading) {
        service = lens.service.flatMap { spans.id(of: $0) }
        operation = lens.operation.flatMap { spans.id(of: $0) }
        version = lens.version.flatMap { spans.id(of: $0) }
        isImpossible =
            (lens.service != nil && service == nil) || (lens.operation != nil && operation == nil)
            || (lens.version != nil && version == nil)
    }

    @inline(__always) func accepts(_ span: borrowing SpanHeader) -> Bool {
        if isImpossible { return false }
        if let service, span.service != service { return false }
        if let operation, span.name != operation { return false }
        if let version, span.version != version { return false }
        return true
    }
}

/// Small consecutive numbers for string ids, in the order in which they are first asked for.
struct DenseIDs {
    private var numbers: [Int32] = []
    private(set) var ids: [Symbol] = []

    @inline(__always) mutating func number(of id: Symbol) -> Int {
        let index = Int(id.index)
        if index < numbers.count, numbers[index] >= 0 { return Int(numbers[index]) }
        return add(id, index)
    }
    func known(_ id: Symbol) -> Int? {
        let index = Int(id.index)
        return index < numbers.count && numbers[index] >= 0 ? Int(numbers[index]) : nil
    }
    private mutating func add(_ id: Symbol, _ index: Int) -> Int {
        if index >= numbers.count { numbers += [Int32](repeating: -1, count: index + 1 - numbers.count) }
        numbers[index] = Int32(truncatingIfNeeded: ids.count)
        ids.append(id)
        return ids.count - 1
    }
}

/// Equal parts of a window of time, for sparklines and heatmaps.
package struct TimeBuckets: Hashable, Sendable {
    package let start: PreciseTime
    package let end: PreciseTime
    package let count: Int
    package let width: Int64

    /// `[now - window, now]`, to the end of the last millisecond, in `count` parts, from 1 to 10 000; the last is the newest.
    package init(over window: TimeSpan, at now: Timestamp, count: Int) {
        end = now.precise + .milliseconds(1)
        start = now.precise - max(window, .milliseconds(1))
        self.count = min(max(count, 1), 10_000)
        // The last takes the end itself too.
        width = max(1, (now.precise - start).nanoseconds / Int64(self.count))
    }
    package var range: Range<PreciseTime> { start..<end }
    package var length: TimeSpan { end - start }
    /// Seconds of one bucket.
    package var bucketSeconds: Double { length.seconds / Double(count) }
    /// The bucket of a moment; moments outside count to the nearest.
    @inline(__always) package func index(of time: PreciseTime) -> Int {
        min(max(0, Int((time - start).nanoseconds / width)), count - 1)
    }
    package func range(of index: Int) -> Range<PreciseTime> {
        let from = start + TimeSpan(nanoseconds: width &* Int64(index))
        return from..<(index >= count - 1 ? end : from + TimeSpan(nanoseconds: width))
    }
    /// The seconds that rates are to be divided by for what was first seen at `first`: the window, or the time since then where that is clearly less.
    ///
    /// What is new would look seldom if its few seconds were spread over an hour; below ten seconds a rate would jump with every request.
    package func secondsSeen(since first: PreciseTime?) -> Double {
        let whole = length.seconds
        guard let first else { return whole }
        let seen = (end - max(start, first)).seconds
        return seen > whole * 0.9 ? whole : max(seen, min(10, whole))
    }
    /// What a counter rose by up to `time` is counted at its end: so the start belongs to the time before.
    package func holdsRise(at time: PreciseTime) -> Bool { time > start && time < end }
    package func index(ofRiseAt time: PreciseTime) -> Int { index(of: time - .nanoseconds(1)) }
    package func holdsRiseBefore(at time: PreciseTime) -> Bool { time > start - length && time <= start }
    /// The window of the same length just before, in as many parts.
    package var before: Range<PreciseTime> { (start - length)..<start }
}
