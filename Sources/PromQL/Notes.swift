import Telemetry

/// The warnings and infos of one evaluation, each text once, in the words of Prometheus.
struct Notes {
    enum Operation: String { case addition, subtraction, aggregation }
    private var seen: Set<String> = []
    private(set) var annotations = Annotations()
    private var forced: [(message: String, repair: BucketRepair, range: SourceRange)] = []

    mutating func warn(_ message: String, _ range: SourceRange) {
        if seen.insert(message).inserted { annotations.warnings.append(.init(message, at: range)) }
    }
    mutating func inform(_ message: String, _ range: SourceRange) {
        if seen.insert(message).inserted { annotations.infos.append(.init(message, at: range)) }
    }
    /// One note for all repairs of one metric's buckets: their extremes are told together, at the end.
    mutating func repaired(_ repair: BucketRepair, metric: String, _ range: SourceRange) {
        let message =
            "input to histogram_quantile needed to be fixed for monotonicity (see "
            + "https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)" + Self.about(metric)
        if let place = forced.firstIndex(where: { $0.message == message }) {
            forced[place].repair.merge(repair)
        } else {
            forced.append((message, repair, range))
        }
    }
    var finished: Annotations {
        var all = annotations
        for note in forced { all.infos.append(.init(note.message + note.repair.summary, at: note.range)) }
        return all
    }

    static func about(_ metric: String) -> String { metric.isEmpty ? "" : " for metric name " + quoted(metric) }

    mutating func invalidQuantile(_ value: Double, _ range: SourceRange) {
        warn("quantile value should be between 0 and 1, got \(value.brief)", range)
    }
    mutating func invalidRatio(_ value: Double, cappedTo cap: Double, _ range: SourceRange) {
        warn("ratio value should be between -1 and 1, got \(value.brief), capping to \(cap.brief)", range)
    }
    mutating func badBucket(_ value: String, metric: String, _ range: SourceRange) {
        warn("bucket label \"le\" is missing or has a malformed value of \(quoted(value))" + Self.about(metric), range)
    }
    mutating func mixedFloatsAndHistograms(metric: String, _ range: SourceRange) {
        warn("encountered a mix of histograms and floats for metric name \(quoted(metric))", range)
    }
    mutating func mixedFloatsAndHistogramsInAggregation(_ range: SourceRange) {
        warn("encountered a mix of histograms and floats for aggregation", range)
    }
    mutating func mixedClassicAndNative(metric: String, _ range: SourceRange) {
        warn("vector contains a mix of classic and native histograms" + Self.about(metric), range)
    }
    mutating func notCounter(metric: String, _ range: SourceRange) {
        warn("this native histogram metric is not a counter: \(quoted(metric))", range)
    }
    mutating func notGauge(metric: String, _ range: SourceRange) {
        warn("this native histogram metric is not a gauge: \(quoted(metric))", range)
    }
    mutating func mixedSchemas(metric: String, _ range: SourceRange) {
        warn("vector contains a mix of histograms with exponential and custom buckets schemas for metric name \(quoted(metric))", range)
    }
    mutating func incompatibleLayout(_ operation: String, _ range: SourceRange) {
        warn("incompatible bucket layout encountered for binary operator \(operation)", range)
    }
    mutating func ineffectiveSort(_ range: SourceRange) {
        warn("sort is ineffective for range queries since results are always ordered by labels", range)
    }
    mutating func resetCollision(_ operation: Operation, _ range: SourceRange) {
        warn("conflicting counter resets during histogram \(operation.rawValue)", range)
    }
    mutating func possiblyNotCounter(metric: String, _ range: SourceRange) {
        inform("metric might not be a counter, name does not end in _total/_sum/_count/_bucket: \(quoted(metric))", range)
    }
    mutating func incompatibleTypes(_ left: String, _ operation: String, _ right: String, _ range: SourceRange) {
        inform("incompatible sample types encountered for binary operator \(quoted(operation)): \(left) \(operation) \(right)", range)
    }
    mutating func ignoredHistogram(in aggregation: String, _ range: SourceRange) {
        inform("ignored histogram in \(aggregation) aggregation", range)
    }
    mutating func ignoredHistogramsInRange(metric: String, _ range: SourceRange) {
        inform("ignored histograms in a range containing both floats and histograms for metric name \(quoted(metric))", range)
    }
    mutating func reconciledBounds(_ operation: Operation, _ range: SourceRange) {
        inform("mismatched custom buckets were reconciled during \(operation.rawValue)", range)
    }
    mutating func quantileOfNaN(metric: String, _ range: SourceRange) {
        inform("input to histogram_quantile has NaN observations, result is NaN" + Self.about(metric), range)
    }
    mutating func quantileSkewed(metric: String, _ range: SourceRange) {
        inform("input to histogram_quantile has NaN observations, result is skewed higher" + Self.about(metric), range)
    }
    mutating func fractionOfNaN(metric: String, _ range: SourceRange) {
        inform(
            "input to histogram_fraction has NaN observations, which are excluded from all fractions" + Self.about(metric), range)
    }
}

/// How the counts of classic buckets had to be changed so that they rise, over one or more histograms.
struct BucketRepair {
    var lowest: Double
    var highest: Double
    var largestDrop: Double
    var firstTime: Int64
    var lastTime: Int64
    var count = 1

    mutating func merge(_ other: BucketRepair) {
        lowest = min(lowest, other.lowest)
        highest = max(highest, other.highest)
        largestDrop = max(largestDrop, other.largestDrop)
        firstTime = min(firstTime, other.firstTime)
        lastTime = max(lastTime, other.lastTime)
        count += other.count
    }
    var summary: String {
        ", from buckets \(lowest.brief) to \(highest.brief), with a max diff of \(largestDrop.brief(digits: 2)), over \(count) samples "
            + "from \(CivilTime(seconds: floorDivide(firstTime, 1000)).text) to \(CivilTime(seconds: floorDivide(lastTime, 1000)).text)"
    }
}
