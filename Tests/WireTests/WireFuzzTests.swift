import Telemetry
import TestKit
import Testing

@testable import Wire

/// Random and damaged bytes: an answer or an error, never a trap.
@Suite struct WireFuzzTests {
    private func survive(_ bytes: [UInt8], _ reader: LogLineReader) {
        // The errors themselves are of no interest: that there is one, or none, is the claim.
        _ = try? OTLP.decodeTraces(bytes, as: .protobuf)
        _ = try? OTLP.decodeTraces(bytes, as: .json)
        _ = try? OTLP.decodeLogs(bytes, as: .protobuf, arrival: .seconds(1_700_000_000))
        _ = try? OTLP.decodeLogs(bytes, as: .json, arrival: .seconds(1_700_000_000))
        for encoding in [OTLPEncoding.protobuf, .json] {
            guard let (batches, _) = try? OTLP.decodeMetrics(bytes, as: encoding) else { continue }
            _ = OTLPTranslator().translate(batches + batches, at: .seconds(1_700_000_000))
        }
        _ = try? Zipkin.decode(bytes, arrival: .seconds(1_700_000_000))
        _ = try? JaegerJSON.decode(bytes)
        _ = FileFormat.recognise(bytes)
        _ = reader.read(LogLines(bytes: bytes), arrival: .seconds(1_700_000_000))
        _ = reader.read(LogLines(bytes: bytes, format: .json), arrival: .seconds(1_700_000_000))
    }

    @Test(arguments: 0..<8 as Range<UInt64>) func randomBytesAreSurvived(seed: UInt64) {
        var random = Seeded(seed)
        let reader = LogLineReader()
        for _ in 0..<200 {
            survive((0..<Int.random(in: 0..<200, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }, reader)
        }
    }

    @Test(arguments: 0..<8 as Range<UInt64>) func damagedRequestsAreSurvived(seed: UInt64) {
        var random = RandomTelemetry(seed)
        let reader = LogLineReader()
        let samples: [[UInt8]] = [
            OTLP.encodeTraces([random.spanBatch()]), OTLP.encodeLogs([random.logBatch()]), samplePB,
            metricsPB, Array(metricsJSON.utf8),
            Array(
                #"[{"traceId":"1","id":"2","tags":{"error":"x"},"annotations":[{"timestamp":1,"value":"v"}],"localEndpoint":{"port":1}}]"#
                    .utf8),
            Array(
                #"{"data":[{"spans":[{"traceID":"1","spanID":"2","references":[{"refType":"CHILD_OF","traceID":"1","spanID":"3"}],"tags":[]}]}]}"#
                    .utf8),
            Array(
                #"{"time":"2026-01-02T03:04:05,123+01:00","lvl":"W","a":{"b":[1,{"c":null}]},"traceparent":"00-","trace_id":"1-2-3"}"#.utf8),
            Array("[2026-01-02 03:04:05.5] [ERROR] boom\r\n<14>WARN: x\n".utf8),
        ]
        for sample in samples {
            for _ in 0..<60 { survive(damaged(sample, &random.random), reader) }
        }
    }

    private var samplePB: [UInt8] { request(attribute: [0x0a, 1, 0x6b, 0x12, 4, 0x2a, 2, 0x0a, 0]) }

    private let metricsJSON =
        #"{"resourceMetrics":[{"resource":{},"scopeMetrics":[{"metrics":[{"name":"e","exponentialHistogram":{"aggregationTemporality":1,"dataPoints":[{"timeUnixNano":"1","count":"9","sum":1,"scale":20,"zeroCount":"1","positive":{"offset":-4,"bucketCounts":["1","0","3"]},"negative":{"offset":7,"bucketCounts":[4]}}]}},{"name":"h","histogram":{"aggregationTemporality":1,"dataPoints":[{"timeUnixNano":"1","count":"3","bucketCounts":["1","2"],"explicitBounds":[0.5],"exemplars":[{"asDouble":1}]}]}}]}]}]}"#
    /// One exponential histogram of deltas, by hand.
    private var metricsPB: [UInt8] {
        var side = ProtobufWriter()
        side.zigzag(1, -3)
        side.message(2, [1, 0, 2])
        var point = ProtobufWriter()
        for field in [3, 4] as [UInt32] { point.double(field, Double(bitPattern: 3)) }
        point.zigzag(6, 20)
        point.message(8, side.bytes)
        point.message(9, side.bytes)
        var data = ProtobufWriter()
        data.message(1, point.bytes)
        data.varint(2, 1)
        var metric = ProtobufWriter()
        metric.string(1, "e")
        metric.message(10, data.bytes)
        var scope = ProtobufWriter()
        scope.message(2, metric.bytes)
        var resource = ProtobufWriter()
        resource.message(2, scope.bytes)
        var request = ProtobufWriter()
        request.message(1, resource.bytes)
        return request.bytes
    }

    /// A request of one span with one attribute.
    private func request(attribute: [UInt8]) -> [UInt8] {
        var span = ProtobufWriter()
        span.message(1, [UInt8](repeating: 1, count: 16))
        span.message(2, [UInt8](repeating: 2, count: 8))
        span.string(5, "name")
        span.message(9, attribute)
        var scope = ProtobufWriter()
        scope.message(2, span.bytes)
        var resource = ProtobufWriter()
        resource.message(2, scope.bytes)
        var request = ProtobufWriter()
        request.message(1, resource.bytes)
        return request.bytes
    }

    private func damaged(_ sample: [UInt8], _ random: inout Seeded) -> [UInt8] {
        var bytes = sample
        for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes.remove(at: place)
            case 2: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
            default: bytes.removeSubrange(place...)
            }
        }
        return bytes
    }

    @Test func deepNestingEndsInAnErrorOrAMarker() throws {
        for depth in [200, 1000, 5000] {
            let json = Array((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
            survive(Array("{\"a\":".utf8) + json + Array("}".utf8), LogLineReader())
            var value: [UInt8] = []
            for _ in 0..<depth {
                var list = ProtobufWriter()
                list.message(1, value)
                var any = ProtobufWriter()
                any.message(5, list.bytes)
                value = any.bytes
            }
            var attribute = ProtobufWriter()
            attribute.message(2, value)
            let result = try OTLP.decodeTraces(request(attribute: attribute.bytes), as: .protobuf)
            #expect(result.spans.batches.first?.spans.count == 1 && result.outcome.cut == 1)
        }
    }
}
