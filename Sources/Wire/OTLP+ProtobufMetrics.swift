import Telemetry

extension OTLP {
    static func decodeMetricsProtobuf(_ body: [UInt8]) throws(WireError) -> (batches: [OTLPMetricBatch], outcome: WireOutcome) {
        let result: Result<(batches: [OTLPMetricBatch], outcome: WireOutcome), WireError> = body.withUnsafeBufferPointer { bytes in
            var decoder = ProtobufMetrics()
            do throws(WireError) {
                if var reader = ProtobufReader(bytes) { try decoder.request(&reader) }
                return .success((decoder.batches, decoder.context.outcome))
            } catch { return .failure(error) }
        }
        return try result.get()
    }
}

/// Reads an `ExportMetricsServiceRequest`. Its points are spread over five messages that number their fields apart.
struct ProtobufMetrics: ProtobufEnvelope {
    var context = OTLPContext()
    var batches: [OTLPMetricBatch] = []

    mutating func scopeItems(_ message: ProtobufReader, of resource: Resource) throws(WireError) {
        if batches.last?.resource != resource { batches.append(OTLPMetricBatch(resource: resource)) }
        var reader = message
        while let field = try reader.tag() {
            switch field {
            case tag(2, .bytes):
                let metric = try metric(reader.message())
                batches[batches.count - 1].metrics.append(metric)
            default: try reader.skip(field)
            }
        }
    }

    private mutating func metric(_ message: ProtobufReader) throws(WireError) -> OTLPMetric {
        var metric = OTLPMetric()
        var reader = message
        while let field = try reader.tag() {
            switch field {
            case tag(1, .bytes): metric.name = context.name(try reader.bytes())
            case tag(2, .bytes): metric.description = context.name(try reader.bytes())
            case tag(3, .bytes): metric.unit = context.name(try reader.bytes())
            case tag(5, .bytes): try data(reader.message(), .gauge, into: &metric)
            case tag(7, .bytes): try data(reader.message(), .sum, into: &metric)
            case tag(9, .bytes): try data(reader.message(), .histogram, into: &metric)
            case tag(10, .bytes): try data(reader.message(), .exponential, into: &metric)
            case tag(11, .bytes): try data(reader.message(), .summary, into: &metric)
            default: try reader.skip(field)
            }
        }
        return metric
    }

    /// `Gauge`, `Sum`, …: of a oneof the last member counts.
    private mutating func data(_ message: ProtobufReader, _ kind: OTLPMetric.Kind, into metric: inout OTLPMetric) throws(WireError) {
        if metric.kind != kind { metric.points = [] }
        metric.kind = kind
        var reader = message
        while let field = try reader.tag() {
            switch field {
            case tag(1, .bytes):
                let message = try reader.message()
                if context.takesItem() { metric.points.append(try point(message, kind)) }
            case tag(2, .varint): metric.temporality = .init(number: try reader.varint())
            case tag(3, .varint): metric.isMonotonic = try reader.varint() != 0
            default: try reader.skip(field)
            }
        }
    }

    private mutating func point(_ message: ProtobufReader, _ kind: OTLPMetric.Kind) throws(WireError) -> OTLPPoint {
        var point = OTLPPoint()
        var reader = message
        while let field = try reader.tag() {
            switch field {
            case tag(2, .fixed64): point.start = try reader.fixed64()
            case tag(3, .fixed64): point.time = try reader.fixed64()
            default:
                switch kind {
                case .histogram: try histogram(field, &reader, &point)
                case .exponential: try exponential(field, &reader, &point)
                case .summary: try summary(field, &reader, &point)
                default: try number(field, &reader, &point)
                }
            }
        }
        return point
    }

    private mutating func number(_ field: UInt32, _ reader: inout ProtobufReader, _ point: inout OTLPPoint) throws(WireError) {
        switch field {
        case tag(4, .fixed64): point.value = Double(bitPattern: try reader.fixed64())
        case tag(5, .bytes): try exemplar(reader.message(), into: &point)
        case tag(6, .fixed64): point.value = Double(Int64(bitPattern: try reader.fixed64()))
        case tag(7, .bytes): try context.attribute(reader.message(), into: &point.attributes)
        case tag(8, .varint): point.takeFlags(try reader.varint())
        default: try reader.skip(field)
        }
    }

    private mutating func histogram(_ field: UInt32, _ reader: inout ProtobufReader, _ point: inout OTLPPoint) throws(WireError) {
        switch field {
        case tag(4, .fixed64): point.count = try reader.fixed64()
        case tag(5, .fixed64): point.sum = Double(bitPattern: try reader.fixed64())
        case tag(6, .bytes), tag(6, .fixed64): try reader.fixed64s(field, into: &point.bucketCounts, limit: PrometheusHistogram.bucketLimit)
        case tag(7, .bytes), tag(7, .fixed64): try reader.doubles(field, into: &point.bounds, limit: PrometheusHistogram.bucketLimit)
        case tag(8, .bytes): try exemplar(reader.message(), into: &point)
        case tag(9, .bytes): try context.attribute(reader.message(), into: &point.attributes)
        case tag(10, .varint): point.takeFlags(try reader.varint())
        default: try reader.skip(field)
        }
    }

    private mutating func exponential(_ field: UInt32, _ reader: inout ProtobufReader, _ point: inout OTLPPoint) throws(WireError) {
        switch field {
        case tag(1, .bytes): try context.attribute(reader.message(), into: &point.attributes)
        case tag(4, .fixed64): point.count = try reader.fixed64()
        case tag(5, .fixed64): point.sum = Double(bitPattern: try reader.fixed64())
        case tag(6, .varint): point.exponential.scale = Int(Int32(truncatingIfNeeded: try reader.zigzag()))
        case tag(7, .fixed64): point.exponential.zeroCount = Double(try reader.fixed64())
        case tag(8, .bytes): point.exponential.positive = try buckets(reader.message())
        case tag(9, .bytes): point.exponential.negative = try buckets(reader.message())
        case tag(10, .varint): point.takeFlags(try reader.varint())
        case tag(11, .bytes): try exemplar(reader.message(), into: &point)
        case tag(14, .fixed64): point.exponential.zeroThreshold = Double(bitPattern: try reader.fixed64())
        default: try reader.skip(field)
        }
    }

    private mutating func summary(_ field: UInt32, _ reader: inout ProtobufReader, _ point: inout OTLPPoint) throws(WireError) {
        switch field {
        case tag(4, .fixed64): point.count = try reader.fixed64()
        case tag(5, .fixed64): point.sum = Double(bitPattern: try reader.fixed64())
        case tag(6, .bytes):
            let message = try reader.message()
            guard context.hasRoom(point.quantiles.count, limit: WireLimit.quantilesPerPoint, for: "quantiles") else { return }
            point.quantiles.append(try .protobuf(message))
        case tag(7, .bytes): try context.attribute(reader.message(), into: &point.attributes)
        case tag(8, .varint): point.takeFlags(try reader.varint())
        default: try reader.skip(field)
        }
    }

    private func buckets(_ message: ProtobufReader) throws(WireError) -> ExponentialBuckets.Side {
        var side = ExponentialBuckets.Side()
        var counts: [UInt64] = []
        var reader = message
        while let field = try reader.tag() {
            switch field {
            case tag(1, .varint): side.offset = Int(Int32(truncatingIfNeeded: try reader.zigzag()))
            case tag(2, .bytes), tag(2, .varint): try reader.varints(field, into: &counts, limit: PrometheusHistogram.bucketLimit)
            default: try reader.skip(field)
            }
        }
        side.counts = counts.map { Double($0) }
        return side
    }

    private mutating func exemplar(_ message: ProtobufReader, into point: inout OTLPPoint) throws(WireError) {
        guard context.hasRoom(point.exemplars.count, limit: WireLimit.exemplarsPerPoint, for: "exemplars") else { return }
        var exemplar = OTLPPoint.Exemplar()
        var reader = message
        while let field = try reader.tag() {
            switch field {
            case tag(2, .fixed64): exemplar.time = try reader.fixed64()
            case tag(3, .fixed64): exemplar.value = Double(bitPattern: try reader.fixed64())
            case tag(4, .bytes): exemplar.spanID = spanID(try reader.bytes()) ?? .zero
            case tag(5, .bytes): exemplar.traceID = traceID(try reader.bytes()) ?? .zero
            case tag(6, .fixed64): exemplar.value = Double(Int64(bitPattern: try reader.fixed64()))
            case tag(7, .bytes): try context.attribute(reader.message(), into: &exemplar.attributes)
            default: try reader.skip(field)
            }
        }
        point.exemplars.append(exemplar)
    }
}

extension OTLPMetric.Temporality {
    init(number: UInt64) { self = UInt8(exactly: number).flatMap(Self.init(rawValue:)) ?? .unspecified }
}

extension OTLPPoint.Quantile {
    /// `ValueAtQuantile`, which Prometheus's `Quantile` looks like.
    static func protobuf(_ message: ProtobufReader) throws(WireError) -> Self {
        var quantile = Self()
        var reader = message
        while let field = try reader.tag() {
            switch field {
            case tag(1, .fixed64): quantile.quantile = Double(bitPattern: try reader.fixed64())
            case tag(2, .fixed64): quantile.value = Double(bitPattern: try reader.fixed64())
            default: try reader.skip(field)
            }
        }
        return quantile
    }
}
