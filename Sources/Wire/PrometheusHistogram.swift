import Telemetry

/// Why a native histogram was not taken.
enum HistogramProblem: Error, CustomStringConvertible {
    /// The message around it can't be read on.
    case unreadable(WireError)
    case invalid(String)

    var description: String {
        switch self {
        case .unreadable(let error): error.description
        case .invalid(let what): what
        }
    }
}

/// Native histograms as Prometheus's protobuf messages carry them: buckets as whole numbers, each the difference from the one before, or as
/// floating-point numbers. The messages of remote write and of the exposition format number their fields apart.
struct PrometheusHistogram {
    /// Buckets of one side, and spans: many more than any client makes (160), few enough for a hostile one.
    static let bucketLimit = 1 << 16

    var histogram = NativeHistogram()
    /// True once a field of whole numbers came: then the floating-point buckets count for nothing.
    var isInteger = false
    private var isFloat = false
    var positiveDeltas: [Int64] = []
    var negativeDeltas: [Int64] = []

    /// `Histogram` of remote write 1.0.
    static func remoteWrite(_ message: ProtobufReader) throws(HistogramProblem) -> HistogramSample {
        var draft = PrometheusHistogram()
        var time = Timestamp(milliseconds: 0)
        do throws(WireError) { try draft.fields(message, &time) } catch { throw .unreadable(error) }
        return HistogramSample(time, try draft.finished())
    }

    private mutating func fields(_ message: ProtobufReader, _ time: inout Timestamp) throws(WireError) {
        var reader = message
        while let field = try reader.tag() {
            switch field {
            case tag(1, .varint): takeInteger(count: try reader.varint())
            case tag(2, .fixed64): histogram.count = Double(bitPattern: try reader.fixed64())
            case tag(3, .fixed64): histogram.sum = Double(bitPattern: try reader.fixed64())
            case tag(4, .varint): histogram.schema = Int32(truncatingIfNeeded: try reader.zigzag())
            case tag(5, .fixed64): histogram.zeroThreshold = Double(bitPattern: try reader.fixed64())
            case tag(6, .varint): histogram.zeroCount = Double(try reader.varint())
            case tag(7, .fixed64): histogram.zeroCount = Double(bitPattern: try reader.fixed64())
            case tag(8, .bytes): try Self.span(reader.message(), into: &histogram.negativeSpans)
            case tag(11, .bytes): try Self.span(reader.message(), into: &histogram.positiveSpans)
            case tag(9, .bytes), tag(9, .varint): try reader.zigzags(field, into: &negativeDeltas, limit: Self.bucketLimit)
            case tag(12, .bytes), tag(12, .varint): try reader.zigzags(field, into: &positiveDeltas, limit: Self.bucketLimit)
            case tag(10, .bytes), tag(10, .fixed64):
                try reader.doubles(field, into: &histogram.negativeBuckets, limit: Self.bucketLimit)
            case tag(13, .bytes), tag(13, .fixed64):
                try reader.doubles(field, into: &histogram.positiveBuckets, limit: Self.bucketLimit)
            case tag(14, .varint):
                histogram.resetHint = UInt8(exactly: try reader.varint()).flatMap(NativeHistogram.ResetHint.init) ?? .unknown
            case tag(15, .varint): time = Timestamp(milliseconds: Int64(bitPattern: try reader.varint()))
            case tag(16, .bytes), tag(16, .fixed64): try reader.doubles(field, into: &histogram.customBounds, limit: Self.bucketLimit)
            default: try reader.skip(field)
            }
        }
    }

    /// A field of `Histogram` as it is exposed: the next of `reader`.
    mutating func exposed(_ field: UInt32, _ reader: inout ProtobufReader) throws(WireError) {
        switch field {
        case tag(1, .varint):
            let count = try reader.varint()
            if !isFloat { takeInteger(count: count) }
        case tag(4, .fixed64):
            let count = Double(bitPattern: try reader.fixed64())
            if count > 0 { (isFloat, isInteger, histogram.count) = (true, false, count) }
        case tag(2, .fixed64): histogram.sum = Double(bitPattern: try reader.fixed64())
        case tag(5, .varint): histogram.schema = Int32(truncatingIfNeeded: try reader.zigzag())
        case tag(6, .fixed64): histogram.zeroThreshold = Double(bitPattern: try reader.fixed64())
        case tag(7, .varint): histogram.zeroCount = max(histogram.zeroCount, Double(try reader.varint()))
        case tag(8, .fixed64): histogram.zeroCount = max(histogram.zeroCount, Double(bitPattern: try reader.fixed64()))
        case tag(9, .bytes): try Self.span(reader.message(), into: &histogram.negativeSpans)
        case tag(10, .bytes), tag(10, .varint): try reader.zigzags(field, into: &negativeDeltas, limit: Self.bucketLimit)
        case tag(11, .bytes), tag(11, .fixed64): try reader.doubles(field, into: &histogram.negativeBuckets, limit: Self.bucketLimit)
        case tag(12, .bytes): try Self.span(reader.message(), into: &histogram.positiveSpans)
        case tag(13, .bytes), tag(13, .varint): try reader.zigzags(field, into: &positiveDeltas, limit: Self.bucketLimit)
        case tag(14, .bytes), tag(14, .fixed64): try reader.doubles(field, into: &histogram.positiveBuckets, limit: Self.bucketLimit)
        default: try reader.skip(field)
        }
    }

    /// True of one that is exposed with more than classic buckets: an empty span marks one without observations.
    var isNative: Bool {
        histogram.zeroThreshold > 0 || histogram.zeroCount > 0 || !histogram.positiveSpans.isEmpty || !histogram.negativeSpans.isEmpty
    }

    mutating func takeInteger(count: UInt64) {
        isInteger = true
        histogram.count = Double(count)
    }

    static func span(_ message: ProtobufReader, into spans: inout [NativeHistogram.BucketSpan]) throws(WireError) {
        var span = NativeHistogram.BucketSpan(offset: 0, length: 0)
        var reader = message
        while let field = try reader.tag() {
            switch field {
            case tag(1, .varint): span.offset = Int32(truncatingIfNeeded: try reader.zigzag())
            case tag(2, .varint): span.length = UInt32(truncatingIfNeeded: try reader.varint())
            default: try reader.skip(field)
            }
        }
        guard spans.count < bucketLimit else { throw .tooLarge(what: "the number of spans of a native histogram", limit: bucketLimit) }
        spans.append(span)
    }

    /// The histogram with its buckets added up, checked.
    consuming func finished() throws(HistogramProblem) -> NativeHistogram {
        // A stale marker stands in the sum, with nothing beside it.
        if Sample.isStale(histogram.sum) { return NativeHistogram(sum: histogram.sum) }
        if isInteger || !positiveDeltas.isEmpty || !negativeDeltas.isEmpty {
            histogram.positiveBuckets = try Self.absolute(positiveDeltas)
            histogram.negativeBuckets = try Self.absolute(negativeDeltas)
        }
        if let problem = histogram.problem(isInteger: isInteger) { throw .invalid(problem) }
        return histogram
    }

    private static func absolute(_ deltas: [Int64]) throws(HistogramProblem) -> [Double] {
        var counts: [Double] = []
        counts.reserveCapacity(deltas.count)
        var count: Int64 = 0
        for delta in deltas {
            let (sum, overflow) = count.addingReportingOverflow(delta)
            guard !overflow, sum >= 0 else { throw .invalid("a bucket has a negative count") }
            count = sum
            counts.append(Double(count))
        }
        return counts
    }
}
