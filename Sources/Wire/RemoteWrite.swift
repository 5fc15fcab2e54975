import Telemetry

/// Prometheus's remote write 1.0: `WriteRequest` to samples and back. Safe to call from any thread.
///
/// What it writes it reads back bit for bit, staleness markers and floating-point histograms included; so recordings keep samples in this form too.
package enum RemoteWrite {
    /// The series of a request whose labels are valid; others are left out and counted. Throws where the request is not readable as a whole.
    ///
    /// Samples stay in the order of the wire.
    package static func decode(_ body: [UInt8]) throws(WireError) -> (batch: MetricBatch, outcome: WireOutcome) {
        let result: Result<(batch: MetricBatch, outcome: WireOutcome), WireError> = body.withUnsafeBufferPointer { bytes in
            var decoder = RemoteWriteDecoder()
            do throws(WireError) {
                if var reader = ProtobufReader(bytes) { try decoder.request(&reader) }
                return .success((decoder.batch, decoder.context.outcome))
            } catch { return .failure(error) }
        }
        return try result.get()
    }

    /// A `WriteRequest`, not compressed.
    package static func encode(_ batch: MetricBatch) -> [UInt8] {
        var writer = ProtobufWriter()
        for series in batch.series { writer.message(1, encode(series)) }
        for (family, metadata) in batch.metadata.sorted(by: { $0.key < $1.key }) {
            var message = ProtobufWriter()
            message.varint(1, UInt64(typeNumber(metadata.type)))
            message.string(2, family)
            message.string(4, metadata.help)
            message.string(5, metadata.unit)
            writer.message(3, message.bytes)
        }
        return writer.bytes
    }

    private static func encode(_ series: MetricBatch.Series) -> [UInt8] {
        var writer = ProtobufWriter()
        for label in series.labels.labels { writer.message(1, encode(label)) }
        for sample in series.samples {
            var message = ProtobufWriter()
            message.double(1, sample.value)
            message.varint(2, UInt64(bitPattern: sample.time.milliseconds))
            writer.message(2, message.bytes)
        }
        for exemplar in series.exemplars {
            var message = ProtobufWriter()
            for label in exemplar.labels.labels { message.message(1, encode(label)) }
            message.double(2, exemplar.value)
            message.varint(3, UInt64(bitPattern: exemplar.time.milliseconds))
            writer.message(3, message.bytes)
        }
        for histogram in series.histograms { writer.message(4, encode(histogram)) }
        return writer.bytes
    }

    private static func encode(_ sample: HistogramSample) -> [UInt8] {
        let histogram = sample.value
        var writer = ProtobufWriter()
        writer.double(2, histogram.count)
        writer.double(3, histogram.sum)
        writer.zigzag(4, Int64(histogram.schema))
        writer.double(5, histogram.zeroThreshold)
        writer.double(7, histogram.zeroCount)
        for span in histogram.negativeSpans { writer.message(8, encode(span)) }
        writer.doubles(10, histogram.negativeBuckets)
        for span in histogram.positiveSpans { writer.message(11, encode(span)) }
        writer.doubles(13, histogram.positiveBuckets)
        writer.varint(14, UInt64(histogram.resetHint.rawValue))
        writer.varint(15, UInt64(bitPattern: sample.time.milliseconds))
        writer.doubles(16, histogram.customBounds)
        return writer.bytes
    }
    private static func encode(_ span: NativeHistogram.BucketSpan) -> [UInt8] {
        var writer = ProtobufWriter()
        writer.zigzag(1, Int64(span.offset))
        writer.varint(2, UInt64(span.length))
        return writer.bytes
    }

    private static func encode(_ label: Label) -> [UInt8] {
        var writer = ProtobufWriter()
        writer.string(1, label.name)
        writer.string(2, label.value)
        return writer.bytes
    }

    /// The types in the order of their numbers.
    private static let types: [MetricType] = [.unknown, .counter, .gauge, .histogram, .gaugehistogram, .summary, .info, .stateset]
    static func metricType(number: UInt64) -> MetricType {
        guard let index = Int(exactly: number), types.indices.contains(index) else { return .unknown }
        return types[index]
    }
    private static func typeNumber(_ type: MetricType) -> Int { types.firstIndex(of: type) ?? 0 }
}

/// Reads a `WriteRequest`.
struct RemoteWriteDecoder {
    /// Of one series.
    private static let labelLimit = 256

    var context = OTLPContext()
    private(set) var batch = MetricBatch()

    mutating func request(_ reader: inout ProtobufReader) throws(WireError) {
        while let field = try reader.tag() {
            switch field {
            case tag(1, .bytes): try series(reader.message())
            case tag(3, .bytes): try metadata(reader.message())
            default: try reader.skip(field)
            }
        }
    }

    private mutating func series(_ message: ProtobufReader) throws(WireError) {
        var series = MetricBatch.Series(labels: LabelSet([]))
        var labels: [Label] = []
        var problem: String?
        var reader = message
        while let field = try reader.tag() {
            switch field {
            case tag(1, .bytes): try label(reader.message(), into: &labels, &problem)
            case tag(2, .bytes):
                let message = try reader.message()
                if context.takesItem() { series.samples.append(try sample(message)) }
            case tag(3, .bytes):
                let message = try reader.message()
                if context.takesItem(), let exemplar = try exemplar(message) { series.exemplars.append(exemplar) }
            case tag(4, .bytes):
                let message = try reader.message()
                guard context.takesItem() else { continue }
                do throws(HistogramProblem) { series.histograms.append(try PrometheusHistogram.remoteWrite(message)) } catch {
                    if case .unreadable(let error) = error { throw error }
                    context.outcome.reject(.malformed, "a native histogram is not valid: \(error)")
                }
            default: try reader.skip(field)
            }
        }
        let count = series.samples.count + series.histograms.count
        guard let set = Self.valid(labels, &problem) else {
            return context.outcome.reject(.malformed, count: max(count, 1), problem ?? "the labels of a series are not valid")
        }
        series.labels = set
        if count + series.exemplars.count > 0 { batch.series.append(series) }
    }

    /// The set of `labels`, or nil and the reason why they name no series.
    private static func valid(_ labels: [Label], _ problem: inout String?) -> LabelSet? {
        guard problem == nil else { return nil }
        var sorted = labels.filter { !$0.value.isEmpty }
        if zip(labels, labels.dropFirst()).contains(where: { $0.name >= $1.name }) {
            sorted.sort { $0.name < $1.name }
            for (a, b) in zip(sorted, sorted.dropFirst()) where a.name == b.name {
                problem = "a series has the label \"\(a.name.prefix(60))\" twice"
                return nil
            }
        }
        let set = LabelSet(sorted: sorted)
        guard !set.metricName.isEmpty else {
            problem = "a series has no metric name"
            return nil
        }
        return set
    }

    private mutating func label(_ message: ProtobufReader, into labels: inout [Label], _ problem: inout String?) throws(WireError) {
        var label = Label("", "")
        var reader = message
        while let field = try reader.tag() {
            switch field {
            case tag(1, .bytes): label.name = try text(reader.bytes(), &problem)
            case tag(2, .bytes): label.value = try text(reader.bytes(), &problem)
            default: try reader.skip(field)
            }
        }
        if label.name.isEmpty { problem = "a series has a label without a name" }
        if labels.count >= Self.labelLimit { problem = "a series has more than \(Self.labelLimit) labels" } else { labels.append(label) }
    }

    /// What is not UTF-8 or too long is a problem of the series: cut or mended it would be another one.
    private mutating func text(_ bytes: UnsafeBufferPointer<UInt8>, _ problem: inout String?) -> String {
        guard bytes.count <= WireLimit.valueBytes else {
            problem = "a label is longer than \(WireLimit.valueBytes) bytes"
            return ""
        }
        let text = context.name(bytes)
        // Mending makes of each bad byte a character of three bytes.
        if text.utf8.count != bytes.count { problem = "a label is not UTF-8" }
        return text
    }

    private func sample(_ message: ProtobufReader) throws(WireError) -> Sample {
        var sample = Sample(Timestamp(milliseconds: 0), 0)
        var reader = message
        while let field = try reader.tag() {
            switch field {
            case tag(1, .fixed64): sample.value = Double(bitPattern: try reader.fixed64())
            case tag(2, .varint): sample.time = Timestamp(milliseconds: Int64(bitPattern: try reader.varint()))
            default: try reader.skip(field)
            }
        }
        return sample
    }

    /// Nil where its labels are not valid: the sample beside it counts, not it.
    private mutating func exemplar(_ message: ProtobufReader) throws(WireError) -> Exemplar? {
        var exemplar = Exemplar(labels: LabelSet([]), value: 0, time: Timestamp(milliseconds: 0))
        var labels: [Label] = []
        var problem: String?
        var reader = message
        while let field = try reader.tag() {
            switch field {
            case tag(1, .bytes): try label(reader.message(), into: &labels, &problem)
            case tag(2, .fixed64): exemplar.value = Double(bitPattern: try reader.fixed64())
            case tag(3, .varint): exemplar.time = Timestamp(milliseconds: Int64(bitPattern: try reader.varint()))
            default: try reader.skip(field)
            }
        }
        if let problem {
            context.outcome.noteCut("an exemplar was left out: \(problem)")
            return nil
        }
        exemplar.labels = LabelSet(labels)
        return exemplar
    }

    private mutating func metadata(_ message: ProtobufReader) throws(WireError) {
        var metadata = MetricMetadata()
        var family = ""
        var reader = message
        while let field = try reader.tag() {
            switch field {
            case tag(1, .varint): metadata.type = RemoteWrite.metricType(number: try reader.varint())
            case tag(2, .bytes): family = context.name(try reader.bytes())
            case tag(4, .bytes): metadata.help = context.string(try reader.bytes())
            case tag(5, .bytes): metadata.unit = context.name(try reader.bytes())
            default: try reader.skip(field)
            }
        }
        if !family.isEmpty { batch.metadata[family] = metadata }
    }
}
