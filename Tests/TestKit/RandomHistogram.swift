import Telemetry

/// Native histograms with whole counts, so that sums are exact in whatever order.
package struct RandomHistogram {
    package var random: Seeded
    package init(_ seed: UInt64) { random = Seeded(seed) }

    package mutating func exponential(schema: Int32? = nil, zeroThreshold: Double = 0, from lowest: Int = -40) -> NativeHistogram {
        var histogram = NativeHistogram(schema: schema ?? Int32.random(in: -4...8, using: &random), zeroThreshold: zeroThreshold)
        histogram.zeroCount = Double(Int.random(in: 0...9, using: &random))
        (histogram.positiveSpans, histogram.positiveBuckets) = side(from: lowest)
        (histogram.negativeSpans, histogram.negativeBuckets) = Bool.random(using: &random) ? ([], []) : side(from: lowest)
        return counted(histogram)
    }
    package mutating func custom(bounds: [Double]? = nil) -> NativeHistogram {
        let bounds = bounds ?? (0..<Int.random(in: 0...8, using: &random)).map { Double($0 * 2 + Int.random(in: 0...1, using: &random)) }
        var histogram = NativeHistogram(schema: NativeHistogram.customSchema, customBounds: bounds)
        let start = Int.random(in: 0...bounds.count, using: &random)
        let length = Int.random(in: 0...(bounds.count + 1 - start), using: &random)
        histogram.positiveBuckets = (0..<length).map { _ in Double(Int.random(in: 0...5, using: &random)) }
        histogram.positiveSpans = length == 0 ? [] : [.init(offset: Int32(start), length: UInt32(length))]
        return counted(histogram)
    }
    private mutating func counted(_ histogram: NativeHistogram) -> NativeHistogram {
        var histogram = histogram
        histogram.count = (histogram.positiveBuckets + histogram.negativeBuckets).reduce(histogram.zeroCount, +)
        histogram.sum = Double(Int.random(in: -1000...1000, using: &random))
        return histogram
    }
    private mutating func side(from lowest: Int) -> ([NativeHistogram.BucketSpan], [Double]) {
        var (spans, buckets) = ([NativeHistogram.BucketSpan](), [Double]())
        for place in 0..<Int.random(in: 0...4, using: &random) {
            let length = Int.random(in: 0...5, using: &random)
            let offset = place == 0 ? Int.random(in: lowest...(lowest + 60), using: &random) : Int.random(in: 0...9, using: &random)
            spans.append(.init(offset: Int32(offset), length: UInt32(length)))
            for _ in 0..<length { buckets.append(Double(max(0, Int.random(in: -2...20, using: &random)))) }
        }
        return (spans, buckets)
    }
}
