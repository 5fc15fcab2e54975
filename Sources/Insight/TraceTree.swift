import Store
import Telemetry

/// The spans of one trace as a tree of indices into `spans`: built without recursion, whatever the parents claim.
///
/// A span whose parent is unknown becomes a further root; of a circle of spans that are their own ancestors the earliest becomes one.
/// The server half of a Zipkin call, under its client's id, hangs below the client half and takes the children of its own service.
/// Of spans with one id and side the first owns the children. Each of these is told by a warning.
package struct TraceTree: Sendable {
    /// Ascending by start, then as given.
    package let spans: [SpanHeader]
    /// Ascending by start.
    package private(set) var roots: [Int] = []
    /// The indices of all spans, each before its children, siblings by start.
    package private(set) var order: [Int] = []
    package private(set) var warnings: [TraceWarning] = []
    /// The earliest start and the latest end.
    package let start: PreciseTime
    package let end: PreciseTime
    private var parents: [Int32]
    private var depths: [Int32]
    /// The children of span `i` stand at `childStarts[i]..<childStarts[i + 1]` of `childList`.
    private var childStarts: [Int32] = []
    private var childList: [Int32] = []
    /// Where a span stands in `order`, and how many spans its subtree has, itself counted.
    private var positions: [Int32]
    private var sizes: [Int32]

    package init(_ spans: [SpanHeader]) {
        let isSorted = zip(spans, spans.dropFirst()).allSatisfy { $0.start <= $1.start }
        self.spans =
            isSorted ? spans : spans.enumerated().sorted { ($0.element.start, $0.offset) < ($1.element.start, $1.offset) }.map(\.element)
        start = self.spans.first?.start ?? PreciseTime(nanoseconds: 0)
        end = self.spans.lazy.map(\.end).max() ?? start
        parents = [Int32](repeating: -1, count: spans.count)
        depths = [Int32](repeating: 0, count: spans.count)
        positions = depths
        sizes = [Int32](repeating: 1, count: spans.count)
        findParents()
        breakCircles()
        listChildren()
        walk()
    }

    package var isEmpty: Bool { spans.isEmpty }
    /// Nil for a root.
    package func parent(of span: Int) -> Int? { parents[span] < 0 ? nil : Int(parents[span]) }
    package func depth(of span: Int) -> Int { Int(depths[span]) }
    /// Ascending by start. Cheap: a window into one array.
    package func children(of span: Int) -> ArraySlice<Int32> { childList[Int(childStarts[span])..<Int(childStarts[span + 1])] }
    package func hasChildren(_ span: Int) -> Bool { childStarts[span] < childStarts[span + 1] }
    /// The place of a span in `order`.
    package func position(of span: Int) -> Int { Int(positions[span]) }
    /// How many spans hang below it at any depth, itself not counted.
    package func descendantCount(of span: Int) -> Int { Int(sizes[span]) - 1 }
    /// The places in `order` of a span and all below it.
    package func subtree(of span: Int) -> Range<Int> { Int(positions[span])..<Int(positions[span] + sizes[span]) }
    /// The index of the span with that reference, or nil. Linear.
    package func index(of ref: SpanRef) -> Int? { spans.firstIndex { $0.ref == ref } }
    /// The index of the first span with that id, or nil. Linear.
    package func index(of id: SpanID) -> Int? { spans.firstIndex { $0.spanID == id } }
    package var duration: TimeSpan { end - start }

    /// By span, what of its time none of its children covers; never negative.
    package func selfTimes() -> [TimeSpan] {
        spans.indices.map { index in
            let span = spans[index]
            var covered: Int64 = 0
            var edge = span.start
            for child in children(of: index) {
                let from = max(edge, spans[Int(child)].start)
                let to = min(span.end, spans[Int(child)].end)
                if to > from {
                    covered &+= (to - from).nanoseconds
                    edge = to
                }
            }
            return TimeSpan(nanoseconds: max(0, span.duration.nanoseconds &- covered))
        }
    }

    // MARK: - Building

    private mutating func findParents() {
        let index = SpanIndex(spans)
        for number in spans.indices {
            let span = spans[number]
            let twin = clientHalf(of: number, index)
            if twin == nil, isRepeated(number, index) { warnings.append(.repeatedID(span: number, span.spanID)) }
            if let twin {
                parents[number] = Int32(truncatingIfNeeded: twin)
            } else if span.parentSpanID.isValid {
                if let parent = owner(of: span, index) {
                    parents[number] = Int32(truncatingIfNeeded: parent)
                } else {
                    warnings.append(.missingParent(span: number, span.parentSpanID))
                }
            }
        }
    }

    private func isServerSide(_ span: SpanHeader) -> Bool { span.isShared || span.kind == .server || span.kind == .consumer }

    /// For the server half of a shared id the client half; nil for all others.
    private func clientHalf(of number: Int, _ index: SpanIndex) -> Int? {
        guard isServerSide(spans[number]) else { return nil }
        return halves(spans[number].traceID, spans[number].spanID, index).client
    }

    /// The first span of each side with that id.
    private func halves(_ trace: TraceID, _ id: SpanID, _ index: SpanIndex) -> (client: Int?, server: Int?) {
        var halves: (client: Int?, server: Int?) = (nil, nil)
        var next = index.first(trace, id, in: spans)
        var steps = 0
        while let number = next, steps < 8 {
            if isServerSide(spans[number]) { halves.server = halves.server ?? number } else { halves.client = halves.client ?? number }
            next = index.next(after: number)
            steps += 1
        }
        return halves
    }

    private func isRepeated(_ number: Int, _ index: SpanIndex) -> Bool {
        let halves = halves(spans[number].traceID, spans[number].spanID, index)
        return (isServerSide(spans[number]) ? halves.server : halves.client) != number
    }

    private func owner(of span: SpanHeader, _ index: SpanIndex) -> Int? {
        let halves = halves(span.traceID, span.parentSpanID, index)
        guard let server = halves.server, let client = halves.client else { return halves.server ?? halves.client }
        let belongsToClient = spans[client].service == span.service && spans[server].service != span.service
        return belongsToClient ? client : server
    }

    private mutating func breakCircles() {
        var walks = [Int32](repeating: -1, count: spans.count)
        for start in spans.indices {
            var number = start
            while walks[number] < 0 {
                walks[number] = Int32(truncatingIfNeeded: start)
                guard parents[number] >= 0 else { break }
                number = Int(parents[number])
            }
            if walks[number] == Int32(truncatingIfNeeded: start), parents[number] >= 0 { cut(circleThrough: number) }
        }
    }

    private mutating func cut(circleThrough start: Int) {
        var earliest = start
        var length = 0
        var number = start
        repeat {
            earliest = min(earliest, number)
            length += 1
            number = Int(parents[number])
        } while number != start
        parents[earliest] = -1
        warnings.append(.circle(span: earliest, length: length))
    }

    private mutating func listChildren() {
        var counts = [Int32](repeating: 0, count: spans.count + 1)
        for parent in parents where parent >= 0 { counts[Int(parent) + 1] += 1 }
        for index in counts.indices.dropFirst() { counts[index] += counts[index - 1] }
        childStarts = counts
        childList = [Int32](repeating: 0, count: Int(counts.last ?? 0))
        for number in spans.indices {
            let parent = Int(parents[number])
            if parent < 0 {
                roots.append(number)
            } else {
                childList[Int(counts[parent])] = Int32(truncatingIfNeeded: number)
                counts[parent] += 1
            }
        }
    }

    private mutating func walk() {
        order.reserveCapacity(spans.count)
        var stack = roots.reversed().map { Int32(truncatingIfNeeded: $0) }
        while let number = stack.popLast() {
            let span = Int(number)
            positions[span] = Int32(truncatingIfNeeded: order.count)
            order.append(span)
            for child in children(of: span).reversed() {
                depths[Int(child)] = depths[span] + 1
                stack.append(child)
            }
        }
        for span in order.reversed() where parents[span] >= 0 { sizes[Int(parents[span])] += sizes[span] }
    }
}

/// Something about a trace that its reader should know.
package enum TraceWarning: Hashable, Sendable {
    case missingParent(span: Int, SpanID)
    case repeatedID(span: Int, SpanID)
    case circle(span: Int, length: Int)

    /// The index of the span it is about.
    package var span: Int {
        switch self {
        case .missingParent(let span, _), .repeatedID(let span, _), .circle(let span, _): span
        }
    }
    /// One sentence.
    package var sentence: String {
        switch self {
        case .missingParent(_, let id): "Its parent \(id.hexadecimal) has not been received, so it stands as a root."
        case .repeatedID(_, let id): "Another span of this trace has the same id \(id.hexadecimal); children hang below the earlier one."
        case .circle(_, 1): "It names itself as its parent, so it stands as a root."
        case .circle(_, let length): "\(length) spans are their own ancestors; the circle is cut above this one, the earliest."
        }
    }
}
