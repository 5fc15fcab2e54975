import Glibc
import PromQL
import Synchronization
import Telemetry
import Wire

/// What libFuzzer calls with one input after another: it must end in an answer or an error, never in a trap. `DOGWATCH_FUZZ` names who is asked.
@_cdecl("LLVMFuzzerTestOneInput") public func fuzz(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    target(UnsafeBufferPointer(start: bytes, count: count))
    return 0
}

private let target: @Sendable (UnsafeBufferPointer<UInt8>) -> Void = {
    switch getenv("DOGWATCH_FUZZ").map({ String(cString: $0) }) {
    case "promql": fuzzQuery
    case "evaluation": fuzzEvaluation
    case "series": fuzzSeries
    case "exposition": fuzzExposition
    case "protobuf": fuzzProtobuf
    case "remote-write": fuzzRemoteWrite
    case "otlp": fuzzOTLP
    case "templates": fuzzTemplates
    case "yaml": fuzzYAML
    case "alerts": fuzzAlerts
    default: preconditionFailure("DOGWATCH_FUZZ names no target: see Tests/Fuzz/run")
    }
}()

/// A query that is read must print, and read again as what was printed; any text at any cursor is completed.
@Sendable private func fuzzQuery(_ bytes: UnsafeBufferPointer<UInt8>) {
    let text = String(decoding: bytes, as: UTF8.self)
    if let expression = try? PromQLParser.parse(text) {
        let printed = expression.text
        // What has no shorter spelling may grow beyond the bound when it is printed.
        guard printed.utf8.count <= PromQLParser.lengthLimit else { return }
        let again = try? PromQLParser.parse(printed)
        precondition(again?.text == printed, "\(text) prints as \(printed), which reads as \(again?.text ?? "nothing")")
        let pretty = expression.pretty()
        precondition((try? PromQLParser.parse(pretty))?.text == printed, "\(text) is formatted as \(pretty)")
    }
    _ = try? PromQLParser.parse(text, options: .stable)
    _ = try? PromQLParser.parseSelector(text)
    _ = QueryCompletion(text, cursor: text.count / 2, from: Nothing())
    _ = QueryCompletion(text, cursor: text.count, from: Nothing())
}

private let fewSeries = FewSeries()

/// Whatever is asked of whatever series: an answer or an error, soon, at a moment and over a range.
@Sendable private func fuzzEvaluation(_ bytes: UnsafeBufferPointer<UInt8>) {
    guard let query = try? Query(String(decoding: bytes, as: UTF8.self)) else { return }
    var options = QueryOptions()
    options.sampleLimit = 100_000
    let asked = Atomic(0)
    options.isCancelled = { asked.add(1, ordering: .relaxed).newValue > 2000 }
    let end = Timestamp.seconds(600)
    _ = try? query.instant(at: end, over: fewSeries, options: options)
    _ = try? query.range(from: .seconds(0), through: end, step: .minutes(1), over: fewSeries, options: options)
}

@Sendable private func fuzzSeries(_ bytes: UnsafeBufferPointer<UInt8>) {
    _ = try? SeriesDescription(String(decoding: bytes, as: UTF8.self))
}

/// Every entry of a page in every format, with all that can be asked of it.
@Sendable private func fuzzExposition(_ bytes: UnsafeBufferPointer<UInt8>) {
    for (format, isStrict) in [(ExpositionFormat.text, false), (.openMetrics, false), (.openMetrics, true)] {
        var parser = ExpositionParser(bytes, format: format, isStrict: isStrict)
        reading: while let entry = try? parser.next() {
            switch entry {
            case .end: break reading
            case .metadata(let line): _ = try? parser.metadata(of: line)
            case .sample(let sample):
                checkLabels(of: sample.series, parser)
                if let range = sample.exemplar { _ = try? parser.exemplar(of: range, at: sample.time ?? .seconds(0)) }
            }
        }
    }
}

/// Labels as strings and as places in the page, where they can be: the same, or neither.
private func checkLabels(of series: Range<Int>, _ parser: borrowing ExpositionParser) {
    var spans: [LabelText.Span] = []
    let labels = try? parser.labels(of: series)
    let isText = try? parser.appendLabels(of: series, to: &spans)
    precondition(isText != nil || labels == nil, "refused as text alone")
    if isText == true { precondition(LabelText(parser.bytes, spans[...]).labelSet == labels, "other labels as text") }
}

/// Pages in the protobuf format, with native histograms and without: what is made of them must itself be read.
@Sendable private func fuzzProtobuf(_ bytes: UnsafeBufferPointer<UInt8>) {
    for (takesNative, keepsClassic) in [(false, false), (true, false), (true, true)] {
        guard let page = try? ProtobufExposition(Array(bytes), takesNative: takesNative, keepsClassic: keepsClassic) else { continue }
        page.text.withUnsafeBufferPointer { text in
            var parser = ExpositionParser(text, format: .openMetrics, isStrict: false)
            while let entry = try? parser.next() {
                if case .end = entry { return }
                if case .sample(let sample) = entry { _ = try? parser.labels(of: sample.series) }
            }
        }
    }
}

/// Remote write, packed and bare: what is read must be the same when it has been written and read again.
@Sendable private func fuzzRemoteWrite(_ bytes: UnsafeBufferPointer<UInt8>) {
    let body = Array(bytes)
    if let unpacked = try? Snappy.unpack(body, limit: 1 << 20) { _ = try? RemoteWrite.decode(unpacked) }
    guard let batch = try? RemoteWrite.decode(body).batch else { return }
    let written = RemoteWrite.encode(batch)
    let again = try? RemoteWrite.decode(written).batch
    precondition(again.map(RemoteWrite.encode) == written, "what was read is not what was written")
}

/// Metrics over OTLP in both encodings, on to the series that they become.
@Sendable private func fuzzOTLP(_ bytes: UnsafeBufferPointer<UInt8>) {
    for encoding in [OTLPEncoding.protobuf, .json] {
        guard let batches = try? OTLP.decodeMetrics(Array(bytes), as: encoding).batches else { continue }
        let translator = OTLPTranslator()
        _ = translator.translate(batches, at: .seconds(600))
        // Once more, so that sums of deltas go on.
        _ = translator.translate(batches, at: .seconds(601))
    }
}

private struct Nothing: QueryCandidates {
    func metricNames() -> [String] { ["up", "a.b"] }
    func labelNames(of metric: String?) -> [String] { ["job", "x.y"] }
    func labelValues(_ label: String, of metric: String?) -> [String] { ["1", "\""] }
    func metadata(of metric: String) -> MetricMetadata? { nil }
}
