import Store

/// One line of a waterfall.
package struct TraceRow: Hashable, Sendable {
    /// An index into the tree's `spans`.
    package var span: Int
    package var depth: Int
    package var hasChildren: Bool
    package var isFolded: Bool
    /// Spans that its fold hides.
    package var hiddenCount: Int
    /// True for the last of its siblings: `└` instead of `├`.
    package var isLast: Bool
    /// Bit d is set where a line `│` runs on at depth d (1 to 63): that ancestor, or the span itself, has later siblings.
    package var guides: UInt64
}

extension TraceTree {
    /// The lines of the waterfall, depth first; what lies below a folded span is left out.
    package func rows(folded: Set<SpanRef> = []) -> [TraceRow] {
        var rows: [TraceRow] = []
        rows.reserveCapacity(folded.isEmpty ? spans.count : 0)
        // The guides of the ancestors of the row under way, by depth.
        var guides: [UInt64] = []
        var place = 0
        while place < order.count {
            let row = row(order[place], folded, guides)
            rows.append(row)
            if row.depth < guides.count { guides[row.depth] = row.guides } else { guides.append(row.guides) }
            place = row.isFolded ? subtree(of: row.span).upperBound : place + 1
        }
        return rows
    }

    private func row(_ span: Int, _ folded: Set<SpanRef>, _ guides: [UInt64]) -> TraceRow {
        let depth = depth(of: span)
        let isLast = parent(of: span).map { children(of: $0).last == Int32(truncatingIfNeeded: span) } ?? (roots.last == span)
        let inherited = depth > 0 && depth <= guides.count ? guides[depth - 1] : 0
        let own: UInt64 = !isLast && (1..<64).contains(depth) ? 1 << UInt64(depth) : 0
        let hasChildren = hasChildren(span)
        let isFolded = hasChildren && !folded.isEmpty && folded.contains(spans[span].ref)
        return TraceRow(
            span: span, depth: depth, hasChildren: hasChildren, isFolded: isFolded, hiddenCount: isFolded ? descendantCount(of: span) : 0,
            isLast: isLast, guides: inherited | own)
    }
}
