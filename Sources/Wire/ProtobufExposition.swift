import Telemetry

/// Prometheus's protobuf exposition: `io.prometheus.client.MetricFamily` after `MetricFamily`, each behind its length.
///
/// All but native histograms is rewritten as text: then it goes the way of every page, and its series keep their identity where a target changes its format.
package struct ProtobufExposition: Sendable {
    package struct Histogram: Hashable, Sendable {
        /// The name among them.
        package var labels: LabelSet
        package var value: NativeHistogram
        /// Nil where it is of the time of the scrape.
        package var time: Timestamp?
        /// Those that say their time.
        package var exemplars: [Exemplar]
    }

    package static let contentType = "application/vnd.google.protobuf"
    /// Of the text: labels stand once in the message and with each bucket in text.
    private static let textLimit = 256 << 20

    /// Text to be read leniently, which ends with `# EOF`.
    package private(set) var text: [UInt8] = []
    package private(set) var histograms: [Histogram] = []

    /// True for `application/vnd.google.protobuf` of metric families, whatever its parameters.
    package static func isMeant(by contentType: String) -> Bool {
        contentType.prefix { $0 != ";" && $0 != " " }.lowercased() == Self.contentType
    }

    /// Reads a page. Without `takesNative` a histogram is its classic buckets alone; with it a native one is itself, and with `keepsClassic` both.
    package init(_ body: [UInt8], takesNative: Bool, keepsClassic: Bool) throws(WireError) {
        var page = ProtobufPage(takesNative: takesNative, keepsClassic: keepsClassic, limit: Self.textLimit)
        let failure: WireError? = body.withUnsafeBufferPointer { bytes in
            do throws(WireError) {
                if var reader = ProtobufReader(bytes) { try page.families(&reader) }
                return nil
            } catch { return error }
        }
        if let failure { throw failure }
        (text, histograms) = (page.text.bytes, page.histograms)
    }
}

/// A page being rewritten.
struct ProtobufPage {
    private let takesNative: Bool
    private let keepsClassic: Bool
    private(set) var text: ExpositionWriter
    private(set) var histograms: [ProtobufExposition.Histogram] = []
    private var names = OTLPContext()
    /// Numbers that the native histograms of the page hold together: a small message may hold many.
    private var numbers = 0
    private static let numberLimit = 1 << 24
    /// What a histogram takes beside its buckets.
    private static let histogramCost = 64

    init(takesNative: Bool, keepsClassic: Bool, limit: Int) {
        self.takesNative = takesNative
        self.keepsClassic = keepsClassic
        text = ExpositionWriter(limit: limit)
    }

    struct Family {
        var name = ""
        var type: UInt64 = 3
        var help: String?
        var unit = ""
    }

    mutating func families(_ reader: inout ProtobufReader) throws(WireError) {
        while !reader.isAtEnd { try family(reader.message()) }
        text.end()
    }

    /// The type may stand behind the metrics it is of, so the message is walked twice.
    private mutating func family(_ message: ProtobufReader) throws(WireError) {
        var family = Family(type: 0)
        var first = message
        while let field = try first.tag() {
            switch field {
            case tag(1, .bytes): family.name = try string(first.bytes(), "a metric family's name")
            case tag(2, .bytes): family.help = names.string(try first.bytes())
            case tag(3, .varint): family.type = try first.varint()
            case tag(5, .bytes): family.unit = names.string(try first.bytes())
            default: try first.skip(field)
            }
        }
        guard !family.name.isEmpty else { throw .malformed(place: "", "a metric family has no name") }
        guard let type = Self.typeNames[family.type] else {
            throw .malformed(place: "", "family \"\(family.name.prefix(60))\" has the type \(family.type), which is none")
        }
        text.metadata(family.name, type: type, help: family.help, unit: family.unit)
        var second = message
        while let field = try second.tag() {
            guard field == tag(4, .bytes) else {
                try second.skip(field)
                continue
            }
            do throws(WireError) { try metric(second.message(), family) } catch {
                throw error.within("family \"\(family.name.prefix(60))\"")
            }
        }
    }
    private static let typeNames: [UInt64: String] = [
        0: "counter", 1: "gauge", 2: "summary", 3: "unknown", 4: "histogram", 5: "gaugehistogram",
    ]

    private mutating func metric(_ message: ProtobufReader, _ family: Family) throws(WireError) {
        var metric = ProtobufMetric()
        var reader = message
        while let field = try reader.tag() {
            switch field {
            case tag(1, .bytes): try label(reader.message(), into: &metric.labels)
            case tag(6, .varint): metric.time = Timestamp(milliseconds: Int64(bitPattern: try reader.varint()))
            case tag(2, .bytes) where family.type == 1, tag(3, .bytes) where family.type == 0, tag(5, .bytes) where family.type == 3:
                try number(reader.message(), into: &metric)
            case tag(4, .bytes) where family.type == 2: try metric.summary(reader.message())
            case tag(7, .bytes) where family.type >= 4: try histogram(reader.message(), into: &metric)
            default: try reader.skip(field)
            }
        }
        try checkLabels(&metric.labels)
        try write(metric, family)
    }

    /// `Gauge`, `Counter` and `Untyped` have their value in one place.
    private mutating func number(_ message: ProtobufReader, into metric: inout ProtobufMetric) throws(WireError) {
        var reader = message
        while let field = try reader.tag() {
            switch field {
            case tag(1, .fixed64): metric.value = Double(bitPattern: try reader.fixed64())
            case tag(2, .bytes): metric.exemplar = try exemplar(reader.message())
            default: try reader.skip(field)
            }
        }
    }

    private mutating func histogram(_ message: ProtobufReader, into metric: inout ProtobufMetric) throws(WireError) {
        var reader = message
        while let field = try reader.tag() {
            switch field {
            case tag(3, .bytes):
                guard metric.buckets.count < PrometheusHistogram.bucketLimit else {
                    throw .tooLarge(what: "the number of buckets of a histogram", limit: PrometheusHistogram.bucketLimit)
                }
                metric.buckets.append(try bucket(reader.message()))
            case tag(16, .bytes) where metric.exemplars.count < WireLimit.exemplarsPerPoint:
                metric.exemplars.append(try exemplar(reader.message()))
            default: try metric.native.exposed(field, &reader)
            }
        }
    }

    private mutating func bucket(_ message: ProtobufReader) throws(WireError) -> ProtobufMetric.Bucket {
        var bucket = ProtobufMetric.Bucket()
        var reader = message
        while let field = try reader.tag() {
            switch field {
            case tag(1, .varint): bucket.count = Double(try reader.varint())
            case tag(2, .fixed64): bucket.bound = Double(bitPattern: try reader.fixed64())
            case tag(3, .bytes): bucket.exemplar = try exemplar(reader.message())
            case tag(4, .fixed64): bucket.count = Double(bitPattern: try reader.fixed64())
            default: try reader.skip(field)
            }
        }
        return bucket
    }

    private mutating func exemplar(_ message: ProtobufReader) throws(WireError) -> ProtobufMetric.Exemplar {
        var exemplar = ProtobufMetric.Exemplar()
        var reader = message
        while let field = try reader.tag() {
            switch field {
            case tag(1, .bytes): try label(reader.message(), into: &exemplar.labels)
            case tag(2, .fixed64): exemplar.value = Double(bitPattern: try reader.fixed64())
            case tag(3, .bytes): exemplar.time = try time(reader.message())
            default: try reader.skip(field)
            }
        }
        try checkLabels(&exemplar.labels)
        return exemplar
    }

    private func time(_ message: ProtobufReader) throws(WireError) -> Timestamp {
        var (seconds, nanos): (Int64, Int64) = (0, 0)
        var reader = message
        while let field = try reader.tag() {
            switch field {
            case tag(1, .varint): seconds = Int64(bitPattern: try reader.varint())
            case tag(2, .varint): nanos = Int64(bitPattern: try reader.varint())
            default: try reader.skip(field)
            }
        }
        return Timestamp(milliseconds: min(max(seconds, .min / 2000), .max / 2000) * 1000 + nanos / 1_000_000)
    }

    private mutating func label(_ message: ProtobufReader, into labels: inout [Label]) throws(WireError) {
        guard labels.count < ExpositionLimits.labelsPerSeries else {
            throw .tooLarge(what: "the number of labels of a metric", limit: ExpositionLimits.labelsPerSeries)
        }
        var label = Label("", "")
        var reader = message
        while let field = try reader.tag() {
            switch field {
            case tag(1, .bytes): label.name = try string(reader.bytes(), "a label's name", limit: ExpositionLimits.labelNameBytes)
            case tag(2, .bytes): label.value = try string(reader.bytes(), "a label's value")
            default: try reader.skip(field)
            }
        }
        guard !label.name.isEmpty else { throw .malformed(place: "", "a label has no name") }
        labels.append(label)
    }

    private mutating func string(
        _ bytes: UnsafeBufferPointer<UInt8>, _ what: String, limit: Int = ExpositionLimits.labelValueBytes
    ) throws(WireError) -> String {
        guard bytes.count <= limit else { throw .tooLarge(what: what, limit: limit) }
        guard ExpositionText.isUTF8(bytes, bytes.indices) else { throw .malformed(place: "", "\(what) is not UTF-8") }
        return names.name(bytes)
    }

    private func checkLabels(_ labels: inout [Label]) throws(WireError) {
        labels.sort { $0.name < $1.name }
        for (a, b) in zip(labels, labels.dropFirst()) where a.name == b.name {
            throw .malformed(place: "", "a metric has the label \"\(a.name.prefix(60))\" twice")
        }
    }
}

extension ProtobufPage {
    private mutating func write(_ metric: ProtobufMetric, _ family: Family) throws(WireError) {
        switch family.type {
        case 2: try writeSummary(metric, family.name)
        case 4, 5: try writeHistogram(metric, family)
        default: try text.sample(family.name, metric.labels, metric.value, metric.time, metric.exemplar)
        }
    }

    private mutating func writeSummary(_ metric: ProtobufMetric, _ name: String) throws(WireError) {
        for quantile in metric.quantiles {
            let labels = metric.labels.setting("quantile", quantile.quantile.openMetricsText)
            try text.sample(name, labels, quantile.value, metric.time)
        }
        try text.sample(name + "_sum", metric.labels, metric.native.histogram.sum, metric.time)
        try text.sample(name + "_count", metric.labels, metric.native.histogram.count, metric.time)
    }

    private mutating func writeHistogram(_ metric: ProtobufMetric, _ family: Family) throws(WireError) {
        if takesNative, metric.native.isNative {
            try takeNative(metric, family)
            guard keepsClassic, !metric.buckets.isEmpty else { return }
        }
        let name = family.name
        for bucket in metric.buckets {
            try text.sample(
                name + "_bucket", metric.labels.setting("le", bucket.bound.openMetricsText), bucket.count, metric.time, bucket.exemplar)
        }
        if metric.buckets.last?.bound != .infinity {
            try text.sample(name + "_bucket", metric.labels.setting("le", "+Inf"), metric.native.histogram.count, metric.time)
        }
        try text.sample(name + "_sum", metric.labels, metric.native.histogram.sum, metric.time)
        try text.sample(name + "_count", metric.labels, metric.native.histogram.count, metric.time)
    }

    private mutating func takeNative(_ metric: ProtobufMetric, _ family: Family) throws(WireError) {
        var value: NativeHistogram
        do throws(HistogramProblem) { value = try metric.native.finished() } catch {
            throw .malformed(place: "", "a native histogram is not valid: \(error)")
        }
        numbers += Self.histogramCost + value.positiveBuckets.count + value.negativeBuckets.count
        numbers += value.positiveSpans.count + value.negativeSpans.count
        guard numbers <= Self.numberLimit else {
            throw .tooLarge(what: "the number of buckets of all native histograms", limit: Self.numberLimit)
        }
        if family.type == 5 { value.resetHint = .gauge }
        let examples = (metric.exemplars.isEmpty ? metric.buckets.compactMap(\.exemplar) : metric.exemplars).compactMap { exemplar in
            exemplar.time.map { Exemplar(labels: LabelSet(exemplar.labels), value: exemplar.value, time: $0) }
        }
        let labels = LabelSet(metric.labels + [Label(LabelSet.nameLabel, family.name)])
        histograms.append(.init(labels: labels, value: value, time: metric.time, exemplars: examples))
    }
}

/// A `Metric` as far as it is read.
struct ProtobufMetric {
    struct Bucket {
        var bound = 0.0
        var count = 0.0
        var exemplar: Exemplar?
    }
    struct Exemplar {
        var labels: [Label] = []
        var value = 0.0
        var time: Timestamp?
    }
    var labels: [Label] = []
    var value = 0.0
    var time: Timestamp?
    var exemplar: Exemplar?
    var exemplars: [Exemplar] = []
    var quantiles: [OTLPPoint.Quantile] = []
    var buckets: [Bucket] = []
    /// Its count and sum are those of summaries and classic histograms too.
    var native = PrometheusHistogram()

    mutating func summary(_ message: ProtobufReader) throws(WireError) {
        var reader = message
        while let field = try reader.tag() {
            switch field {
            case tag(1, .varint): native.histogram.count = Double(try reader.varint())
            case tag(2, .fixed64): native.histogram.sum = Double(bitPattern: try reader.fixed64())
            case tag(3, .bytes):
                guard quantiles.count < WireLimit.quantilesPerPoint else {
                    throw .tooLarge(what: "the number of quantiles of a summary", limit: WireLimit.quantilesPerPoint)
                }
                quantiles.append(try .protobuf(reader.message()))
            default: try reader.skip(field)
            }
        }
    }
}

extension [Label] {
    /// With `name` set to `value`, ascending as before.
    fileprivate func setting(_ name: String, _ value: String) -> [Label] {
        var labels = filter { $0.name != name }
        labels.insert(Label(name, value), at: labels.firstIndex { $0.name > name } ?? labels.endIndex)
        return labels
    }
}
