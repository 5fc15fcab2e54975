/// A native (sparse) histogram with floating-point counts: the value of a sample, or what a query makes of it. As Prometheus's `FloatHistogram`.
///
/// With an exponential schema *s* in −4…8 bucket *i* covers `(b^(i−1), b^i]`, `b = 2^(2^−s)`; negative buckets mirror it. With schema −53 bucket *i* covers
/// `(customBounds[i−1], customBounds[i]]`. Counts are absolute: neither cumulative nor differences.
package struct NativeHistogram: Hashable, Sendable {
    /// What is known of a counter reset between the sample before and this one.
    package enum ResetHint: UInt8, Hashable, Sendable { case unknown, reset, notReset, gauge }
    /// Consecutive buckets: `offset` counts from the end of the span before (from 0 for the first).
    package struct BucketSpan: Hashable, Sendable {
        package var offset: Int32
        package var length: UInt32
        package init(offset: Int32, length: UInt32) {
            self.offset = offset
            self.length = length
        }
    }
    /// The schema of custom bounds.
    package static let customSchema: Int32 = -53

    package var resetHint: ResetHint
    package var schema: Int32
    /// Half the width of the zero bucket: it takes −w ≤ x ≤ w.
    package var zeroThreshold: Double
    package var zeroCount: Double
    /// Of all observations, those that are no number included.
    package var count: Double
    package var sum: Double
    package var positiveSpans: [BucketSpan]
    package var negativeSpans: [BucketSpan]
    package var positiveBuckets: [Double]
    package var negativeBuckets: [Double]
    /// Ascending upper bounds without +Inf; empty unless the schema is `customSchema`.
    package var customBounds: [Double]
    package init(
        resetHint: ResetHint = .unknown, schema: Int32 = 0, zeroThreshold: Double = 0, zeroCount: Double = 0, count: Double = 0,
        sum: Double = 0,
        positiveSpans: [BucketSpan] = [], negativeSpans: [BucketSpan] = [], positiveBuckets: [Double] = [], negativeBuckets: [Double] = [],
        customBounds: [Double] = []
    ) {
        self.resetHint = resetHint
        self.schema = schema
        self.zeroThreshold = zeroThreshold
        self.zeroCount = zeroCount
        self.count = count
        self.sum = sum
        self.positiveSpans = positiveSpans
        self.negativeSpans = negativeSpans
        self.positiveBuckets = positiveBuckets
        self.negativeBuckets = negativeBuckets
        self.customBounds = customBounds
    }
}
