import Telemetry

extension Planner {
    /// `sort…`: orders an instant vector; over a range the order is lost anyway, which is remarked.
    func sorted(_ call: Call, _ range: SourceRange, _ grid: StepGrid) throws(QueryError) -> Operator {
        let inner = try Matrix.collecting(try vector(try argument(call, 0), grid))
        let byLabel = call.function.name.hasPrefix("sort_by_label")
        if !run.bounds.isInstant || !grid.isInstant { run.notes.ineffectiveSort(range) }
        let isDescending = call.function.name.hasSuffix("_desc")
        let rows = (0..<inner.count).filter { byLabel || !inner.hasHistograms($0) || grid.count > 1 }
        if byLabel {
            var names: [Symbol] = []
            for index in 1..<max(call.arguments.count, 1) { names.append(run.symbols.symbol(try string(call, index))) }
            let order = LabelOrder(inner, names)
            return PickedOperator(
                inner, grid.isInstant ? rows.sorted { isDescending ? order.isBefore($1, $0) : order.isBefore($0, $1) } : rows)
        }
        guard grid.isInstant else { return FloatsOnly(inner) }
        // NaN goes to the end, whichever way.
        return PickedOperator(
            inner,
            rows.sorted {
                let (a, b) = (inner.float($0, 0), inner.float($1, 0))
                return b.isNaN ? !a.isNaN : isDescending ? a > b : a < b
            })
    }
}

/// Series by the values of some labels, numbers in them by size; then by all labels.
private struct LabelOrder {
    private var keys: [[String]]
    private var sets: [LabelSet]
    init(_ inner: Operator, _ names: [Symbol]) {
        let symbols = inner.run.symbols
        keys = (0..<inner.count).map { row in names.map { symbols.text(inner.labels.value($0, row: row)) } }
        sets = (0..<inner.count).map { symbols.labelSet(inner.labels[$0]) }
    }
    func isBefore(_ a: Int, _ b: Int) -> Bool {
        for (left, right) in zip(keys[a], keys[b]) where left != right { return isNaturallyBefore(left, right) }
        return sets[a].isBefore(sets[b])
    }
}

extension LabelSet {
    /// As Prometheus orders series: label by label, name then value, by bytes; of one that begins another, the shorter first.
    package func isBefore(_ other: LabelSet) -> Bool {
        for (a, b) in zip(labels, other.labels) {
            if a.name != b.name { return a.name < b.name }
            if a.value != b.value { return a.value < b.value }
        }
        return labels.count < other.labels.count
    }
}

/// Texts with their runs of digits compared as numbers: `host2` before `host10`.
func isNaturallyBefore(_ a: String, _ b: String) -> Bool {
    let (left, right) = (chunks(a), chunks(b))
    for (x, y) in zip(left, right) where x != y {
        guard let first = x.first, let second = y.first, isDigit(first), isDigit(second) else { return x.lexicographicallyPrecedes(y) }
        let (p, q) = (x.drop { $0 == 48 }, y.drop { $0 == 48 })
        if p.count != q.count { return p.count < q.count }
        if Array(p) != Array(q) { return p.lexicographicallyPrecedes(q) }
        return x.count < y.count
    }
    return left.count < right.count
}
private func isDigit(_ byte: UInt8) -> Bool { byte >= 48 && byte <= 57 }
private func chunks(_ text: String) -> [[UInt8]] {
    var out: [[UInt8]] = []
    for byte in text.utf8 {
        if let last = out.last?.last, isDigit(last) == isDigit(byte) { out[out.count - 1].append(byte) } else { out.append([byte]) }
    }
    return out
}

/// An instant vector without its histograms.
final class FloatsOnly: Operator {
    private let inner: Operator
    init(_ inner: Operator) {
        self.inner = inner
        super.init(inner.run, inner.grid, inner.labels)
    }
    override func fill(_ row: Int, _ out: Row) throws(QueryError) {
        try inner.fill(row, out)
        out.histograms = []
    }
}
