import Telemetry

/// One metric family while its lines are read: told of its samples, it says which rule one breaks.
struct OpenMetricsFamily {
    /// What a sample's name has behind that of its family.
    enum Suffix: CaseIterable {
        case none, total, created, count, sum, bucket, gaugeCount, gaugeSum, info
        var text: String {
            switch self {
            case .none: ""
            case .total: "_total"
            case .created: "_created"
            case .count: "_count"
            case .sum: "_sum"
            case .bucket: "_bucket"
            case .gaugeCount: "_gcount"
            case .gaugeSum: "_gsum"
            case .info: "_info"
            }
        }

        static func read(_ bytes: UnsafePointer<UInt8>, count: Int) -> Suffix? {
            func stands(_ word: StaticString) -> Bool {
                word.utf8CodeUnitCount == count && BytesEqual.compare(bytes, word.utf8Start, count)
            }
            switch count {
            case 0: return Suffix.none
            case 4: return stands("_sum") ? .sum : nil
            case 5: return stands("_info") ? .info : stands("_gsum") ? .gaugeSum : nil
            case 6: return stands("_total") ? .total : stands("_count") ? .count : nil
            case 7: return stands("_bucket") ? .bucket : stands("_gcount") ? .gaugeCount : nil
            case 8: return stands("_created") ? .created : nil
            default: return nil
            }
        }
    }
    /// `term` is what the label adds to the sum of its label set; `number` its value, where that is one.
    struct SpecialLabel {
        var term: UInt64
        var number: Double?
    }
    struct Labels {
        var name = 0..<0
        /// The hashes of all labels, added up: the same for the same set in any order.
        var sum: UInt64 = 0
        var special: SpecialLabel?
    }

    let name: Range<Int>
    /// Where its first line starts.
    let start: Int
    var type: MetricType?
    var hasHelp = false
    var unit: Range<Int>?
    private(set) var hasSamples = false
    private var group: UInt64?
    private var groupTime: Timestamp?
    private var seenGroups: Set<UInt64> = []
    private var histogram: HistogramRules?

    init(name: Range<Int>, start: Int) {
        self.name = name
        self.start = start
    }

    /// The suffix of a sample of this family, nil for a sample of another.
    func suffix(of sample: Range<Int>, in bytes: UnsafeBufferPointer<UInt8>) -> Suffix? {
        guard let page = bytes.baseAddress, sample.count >= name.count,
            BytesEqual.compare(page + sample.lowerBound, page + name.lowerBound, name.count)
        else { return nil }
        let rest = sample.lowerBound + name.count
        guard let suffix = Suffix.read(page + rest, count: sample.upperBound - rest), allows(suffix) else { return nil }
        return suffix
    }

    private func allows(_ suffix: Suffix) -> Bool {
        switch (type ?? .unknown, suffix) {
        case (.counter, .total), (.counter, .created), (.info, .info): true
        case (.summary, .none), (.summary, .count), (.summary, .sum), (.summary, .created): true
        case (.histogram, .count), (.histogram, .sum), (.histogram, .bucket), (.histogram, .created): true
        case (.gaugehistogram, .gaugeCount), (.gaugehistogram, .gaugeSum), (.gaugehistogram, .bucket): true
        case (.gauge, .none), (.unknown, .none), (.stateset, .none): true
        default: false
        }
    }

    /// The suffixes that samples of this type may have.
    var suffixes: [Suffix] { Suffix.allCases.filter(allows) }

    /// The clause of the rule that the sample breaks, or nil.
    mutating func take(_ sample: ExpositionSample, suffix: Suffix, labels: Labels) -> String? {
        hasSamples = true
        return labelProblem(suffix, labels) ?? groupProblem(sample, suffix, labels) ?? valueProblem(sample, suffix)
            ?? histogramProblem(sample, suffix, labels)
    }

    /// The clause of the rule that the family as a whole breaks, or nil.
    mutating func close(in bytes: UnsafeBufferPointer<UInt8>) -> String? {
        if let unit, !unit.isEmpty {
            if type == .info || type == .stateset { return "a family of this type has no unit" }
            let suffix = bytes[name].suffix(unit.count + 1)
            guard suffix.first == UInt8(ascii: "_"), suffix.count == unit.count + 1, suffix.dropFirst().elementsEqual(bytes[unit]) else {
                return "the name of a family must end in _ and its unit"
            }
        }
        return histogram?.problemAtEnd()
    }

    private func labelProblem(_ suffix: Suffix, _ labels: Labels) -> String? {
        if suffix == .bucket, labels.special?.number == nil { return "a bucket must have a label le that is a number" }
        if type == .stateset, labels.special == nil { return "a state must have a label named like its family" }
        if type == .summary, suffix == .none {
            guard let quantile = labels.special?.number, (0...1).contains(quantile) else {
                return "a quantile must have a label quantile from 0 to 1"
            }
        }
        return nil
    }

    private mutating func groupProblem(_ sample: ExpositionSample, _ suffix: Suffix, _ labels: Labels) -> String? {
        let current = type == .info ? 0 : labels.sum &- (labels.special?.term ?? 0)
        defer {
            group = current
            groupTime = sample.time
            seenGroups.insert(current)
        }
        guard let group else { return nil }
        if group != current { return seenGroups.contains(current) ? "the samples of one label set must stand together" : nil }
        if (sample.time == nil) != (groupTime == nil) { return "either all samples of one label set have a timestamp or none" }
        if let time = sample.time, let groupTime, time < groupTime, type != .info { return "timestamps of one label set must not go back" }
        return nil
    }

    private func valueProblem(_ sample: ExpositionSample, _ suffix: Suffix) -> String? {
        let value = sample.value
        switch suffix {
        case .total, .sum, .count, .bucket, .gaugeCount:
            if value.isNaN || value < 0 { return "the value of a \(suffix.text) must be zero or more" }
        case .gaugeSum:
            if value.isNaN { return "the value of a _gsum must be a number" }
        case .none where type == .summary && value < 0: return "a quantile must not be negative"
        case .none where type == .stateset && value != 0 && value != 1: return "a state must be 0 or 1"
        case .info where value != 1: return "the value of an _info must be 1"
        default: break
        }
        if sample.exemplar != nil, suffix != .total, suffix != .bucket { return "only a _total or a _bucket may have an exemplar" }
        return nil
    }

    private mutating func histogramProblem(_ sample: ExpositionSample, _ suffix: Suffix, _ labels: Labels) -> String? {
        guard type == .histogram || type == .gaugehistogram else { return nil }
        let current = labels.sum &- (labels.special?.term ?? 0)
        if let histogram, histogram.group != current || histogram.time != sample.time {
            if let clause = histogram.problemAtEnd() { return clause }
            self.histogram = nil
        }
        if histogram == nil { histogram = HistogramRules(group: current, time: sample.time) }
        return histogram?.take(suffix, bound: labels.special?.number, value: sample.value)
    }
}

/// The rules of one histogram: the buckets, count and sum of one label set at one time.
struct HistogramRules {
    let group: UInt64
    let time: Timestamp?
    private var bound: Double?
    private var inBucket = 0.0
    private var count: Double?
    private var hasSum = false
    private var hasNegativeGaugeSum = false
    private var hasGaugeSum = false
    private var hasNegativeBuckets = false

    init(group: UInt64, time: Timestamp?) {
        self.group = group
        self.time = time
    }

    mutating func take(_ suffix: OpenMetricsFamily.Suffix, bound next: Double?, value: Double) -> String? {
        switch suffix {
        case .bucket:
            guard let next else { return nil }
            if next < 0 { hasNegativeBuckets = true }
            if let bound, next <= bound { return "buckets must stand in the order of their le" }
            if value < inBucket { return "the values of buckets must not decrease" }
            bound = next
            inBucket = value
        case .count, .gaugeCount: count = value
        case .sum: hasSum = true
        case .gaugeSum:
            hasGaugeSum = true
            hasNegativeGaugeSum = value < 0
        default: break
        }
        return nil
    }

    func problemAtEnd() -> String? {
        if bound != .infinity { return "a histogram must have a bucket with le=\"+Inf\"" }
        if let count, count != inBucket { return "the count of a histogram must equal its +Inf bucket" }
        if (count != nil) != (hasSum || hasGaugeSum) { return "a histogram has both a sum and a count or neither" }
        if hasNegativeBuckets, hasSum { return "a histogram with negative buckets must not have a sum" }
        if !hasNegativeBuckets, hasNegativeGaugeSum { return "a _gsum can be negative only where a bucket is" }
        return nil
    }
}
