import Telemetry

/// Seeded samples that bring their labels along: awkward values, histograms of both sorts of buckets, exemplars, metadata.
package struct RandomBatch {
    private var random: Seeded
    private let start: Timestamp
    package init(seed: UInt64, start: Timestamp = .seconds(1_700_000_000)) {
        random = Seeded(seed)
        self.start = start
    }

    package consuming func batch() -> MetricBatch {
        var batch = MetricBatch()
        for index in 0..<int(1...6) { batch.series.append(series(index)) }
        for index in 0..<int(0...3) {
            batch.metadata["family_\(index)"] = MetricMetadata(type: one(of: MetricType.allCases), help: "Help \"\(index)\"\n", unit: "")
        }
        return batch
    }

    private mutating func series(_ index: Int) -> MetricBatch.Series {
        var labels = [Label(LabelSet.nameLabel, "metric_\(index)_total")]
        for label in 0..<int(0...4) { labels.append(Label(one(of: ["a", "zone é", "service.name"]), "value \(label) \u{1}")) }
        var series = MetricBatch.Series(labels: LabelSet(labels))
        var time = start
        let isHistogram = int(0...2) == 0
        for _ in 0..<int(1...5) {
            time = time + .milliseconds(Int64(int(1...20_000)))
            if isHistogram {
                series.histograms.append(HistogramSample(time, int(0...5) == 0 ? customHistogram() : histogram()))
            } else {
                series.samples.append(Sample(time, one(of: [0, -0.0, 1.5, .infinity, Sample.staleMarker, -1e300, Double(int(0...1000))])))
            }
        }
        if int(0...1) == 0 {
            series.exemplars = [Exemplar(labels: LabelSet([Label("trace_id", "abc\(index)")]), value: 0.25, time: time)]
        }
        return series
    }

    private mutating func histogram() -> NativeHistogram {
        var histogram = NativeHistogram(
            resetHint: one(of: [.unknown, .reset, .notReset, .gauge]), schema: Int32(int(-4...8)),
            zeroThreshold: one(of: [0, 1e-128, 0.001]),
            zeroCount: Double(int(0...3)), sum: Double(int(-100...100)) / 8)
        (histogram.positiveSpans, histogram.positiveBuckets) = side()
        (histogram.negativeSpans, histogram.negativeBuckets) = side()
        histogram.count = (histogram.positiveBuckets + histogram.negativeBuckets).reduce(histogram.zeroCount, +)
        return histogram
    }
    private mutating func side() -> ([NativeHistogram.BucketSpan], [Double]) {
        let spans = (0..<int(0...3)).map { index in
            NativeHistogram.BucketSpan(offset: Int32(index == 0 ? int(-40...40) : int(1...9)), length: UInt32(int(1...4)))
        }
        return (spans, (0..<spans.reduce(0) { $0 + Int($1.length) }).map { _ in Double(int(0...90)) / 4 })
    }
    private mutating func customHistogram() -> NativeHistogram {
        NativeHistogram(
            schema: NativeHistogram.customSchema, count: 6, sum: 9, positiveSpans: [.init(offset: 1, length: 2)], positiveBuckets: [2, 4],
            customBounds: [-1, 0.5, 10])
    }

    private mutating func int(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    private mutating func one<Value>(of values: [Value]) -> Value { values[int(0...values.count - 1)] }
}
