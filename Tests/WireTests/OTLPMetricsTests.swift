import Telemetry
import TestKit
import Testing

@testable import Wire

@Suite struct OTLPMetricsTests {
    private func message(_ body: (inout ProtobufWriter) -> Void) -> [UInt8] {
        var writer = ProtobufWriter()
        body(&writer)
        return writer.bytes
    }

    /// One metric of one scope of one resource, its data under `field`.
    private func request(_ name: String, _ field: UInt32, point: [UInt8]) -> [UInt8] {
        let data = message {
            $0.message(1, point)
            $0.varint(2, 2)
        }
        let metric = message {
            $0.string(1, name)
            $0.message(field, data)
        }
        return message { $0.message(1, message { $0.message(2, message { $0.message(2, metric) }) }) }
    }

    @Test func theBucketsOfExponentialHistogramsAreCountsInBothEncodings() throws {
        let side = message {
            $0.varint(1, 3)
            $0.message(2, [1, 0, 0xac, 2])
        }
        let point = message {
            $0.varint(6, 4)
            $0.message(8, side)
            $0.message(9, side)
        }
        let json = """
            {"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"h","exponentialHistogram":{"aggregationTemporality":2,"dataPoints":[{"scale":2,
            "positive":{"offset":-2,"bucketCounts":["1","0",300]},"negative":{"offset":-2,"bucketCounts":["1","0","300"]}}]}}]}]}]}
            """
        for (body, encoding) in [(request("h", 10, point: point), OTLPEncoding.protobuf), (Array(json.utf8), .json)] {
            let (batches, outcome) = try OTLP.decodeMetrics(body, as: encoding)
            let found = try #require(batches.first?.metrics.first?.points.first?.exponential)
            #expect(outcome == WireOutcome() && found.scale == 2)
            #expect(found.positive == .init(offset: -2, counts: [1, 0, 300]) && found.negative == found.positive, "\(encoding)")
        }
    }

    @Test func countsThatAreNotThereAreNeitherReadNorReservedFor() {
        // A length of 2^40 bytes, buckets among them.
        for point in [[0x32, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20], [0x32, 0x05, 1], [0x3a, 0xff, 0xff, 0xff, 0xff, 0x0f]] as [[UInt8]] {
            #expect(throws: WireError.self) { try OTLP.decodeMetrics(request("h", 9, point: point), as: .protobuf) }
        }
        let many = message { $0.message(6, [UInt8](repeating: 1, count: 8 * (PrometheusHistogram.bucketLimit + 1))) }
        #expect(throws: WireError.self) { try OTLP.decodeMetrics(request("h", 9, point: many), as: .protobuf) }
    }

    @Test func attributesNestOnlySoDeep() throws {
        // `AnyValue` of an array of one `AnyValue`, and so on.
        var value = message { $0.varint(2, 1) }
        for _ in 0..<10_000 where value.count < 1 << 20 { value = message { $0.message(5, message { $0.message(1, value) }) } }
        let attribute = message {
            $0.string(1, "deep")
            $0.message(2, value)
        }
        let point = message {
            $0.message(7, attribute)
        }
        let (batches, outcome) = try OTLP.decodeMetrics(request("g", 5, point: point), as: .protobuf)
        #expect(batches.first?.metrics.first?.points.count == 1 && outcome.detail.contains("deep"), "\(outcome)")
    }

    @Test func aCutOrChangedRequestGivesAnAnswerAndNeverATrap() {
        let point = message {
            $0.varint(6, 4)
            $0.message(8, message { $0.message(2, [1, 2, 3]) })
            $0.double(5, 2.5)
        }
        let whole = request("h", 10, point: point)
        for count in whole.indices { _ = try? OTLP.decodeMetrics(Array(whole[..<count]), as: .protobuf) }
        var random = Seeded(11)
        for _ in 0..<3000 {
            var body = whole
            for _ in 0...Int.random(in: 0...3, using: &random) {
                body[Int.random(in: body.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            guard let (batches, _) = try? OTLP.decodeMetrics(body, as: .protobuf) else { continue }
            _ = OTLPTranslator().translate(batches, at: .seconds(1_700_000_000))
        }
    }
}
