import Telemetry

extension OTLPTranslation {
    /// A classic histogram: cumulative buckets up to `+Inf`, `_sum` where there is one, `_count`.
    mutating func takeHistogram(
        _ point: OTLPPoint, _ labels: LabelSet, _ family: String, _ time: Timestamp
    ) throws(OTLPPointProblem) {
        if let problem = point.classicProblem, !point.hasNoValue { throw problem }
        func value(_ value: Double) -> Double { point.hasNoValue ? Sample.staleMarker : value }
        if let sum = point.sum { add(value(sum), labels.setting(LabelSet.nameLabel, family + "_sum"), time) }
        add(value(Double(point.count)), labels.setting(LabelSet.nameLabel, family + "_count"), time)
        let bucket = labels.setting(LabelSet.nameLabel, family + "_bucket")
        var exemplars = point.exemplars.compactMap { $0.exemplar(at: time) }
        var count: UInt64 = 0
        for (bound, own) in zip(point.bounds, point.bucketCounts) {
            count &+= own
            let place = add(value(Double(count)), bucket.setting("le", bound.decimalText), time)
            add(exemplars.removeAll(upTo: bound), to: place)
        }
        let place = add(value(Double(point.count)), bucket.setting("le", "+Inf"), time)
        add(exemplars.removeAll(upTo: .infinity), to: place)
    }

    /// An exponential histogram: a native one.
    mutating func takeExponential(_ point: OTLPPoint, _ labels: LabelSet, _ time: Timestamp) throws(OTLPPointProblem) {
        let histogram: NativeHistogram
        if point.hasNoValue {
            histogram = NativeHistogram(sum: Sample.staleMarker)
        } else {
            var buckets = point.exponential
            buckets.coarsen(to: ExponentialBuckets.scales.upperBound)
            if let problem = buckets.problem { throw .unsupported("can't be kept: \(problem)") }
            // A zero count tells which observations were no number; without a sum there may be any.
            guard buckets.total <= Double(point.count) else { throw .malformed("has more observations in its buckets than it counts") }
            histogram = buckets.native(count: Double(point.count), sum: point.sum ?? 0)
        }
        let place = add(histogram, labels, time)
        add(point.exemplars.compactMap { $0.exemplar(at: time) }, to: place)
    }
}

extension OTLPPoint {
    /// Why its buckets are no classic histogram; nil where they are.
    var classicProblem: OTLPPointProblem? {
        if bucketCounts.isEmpty, bounds.isEmpty { return nil }
        guard bucketCounts.count == bounds.count + 1 else {
            return .malformed("has \(bucketCounts.count) buckets between \(bounds.count) bounds")
        }
        guard bounds.count < WireLimit.classicBuckets else { return .tooLarge("has more than \(WireLimit.classicBuckets) buckets") }
        if zip(bounds, bounds.dropFirst()).contains(where: { !($0 < $1) }) || bounds.contains(where: { !($0.isFinite) }) {
            return .malformed("has bounds that do not rise")
        }
        var total: UInt64 = 0
        for own in bucketCounts {
            let (sum, overflow) = total.addingReportingOverflow(own)
            if overflow { return .malformed("has buckets of more than 64 bits") }
            total = sum
        }
        return total == count ? nil : .malformed("counts \(count), and its buckets \(total)")
    }
}

extension OTLPPoint.Exemplar {
    private static let runes = 128

    /// Its trace, and its attributes where all fit into what OpenMetrics allows; nil where it has no value.
    func exemplar(at time: Timestamp) -> Telemetry.Exemplar? {
        guard let value else { return nil }
        var labels: [Label] = []
        if traceID.isValid { labels.append(Label("trace_id", traceID.hexadecimal)) }
        if spanID.isValid { labels.append(Label("span_id", spanID.hexadecimal)) }
        let more = attributes.compactMap { attribute in PrometheusNames.label(attribute.key).map { Label($0, attribute.value.text) } }
        let size = (labels + more).reduce(0) { $0 + $1.name.unicodeScalars.count + $1.value.unicodeScalars.count }
        if size <= Self.runes { labels += more }
        let own = self.time == 0 ? time : PreciseTime(clamping: self.time).timestamp
        return Telemetry.Exemplar(labels: LabelSet(labels), value: value, time: own)
    }
}

extension [Exemplar] {
    /// Takes out those whose value is not over `bound`.
    fileprivate mutating func removeAll(upTo bound: Double) -> [Exemplar] {
        let taken = filter { $0.value <= bound }
        if !taken.isEmpty { removeAll { $0.value <= bound } }
        return taken
    }
}
