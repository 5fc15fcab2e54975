import Telemetry

/// How many observations fell into which bucket at each moment of a panel: what a heatmap is drawn from.
package struct PanelHeat: Hashable, Sendable {
    package struct Row: Hashable, Sendable {
        package var lower: Double
        package var upper: Double
    }
    /// Ascending; each begins where the one before ends, or later.
    package private(set) var rows: [Row] = []
    /// `counts[moment][row]`; a moment without an answer has NaN.
    package private(set) var counts: [[Double]] = []

    /// More rows than that are finer than any screen.
    private static let rowLimit = 128

    /// Nil where the answer is neither buckets by `le` nor native histograms.
    package init?(_ answer: PanelAnswer) {
        if answer.histograms.isEmpty {
            self.init(buckets: answer.lines)
        } else {
            self.init(histograms: answer.histograms.map(\.values))
        }
    }

    // MARK: - By `le`

    private init?(buckets lines: [PanelLine]) {
        var bounds: [Double: [Double]] = [:]
        for line in lines {
            guard let bound = line.labels["le"].flatMap({ ClassicHistogram.bound($0) }), !bound.isNaN else { return nil }
            guard let known = bounds[bound] else {
                bounds[bound] = line.values
                continue
            }
            bounds[bound] = zip(known, line.values).map { $0.isNaN ? $1 : $1.isNaN ? $0 : $0 + $1 }
        }
        let sorted = bounds.keys.sorted()
        guard sorted.count >= 2, let moments = lines.first?.values.count else { return nil }
        rows = sorted.indices.map { index in
            Row(lower: index == 0 ? min(0, sorted[0]) : sorted[index - 1], upper: sorted[index])
        }
        counts = (0..<moments).map { moment in Self.parts(sorted.map { bounds[$0]?[moment] ?? .nan }) }
    }

    /// From cumulative counts to those of each bucket.
    private static func parts(_ cumulative: [Double]) -> [Double] {
        guard cumulative.contains(where: { !$0.isNaN }) else { return cumulative }
        var reached = 0.0
        return cumulative.map { count in
            guard !count.isNaN else { return 0 }
            defer { reached = max(reached, count) }
            return max(count - reached, 0)
        }
    }

    // MARK: - Native

    private init?(histograms series: [[NativeHistogram?]]) {
        guard let moments = series.first?.count else { return nil }
        let known = series.flatMap { $0.compactMap { $0 } }
        let exponential = known.filter { !$0.usesCustomBounds }
        guard var schema = exponential.map(\.schema).min() ?? known.first?.schema else { return nil }
        while true {
            let cells = (0..<moments).map { moment in Self.cells(series.compactMap { $0[moment] }, schema) }
            let all = Set(cells.lazy.compactMap { $0 }.flatMap(\.keys))
            if all.count > Self.rowLimit, schema > -4, schema != NativeHistogram.customSchema {
                schema -= 1
                continue
            }
            rows = all.sorted { ($0.lower, $0.upper) < ($1.lower, $1.upper) }
            counts = cells.map { cell in rows.map { row in cell.map { $0[row] ?? 0 } ?? .nan } }
            return
        }
    }

    /// Nil where there is no histogram.
    private static func cells(_ histograms: [NativeHistogram], _ schema: Int32) -> [Row: Double]? {
        guard !histograms.isEmpty else { return nil }
        var cells: [Row: Double] = [:]
        for histogram in histograms {
            let same = histogram.usesCustomBounds || histogram.schema <= schema ? histogram : histogram.reduced(toSchema: schema)
            for bucket in same.allBuckets where bucket.count != 0 && !bucket.count.isNaN {
                cells[Row(lower: bucket.lower, upper: bucket.upper), default: 0] += bucket.count
            }
        }
        return cells
    }

    /// From the least finite bound above zero to the greatest, a little beyond where a bucket has no end; nil where there is none.
    package var range: ClosedRange<Double>? {
        let positive = rows.filter { $0.upper > 0 }
        let bounds = positive.flatMap { [$0.lower, $0.upper] }.filter { $0 > 0 && $0.isFinite }
        guard var low = bounds.min(), var high = bounds.max() else { return nil }
        if positive.contains(where: { $0.lower <= 0 }) { low /= 2 }
        if positive.contains(where: { $0.upper == .infinity }) { high *= 2 }
        guard low > 0, high.isFinite, low < high else { return nil }
        return low...high
    }

    /// The row that holds `value`; nil where none does.
    package func row(of value: Double) -> Int? {
        let index = rows.partitioningIndex { value <= $0.upper }
        return index < rows.count && value >= rows[index].lower ? index : nil
    }
}
