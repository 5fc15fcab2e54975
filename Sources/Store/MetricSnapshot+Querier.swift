import Telemetry

extension MetricSnapshot: Querier {
    package func select(_ matchers: [LabelMatcher], in range: ClosedRange<Timestamp>) throws(PatternError) -> [SeriesID] {
        try series(matching: matchers).filter { newest($0).map { $0.time >= range.lowerBound } ?? false }
    }

    package func read(_ series: SeriesID, in range: ClosedRange<Timestamp>, into columns: SampleColumns) {
        for sample in samples(of: series, in: range) { columns.append(sample.time.milliseconds, sample.value) }
    }
}
