import Telemetry

/// Delta points added up, stream by stream, so that they read as cumulative ones. Bounded; streams that have been silent for long are forgotten.
struct DeltaSums: Sendable {
    /// Streams, and the buckets of all their histograms.
    static let limit = 100_000
    static let bucketLimit = 4_000_000
    /// Bytes of the labels of all streams.
    static let labelLimit = 64 << 20
    /// A stream that was silent for longer may be forgotten when room is needed; it begins anew.
    static let idle = TimeSpan.minutes(10)

    fileprivate struct Stream {
        var kind: OTLPMetric.Kind
        var start: UInt64
        var time: UInt64
        var lastArrival: Timestamp
        var value: Double
        var count: UInt64
        var sum: Double?
        var bucketCounts: [UInt64]
        var bounds: [Double]
        var exponential: ExponentialBuckets

        init(_ point: OTLPPoint, _ kind: OTLPMetric.Kind, at now: Timestamp) {
            self.kind = kind
            (start, time, lastArrival) = (point.start, point.time, now)
            (value, count, sum) = (point.value ?? 0, point.count, point.sum)
            (bucketCounts, bounds, exponential) = (point.bucketCounts, point.bounds, point.exponential)
        }
        var buckets: Int { bucketCounts.count + exponential.positive.counts.count + exponential.negative.counts.count }
    }
    private var streams: [LabelSet: Stream] = [:]
    private var buckets = 0
    private var labelBytes = 0
    /// When idle streams were looked for last: a flood of new ones must not do it each time.
    private var lastLook: Timestamp?

    /// Makes of the delta `point` what its stream has come to.
    mutating func add(_ point: inout OTLPPoint, of metric: OTLPMetric, _ labels: LabelSet, at now: Timestamp) throws(OTLPPointProblem) {
        try check(point, metric.kind)
        guard var stream = streams[labels], stream.kind == metric.kind else { return try begin(point, metric.kind, labels, at: now) }
        guard point.time > stream.time else { throw .outOfOrder("is not newer than the one before, and can't be added up") }
        if point.start != 0, point.start < stream.start { throw .outOfOrder("begins before its stream, and can't be added up") }
        buckets -= stream.buckets
        stream.add(point, metric.kind)
        (stream.time, stream.lastArrival) = (point.time, now)
        buckets += stream.buckets
        streams[labels] = stream
        stream.write(to: &point)
    }

    /// What is wrong with a point must not get into its sum.
    private func check(_ point: OTLPPoint, _ kind: OTLPMetric.Kind) throws(OTLPPointProblem) {
        switch kind {
        case .histogram: if let problem = point.classicProblem { throw problem }
        case .exponential:
            var buckets = point.exponential
            buckets.coarsen(to: ExponentialBuckets.scales.upperBound)
            if let problem = buckets.problem { throw .unsupported("can't be kept: \(problem)") }
            guard buckets.total <= Double(point.count) else { throw .malformed("has more observations in its buckets than it counts") }
        default: if point.value == nil { throw .malformed("has no value") }
        }
    }

    private mutating func begin(_ point: OTLPPoint, _ kind: OTLPMetric.Kind, _ labels: LabelSet, at now: Timestamp) throws(OTLPPointProblem)
    {
        var stream = Stream(point, kind, at: now)
        stream.exponential.coarsen(to: ExponentialBuckets.scales.upperBound)
        if !hasRoom(for: stream, labels) { forgetIdle(at: now) }
        guard hasRoom(for: stream, labels) else {
            throw .noRoom(
                "is of more than \(Self.limit) streams (or their buckets or labels) that are added up; let the client send cumulative ones")
        }
        if let old = streams.updateValue(stream, forKey: labels) { buckets -= old.buckets } else { labelBytes += Self.size(of: labels) }
        buckets += stream.buckets
    }

    private func hasRoom(for stream: Stream, _ labels: LabelSet) -> Bool {
        streams.count < Self.limit && buckets + stream.buckets <= Self.bucketLimit && labelBytes + Self.size(of: labels) <= Self.labelLimit
    }

    private mutating func forgetIdle(at now: Timestamp) {
        if let lastLook, now >= lastLook, now - lastLook < .seconds(10) { return }
        lastLook = now
        streams = streams.filter { now - $0.value.lastArrival < Self.idle }
        buckets = streams.values.reduce(0) { $0 + $1.buckets }
        labelBytes = streams.keys.reduce(0) { $0 + Self.size(of: $1) }
    }

    private static func size(of labels: LabelSet) -> Int { labels.labels.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count } }
}

extension DeltaSums.Stream {
    fileprivate mutating func add(_ point: OTLPPoint, _ kind: OTLPMetric.Kind) {
        value += point.value ?? 0
        // Other bounds begin anew: what was counted between the old ones can't be split.
        if kind == .histogram, point.bounds != bounds {
            (count, sum, bucketCounts, bounds, start) = (point.count, point.sum, point.bucketCounts, point.bounds, point.start)
            return
        }
        count = count.addingReportingOverflow(point.count).partialValue
        // A sum that is missing once is not known any more.
        if let own = point.sum, let sum { self.sum = sum + own } else { sum = nil }
        for (index, own) in point.bucketCounts.enumerated() where bucketCounts.indices.contains(index) { bucketCounts[index] &+= own }
        exponential.add(point.exponential)
    }

    fileprivate func write(to point: inout OTLPPoint) {
        (point.start, point.value, point.count, point.sum) = (start, value, count, sum)
        (point.bucketCounts, point.bounds, point.exponential) = (bucketCounts, bounds, exponential)
    }
}
