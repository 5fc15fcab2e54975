import Store
import Telemetry

/// How far the clocks of a trace's hosts seem to be apart, and by how much to shift each span to mend it; as Jaeger's adjuster.
///
/// A span on another host than its parent that does not lie within it is centred in it, as if request and answer took equally long; one
/// that took longer than its parent is only moved not to start before it. Spans of the same host move along. A span that says nothing of its
/// host counts as on another host than any.
package struct ClockSkew: Sendable {
    /// By span of the tree.
    package let shifts: [TimeSpan]
    /// Spans that would have to be moved by more than the limit, and are not.
    package let refusedCount: Int
    package let shiftedCount: Int
    package let largest: TimeSpan

    /// `host` names the host of a span (`host.id`, else `host.ip`, else `host.name`), or nil; asked only when a span sticks out of its parent.
    package init(_ tree: TraceTree, limit: TimeSpan = .minutes(60), host: (Int) -> String?) {
        var shifts = [TimeSpan](repeating: .zero, count: tree.spans.count)
        var refused = 0
        if Self.isSuspicious(tree) {
            var hosts = [String?](repeating: nil, count: tree.spans.count)
            for span in tree.order {
                hosts[span] = host(span)
                guard let parent = tree.parent(of: span) else { continue }
                if let own = hosts[span], own == hosts[parent] {
                    shifts[span] = shifts[parent]
                    continue
                }
                let shift = Self.shift(tree.spans[span], into: tree.spans[parent], movedBy: shifts[parent])
                if shift.nanoseconds.magnitude > limit.nanoseconds.magnitude { refused += 1 } else { shifts[span] = shift }
            }
        }
        self.shifts = shifts
        refusedCount = refused
        shiftedCount = shifts.count { $0 != .zero }
        largest = shifts.max { $0.nanoseconds.magnitude < $1.nanoseconds.magnitude } ?? .zero
    }

    /// With the hosts that the spans' resources name.
    package init(_ tree: TraceTree, of traces: some SpanReading, limit: TimeSpan = .minutes(60)) {
        self.init(tree, limit: limit) { span in
            traces.resource(of: tree.spans[span].ref).flatMap { resource in
                ["host.id", "host.ip", "host.name"].lazy.compactMap { Self.hostName(resource[$0]) }.first
            }
        }
    }

    package var isNeeded: Bool { shiftedCount > 0 }
    /// One sentence for the waterfall; nil where the clocks agree.
    package var sentence: String? {
        guard shiftedCount > 0 || refusedCount > 0 else { return nil }
        let moved = "\(shiftedCount) \(shiftedCount == 1 ? "span" : "spans") shifted by up to \(Self.text(largest)) because clocks disagree"
        let refused = "\(refusedCount) would need more than the limit and stay"
        return refusedCount == 0 ? moved + "." : shiftedCount == 0 ? "Clocks disagree: " + refused + "." : moved + "; " + refused + "."
    }

    private static func isSuspicious(_ tree: TraceTree) -> Bool {
        tree.spans.indices.contains { span in
            guard let parent = tree.parent(of: span) else { return false }
            return tree.spans[span].start < tree.spans[parent].start || tree.spans[span].end > tree.spans[parent].end
        }
    }

    private static func shift(_ child: SpanHeader, into parent: SpanHeader, movedBy shift: TimeSpan) -> TimeSpan {
        let start = parent.start + shift
        if child.duration > parent.duration { return child.start < start ? start - child.start : .zero }
        if child.start >= start, child.end <= parent.end + shift { return .zero }
        let slack = TimeSpan(nanoseconds: (parent.duration - child.duration).nanoseconds / 2)
        return (start - child.start) + slack
    }

    private static func hostName(_ value: AttributeValue?) -> String? {
        switch value {
        case .string(let name)? where !name.isEmpty: name
        case .array(let values)?: hostName(values.first)
        default: nil
        }
    }

    private static func text(_ span: TimeSpan) -> String {
        let magnitude = span.nanoseconds.magnitude
        if magnitude < 1_000_000 { return "\(magnitude / 1000) µs" }
        return magnitude < 10_000_000_000 ? "\(magnitude / 1_000_000) ms" : "\(magnitude / 1_000_000_000) s"
    }
}

extension TraceTree {
    /// The tree with its spans where the mended clocks put them.
    package func applying(_ skew: ClockSkew) -> TraceTree {
        guard skew.isNeeded, skew.shifts.count == spans.count else { return self }
        var moved = spans
        for (index, shift) in skew.shifts.enumerated() where shift != .zero { moved[index].start = moved[index].start + shift }
        return TraceTree(moved)
    }
}
