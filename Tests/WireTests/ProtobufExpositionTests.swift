import Telemetry
import TestKit
import Testing

@testable import Wire

/// Pages as client libraries write them, by hand.
struct ExposedFamily {
    private var writer = ProtobufWriter()
    init(_ name: String, type: UInt64, help: String = "") {
        writer.string(1, name)
        writer.string(2, help)
        writer.varint(3, type)
    }
    static func message(_ body: (inout ProtobufWriter) -> Void) -> [UInt8] {
        var writer = ProtobufWriter()
        body(&writer)
        return writer.bytes
    }
    static func label(_ name: String, _ value: String) -> [UInt8] {
        message {
            $0.string(1, name); $0.string(2, value)
        }
    }
    func metric(_ labels: [(String, String)], time: UInt64 = 0, _ field: UInt32, _ body: (inout ProtobufWriter) -> Void) -> Self {
        var copy = self
        copy.writer.message(
            4,
            Self.message { writer in
                for (name, value) in labels { writer.message(1, Self.label(name, value)) }
                writer.message(field, Self.message(body))
                writer.varint(6, time)
            })
        return copy
    }
    /// With its length in front.
    var bytes: [UInt8] {
        var count = writer.bytes.count
        var length: [UInt8] = []
        while count >= 0x80 {
            length.append(UInt8(count & 0x7f | 0x80))
            count >>= 7
        }
        return length + [UInt8(count)] + writer.bytes
    }
    static func exemplar(_ value: Double, seconds: UInt64? = nil) -> [UInt8] {
        message { writer in
            writer.message(1, label("trace_id", "ab"))
            writer.double(2, value)
            if let seconds {
                writer.message(
                    3,
                    message {
                        $0.varint(1, seconds); $0.varint(2, 5_000_000)
                    })
            }
        }
    }
}

@Suite struct ProtobufExpositionTests {
    private func lines(_ body: [UInt8], keepsClassic: Bool = false) throws -> [String] {
        String(decoding: try ProtobufExposition(body, takesNative: true, keepsClassic: keepsClassic).text, as: UTF8.self).split(
            separator: "\n"
        ).map(
            String.init)
    }

    @Test func countersGaugesAndSummariesBecomeText() throws {
        let counter = ExposedFamily("requests_total", type: 0, help: "All \"of\"\nthem").metric([("code", "2\"0\\0\n")], 3) {
            $0.double(1, 12)
            $0.message(2, ExposedFamily.exemplar(0.5, seconds: 1_700_000_000))
        }
        let gauge = ExposedFamily("my.gauge", type: 1).metric([("a.b", "c")], time: 1_700_000_000_250, 2) { $0.double(1, -.infinity) }
        let summary = ExposedFamily("s", type: 2).metric([], 4) {
            $0.varint(1, 3)
            $0.double(2, 9.5)
            $0.message(
                3,
                ExposedFamily.message {
                    $0.double(1, 1); $0.double(2, .nan)
                })
        }
        let untyped = ExposedFamily("u", type: 3).metric([], 5) { $0.double(1, 1e-9) }
        #expect(
            try lines(counter.bytes + gauge.bytes + summary.bytes + untyped.bytes) == [
                #"# HELP requests_total All \"of\"\nthem"#, "# TYPE requests_total counter",
                #"requests_total{code="2\"0\\0\n"} 12.0 # {trace_id="ab"} 0.5 1700000000.005"#, ##"# TYPE "my.gauge" gauge"##,
                #"{"my.gauge","a.b"="c"} -Inf 1700000000.250"#, "# TYPE s summary", #"s{quantile="1.0"} NaN"#, "s_sum 9.5", "s_count 3.0",
                "# TYPE u unknown", "u 1e-09", "# EOF",
            ])
    }

    private func histogram(_ more: @escaping (inout ProtobufWriter) -> Void = { _ in }) -> [UInt8] {
        ExposedFamily("h", type: 4).metric([("z", "1")], 7) { writer in
            writer.varint(1, 6)
            writer.double(2, 2.5)
            writer.message(
                3,
                ExposedFamily.message {
                    $0.varint(1, 1); $0.double(2, 1); $0.message(3, ExposedFamily.exemplar(0.2, seconds: 7))
                })
            writer.message(
                3,
                ExposedFamily.message {
                    $0.varint(1, 4); $0.double(2, 2_500_000)
                })
            more(&writer)
        }.bytes
    }
    private let native: (inout ProtobufWriter) -> Void = { writer in
        writer.zigzag(5, 1)
        writer.double(6, 0.001)
        writer.message(
            12,
            ExposedFamily.message {
                $0.zigzag(1, -1); $0.varint(2, 3)
            })
        for delta in [1, 1, 1] as [Int64] { writer.zigzag(13, delta) }
    }

    @Test func aClassicHistogramBecomesItsBucketsWithPlusInf() throws {
        #expect(
            try lines(histogram()) == [
                "# TYPE h histogram", #"h_bucket{le="1.0",z="1"} 1.0 # {trace_id="ab"} 0.2 7.005"#, #"h_bucket{le="2.5e+06",z="1"} 4.0"#,
                #"h_bucket{le="+Inf",z="1"} 6.0"#, #"h_sum{z="1"} 2.5"#, #"h_count{z="1"} 6.0"#, "# EOF",
            ])
    }

    @Test func aNativeHistogramIsKeptAsideAndItsClassicBucketsOnlyWhereWanted() throws {
        let page = try ProtobufExposition(histogram(native), takesNative: true, keepsClassic: false)
        #expect(String(decoding: page.text, as: UTF8.self) == "# TYPE h histogram\n# EOF\n")
        let value = NativeHistogram(
            schema: 1, zeroThreshold: 0.001, count: 6, sum: 2.5, positiveSpans: [.init(offset: -1, length: 3)], positiveBuckets: [1, 2, 3])
        let found = try #require(page.histograms.first)
        #expect(found.value == value && found.labels == LabelSet([Label("__name__", "h"), Label("z", "1")]) && found.time == nil)
        #expect(found.exemplars.map(\.time.milliseconds) == [7005])
        #expect(try lines(histogram(native), keepsClassic: true).count == 7)
        let classic = try ProtobufExposition(histogram(native), takesNative: false, keepsClassic: false)
        let plain = try ProtobufExposition(histogram(), takesNative: true, keepsClassic: false)
        #expect(classic.histograms.isEmpty && classic.text == plain.text)
    }

    @Test func whatIsNoPageIsRefusedWithItsReason() throws {
        let unsorted = ExposedFamily("a", type: 1).metric([("x", "1"), ("x", "2")], 2) { $0.double(1, 1) }
        for (bytes, reason) in [
            (Array("<!doctype html>".utf8), ""), (ExposedFamily("", type: 1).bytes, "no name"),
            (ExposedFamily("a", type: 9).bytes, "type 9"),
            (unsorted.bytes, "twice"), (ExposedFamily("a", type: 1).metric([("", "1")], 2) { $0.double(1, 1) }.bytes, "no name"),
            (Array(histogram(native).dropLast()), "runs over"),
            (
                histogram {
                    self.native(&$0); $0.zigzag(13, 5)
                }, "not valid"
            ),
        ] {
            do {
                _ = try ProtobufExposition(bytes, takesNative: true, keepsClassic: true)
                Issue.record("\(reason): taken")
            } catch { #expect(error.description.contains(reason), "\(error)") }
        }
    }

    @Test func damagedPagesAreSurvivedAndTheTextIsAlwaysReadable() throws {
        var random = Seeded(21)
        let whole = histogram(native) + ExposedFamily("s", type: 2).metric([("q", "é")], 4) { $0.varint(1, 3) }.bytes + histogram()
        for _ in 0..<3000 {
            var bytes = Array(whole.prefix(Int.random(in: 0...whole.count, using: &random)))
            for _ in 0..<Int.random(in: 0...3, using: &random) where !bytes.isEmpty {
                bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            guard let page = try? ProtobufExposition(bytes, takesNative: true, keepsClassic: true) else { continue }
            let read = ExpositionConformanceTests.read(page.text, format: .openMetrics, isStrict: false)
            guard case .failure(let error) = read else { continue }
            Issue.record("\(error): \(String(decoding: page.text, as: UTF8.self))")
        }
    }

    @Test(
        arguments: [
            (1, "1.0"), (0.005, "0.005"), (1e6, "1e+06"), (100_000, "100000.0"), (2.5e-5, "2.5e-05"), (0, "0.0"), (-1.5, "-1.5"),
            (.infinity, "+Inf"),
            (123_456_789, "1.23456789e+08"), (1e100, "1e+100"), (.leastNonzeroMagnitude, "5e-324"), (-1e21, "-1e+21"),
        ] as [(Double, String)])
    func boundsAreWrittenAsPrometheusWritesThem(_ bound: Double, _ expected: String) { #expect(bound.openMetricsText == expected) }

    @Test func histogramsWithoutEndAreRefusedBeforeTheyFillTheMemory() throws {
        // 60 000 buckets of a byte each, many times: few bytes on the wire, many numbers.
        var page: [UInt8] = []
        for number in 0..<300 {
            let family = ExposedFamily("h\(number)", type: 4).metric([], 7) { writer in
                writer.varint(1, 60_000)
                writer.zigzag(5, 0)
                writer.double(6, 0.001)
                writer.message(12, ExposedFamily.message { $0.varint(2, 60_000) })
                writer.message(13, [2] + [UInt8](repeating: 0, count: 59_999))
            }
            page += family.bytes
        }
        #expect(throws: WireError.self) { try ProtobufExposition(page, takesNative: true, keepsClassic: false) }
        #expect(try ProtobufExposition(page, takesNative: false, keepsClassic: true).histograms.isEmpty)
    }
}
