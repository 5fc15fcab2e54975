import Store
import Telemetry

/// What a trace waited for: sections of spans that, for each root, cover its time from start to end without gap or overlap.
///
/// As Jaeger: from a root's end backwards, always into the child that ended last before the time reached; children are cut to their
/// parents; a CONSUMER below a PRODUCER does not hold it up and is left out with all below it. Unlike Jaeger a child that ends exactly
/// where the next begins is on the path (Jaeger charges calls made back to back to their parent). O(n log n), no recursion.
package struct CriticalPath: Sendable {
    package struct Section: Hashable, Sendable {
        /// An index into the tree's `spans`.
        package var span: Int
        package var start: PreciseTime
        package var end: PreciseTime
        package var duration: TimeSpan { end - start }
    }

    /// Root by root, ascending by time within each.
    package private(set) var sections: [Section] = []
    /// By span: its time on the path.
    package private(set) var times: [TimeSpan]
    /// By span: where its sections stand in `bySpan`.
    private var starts: [Int32] = []
    private var bySpan: [Section] = []
    /// The length of the path over all roots.
    package private(set) var total = TimeSpan.zero

    package init(_ tree: TraceTree) {
        times = [TimeSpan](repeating: .zero, count: tree.spans.count)
        var walk = PathWalk(tree)
        for root in tree.roots { sections += walk.sections(ofRoot: root).reversed() }
        for section in sections {
            times[section.span] = times[section.span] + section.duration
            total = total + section.duration
        }
        indexBySpan(tree.spans.count)
    }

    /// The part of the path that is this span's own, from 0 to 1.
    package func share(of span: Int) -> Double { total > .zero ? Double(times[span].nanoseconds) / Double(total.nanoseconds) : 0 }

    /// The time on the path by service, greatest first.
    package func shares(by tree: TraceTree) -> [(service: Symbol, time: TimeSpan, share: Double)] {
        var dense = DenseIDs()
        var sums: [TimeSpan] = []
        for (span, time) in zip(tree.spans, times) where time > .zero {
            let number = dense.number(of: span.service)
            if number == sums.count { sums.append(.zero) }
            sums[number] = sums[number] + time
        }
        let whole = Double(max(1, total.nanoseconds))
        return zip(dense.ids, sums).map { ($0, $1, Double($1.nanoseconds) / whole) }
            .sorted { ($1.time.nanoseconds, $0.service.index) < ($0.time.nanoseconds, $1.service.index) }
    }

    /// Ascending by time.
    package func sections(of span: Int) -> ArraySlice<Section> { bySpan[Int(starts[span])..<Int(starts[span + 1])] }

    /// Of a span and all below it, ascending, those that touch joined into one (under the index of `span`): what a folded row shows.
    package func sections(under span: Int, of tree: TraceTree) -> [Section] {
        var all: [Section] = []
        for place in tree.subtree(of: span) { all += sections(of: tree.order[place]) }
        all.sort { $0.start < $1.start }
        var joined: [Section] = []
        for section in all {
            if let last = joined.last, last.end == section.start {
                joined[joined.count - 1].end = section.end
            } else {
                joined.append(Section(span: span, start: section.start, end: section.end))
            }
        }
        return joined
    }

    private mutating func indexBySpan(_ count: Int) {
        starts = [Int32](repeating: 0, count: count + 1)
        for section in sections { starts[section.span + 1] += 1 }
        for index in starts.indices.dropFirst() { starts[index] += starts[index - 1] }
        guard let first = sections.first else { return }
        var next = starts
        bySpan = [Section](repeating: first, count: sections.count)
        for section in sections {
            bySpan[Int(next[section.span])] = section
            next[section.span] += 1
        }
    }
}

/// The walk backwards, with the cut times of the spans.
private struct PathWalk {
    private let tree: TraceTree
    private var starts: [PreciseTime]
    private var ends: [PreciseTime]
    private var isOut: [Bool]
    /// The children that count, by parent, the last to end first; `next` says how far each parent has come.
    private var candidates: [Int32] = []
    private var next: [Int32]
    private var limits: [Int32]

    init(_ tree: TraceTree) {
        self.tree = tree
        starts = tree.spans.map(\.start)
        ends = tree.spans.map(\.end)
        isOut = [Bool](repeating: false, count: tree.spans.count)
        next = [Int32](repeating: 0, count: tree.spans.count)
        limits = next
        for span in tree.order { prepareChildren(of: span) }
    }

    private mutating func prepareChildren(of span: Int) {
        let from = candidates.count
        next[span] = Int32(truncatingIfNeeded: from)
        for child in tree.children(of: span) {
            cut(Int(child), to: span)
            if !isOut[Int(child)] { candidates.append(child) }
        }
        limits[span] = Int32(truncatingIfNeeded: candidates.count)
        guard candidates.count - from > 1 else { return }
        let ends = ends
        candidates[from...].sort { (ends[Int($1)], $0) < (ends[Int($0)], $1) }
    }

    private mutating func cut(_ child: Int, to parent: Int) {
        let isAsynchronous = tree.spans[parent].kind == .producer && tree.spans[child].kind == .consumer
        if isOut[parent] || isAsynchronous || starts[child] >= ends[parent] || ends[child] <= starts[parent] {
            isOut[child] = true
            return
        }
        starts[child] = max(starts[child], starts[parent])
        ends[child] = min(ends[child], ends[parent])
    }

    /// Descending by time.
    mutating func sections(ofRoot root: Int) -> [CriticalPath.Section] {
        var out: [CriticalPath.Section] = []
        var span = root
        var limit = ends[root]
        while true {
            if let child = lastChild(of: span, endingBy: limit) {
                if ends[child] < limit { out.append(.init(span: span, start: ends[child], end: limit)) }
                span = child
                limit = ends[child]
                continue
            }
            if starts[span] < limit { out.append(.init(span: span, start: starts[span], end: limit)) }
            guard span != root, let parent = tree.parent(of: span) else { return out }
            limit = starts[span]
            span = parent
        }
    }

    /// Each child is looked at once: the limits of a span only fall.
    private mutating func lastChild(of span: Int, endingBy limit: PreciseTime) -> Int? {
        while next[span] < limits[span] {
            let child = Int(candidates[Int(next[span])])
            next[span] += 1
            if ends[child] <= limit { return child }
        }
        return nil
    }
}
