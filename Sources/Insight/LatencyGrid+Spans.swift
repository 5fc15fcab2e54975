import Store
import Telemetry

extension LatencyGrid {
    /// Steps of a row on the scale of `LatencyDistribution`, whose 32 are one doubling.
    private static let steps = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048]

    /// From spans: without a lens the roots of traces; of a service its entries, or else its roots, or else all its spans; with an operation
    /// all spans of that name. `rows` is the most there may be; bounds stand at steady places, so that the picture does not jump.
    package init(
        _ snapshot: StoreSnapshot, lens: Lens = Lens(), onlyErrors: Bool = false, over window: TimeSpan, at now: Timestamp, columns: Int,
        rows: Int
    ) {
        self.init(snapshot.traces, lens: lens, onlyErrors: onlyErrors, over: window, at: now, columns: columns, rows: rows)
    }

    package init(
        _ spans: some SpanReading, lens: Lens = Lens(), onlyErrors: Bool = false, over window: TimeSpan, at now: Timestamp, columns: Int,
        rows: Int
    ) {
        let buckets = TimeBuckets(over: window, at: now, count: columns)
        let filter = LensFilter(lens, in: spans)
        let whole = buckets.before.lowerBound..<buckets.end
        let basis = Self.basis(spans, lens, filter, whole)
        let selection = SpanSelection(lens: lens, onlyErrors: onlyErrors, basis: basis)
        self.init(.spans(basis), buckets, selection: selection)
        var points: [Point] = []
        var distributions = [LatencyDistribution](repeating: LatencyDistribution(), count: buckets.count)
        let start = buckets.start
        spans.forEachSpan(startingIn: whole) { span in
            guard selection.accepts(span, filter) else { return }
            let column = span.start < start ? -1 : buckets.index(of: span.start)
            points.append(
                Point(
                    column: Int32(column), level: Int32(LatencyDistribution.bucket(of: max(0, span.duration.nanoseconds))),
                    isError: span.status == .error))
            if column >= 0 { distributions[column].add(span.duration) }
        }
        fill(points, limit: max(1, rows))
        finish(distributions)
    }

    private struct Point {
        let column: Int32
        let level: Int32
        let isError: Bool
    }

    /// What stands for a request: an operation by itself, a service by its entries.
    private static func basis(_ spans: some SpanReading, _ lens: Lens, _ filter: LensFilter, _ range: Range<PreciseTime>) -> RequestBasis {
        if lens.operation != nil { return .allSpans }
        if lens.service == nil, lens.version == nil { return .rootSpans }
        var hasEntry = false
        var hasRoot = false
        spans.forEachSpan(startingIn: range) { span in
            guard !hasEntry, filter.accepts(span) else { return }
            if span.kind.isEntry { hasEntry = true }
            if !span.parentSpanID.isValid { hasRoot = true }
        }
        return hasEntry ? .entrySpans : hasRoot ? .rootSpans : .allSpans
    }

    private mutating func fill(_ points: [Point], limit: Int) {
        guard let first = points.first else { return }
        var low = first.level
        var high = first.level
        for point in points {
            low = min(low, point.level)
            high = max(high, point.level)
        }
        let step = Int32(Self.steps.first { Int(high) / $0 - Int(low) / $0 < limit } ?? 2048)
        let base = low / step
        rows = (base...(high / step)).map { number in
            Row(
                lower: TimeSpan(nanoseconds: LatencyDistribution.bounds(of: Int(number * step)).lowerBound),
                upper: TimeSpan(nanoseconds: LatencyDistribution.bounds(of: Int((number + 1) * step)).lowerBound))
        }
        counts = [UInt32](repeating: 0, count: rows.count * columns.count)
        errors = counts
        histogram = [Int](repeating: 0, count: rows.count)
        before = histogram
        for point in points {
            let row = Int(point.level / step - base)
            guard point.column >= 0 else {
                before[row] += 1
                continue
            }
            histogram[row] += 1
            let cell = Int(point.column) * rows.count + row
            counts[cell] &+= 1
            if point.isError {
                errors[cell] &+= 1
                columns[Int(point.column)].errors += 1
            }
        }
    }

    private mutating func finish(_ distributions: [LatencyDistribution]) {
        var whole = LatencyDistribution()
        for (index, distribution) in distributions.enumerated() where !distribution.isEmpty {
            columns[index].count = distribution.count
            columns[index].p50 = distribution.quantile(0.5).map { LatencyQuantile($0) }
            columns[index].p95 = distribution.quantile(0.95).map { LatencyQuantile($0) }
            columns[index].p99 = distribution.quantile(0.99).map { LatencyQuantile($0) }
            whole.merge(distribution)
        }
        p50 = whole.quantile(0.5).map { LatencyQuantile($0) }
        p95 = whole.quantile(0.95).map { LatencyQuantile($0) }
        p99 = whole.quantile(0.99).map { LatencyQuantile($0) }
    }

    /// The spans behind a cell, slowest first, at most `limit`; of a histogram, whose requests have no names, none.
    package func spans(column: Int, row: Int, in source: some SpanReading, limit: Int = 1000) -> [SpanHeader] {
        guard let selection, columns.indices.contains(column), rows.indices.contains(row) else { return [] }
        let filter = LensFilter(selection.lens, in: source)
        let bounds = rows[row]
        var found: [SpanHeader] = []
        source.forEachSpan(startingIn: buckets.range(of: column)) { span in
            guard selection.accepts(span, filter), span.duration >= bounds.lower else { return }
            if let upper = bounds.upper, span.duration >= upper { return }
            found.append(copy span)
        }
        found.sort { ($1.duration, $0.ref) < ($0.duration, $1.ref) }
        return Array(found.prefix(max(0, limit)))
    }

    /// The traces behind a cell, those with the slowest such span first, at most `limit`.
    package func traces(column: Int, row: Int, in snapshot: StoreSnapshot, limit: Int = 1000) -> [TraceSummary] {
        var seen: Set<TraceID> = []
        return spans(column: column, row: row, in: snapshot.traces, limit: limit).compactMap { span in
            seen.insert(span.traceID).inserted ? snapshot.traces.summary(of: span.traceID) : nil
        }
    }
}
