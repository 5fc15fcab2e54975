import Telemetry
import TestKit
import Testing

@testable import Wire

@Suite(.enabled(if: Conformance.isPresent, "needs ../shared/conformance")) struct OTLPConformanceTests {
    struct Row: CustomStringConvertible {
        var file: String
        var path: String
        var type: String
        var expected: String
        var description: String { file }
    }
    static let folder = (Conformance.folder ?? "") + "/otlp/"
    static let rows: [Row] = {
        guard Conformance.isPresent else { return [] }
        let text = String(decoding: contents(of: folder + "INDEX.tsv"), as: UTF8.self)
        return text.split(separator: "\n").dropFirst().compactMap { line in
            let cells = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            guard cells.count >= 4, ["/v1/traces", "/v1/logs", "/v1/metrics"].contains(cells[1]), !cells[2].contains("gzip") else {
                return nil
            }
            return cells[3] == "-" ? nil : Row(file: cells[0], path: cells[1], type: cells[2], expected: cells[3])
        }
    }()

    @Test(arguments: rows) func takesAndRefusesAsTheIndexSays(_ row: Row) throws {
        let body = contents(of: Self.folder + row.file)
        let encoding = try #require(OTLPEncoding(contentType: row.type))
        let accepted: (items: Int, rejected: Int)?
        do {
            accepted = try read(body, row.path, encoding)
        } catch let error as WireError {
            accepted = nil
            #expect(!error.description.isEmpty)
        }
        let rejected = row.expected.firstMatch(of: /rejected\w+ "(\d+)"/).flatMap { Int($0.1) } ?? 0
        // `400, or 200 1 span (tolerant)`: we are tolerant where the index lets us.
        guard row.expected.hasPrefix("200") || row.expected.contains("or 200"),
            let count = Self.items(row.expected)
        else {
            #expect(accepted == nil || accepted?.rejected ?? 0 > 0, "\(row.file) must not be taken")
            return
        }
        #expect(accepted?.items == count && accepted?.rejected == rejected, "\(row.file): \(String(describing: accepted))")
    }

    private func read(_ body: [UInt8], _ path: String, _ encoding: OTLPEncoding) throws -> (items: Int, rejected: Int) {
        let now = Timestamp.seconds(1_717_171_800)
        switch path {
        case "/v1/traces":
            let (spans, outcome) = try OTLP.decodeTraces(body, as: encoding)
            let batches = spans.batches
            return (batches.flatMap(\.spans).count, outcome.rejectedCount)
        case "/v1/metrics":
            let (batches, outcome) = try OTLP.decodeMetrics(body, as: encoding)
            let (_, points, refused) = OTLPTranslator().translate(batches, at: now)
            return (points, outcome.rejectedCount + refused.rejectedCount)
        default:
            let (batches, outcome) = try OTLP.decodeLogs(body, as: encoding, arrival: now)
            return (batches.flatMap(\.records).count, outcome.rejectedCount)
        }
    }

    /// `200 8 metrics, 11 points`: its points are what is counted.
    private static func items(_ expected: String) -> Int? {
        (expected.firstMatch(of: /(\d+) points?/) ?? expected.firstMatch(of: /200 (\d+)/)).flatMap { Int($0.1) }
    }

    @Test(arguments: ["example_metrics", "own/metrics_all_types"]) func metricsAreTheSameInBothEncodings(_ name: String) throws {
        let json = try OTLP.decodeMetrics(contents(of: Self.folder + name + ".json"), as: .json).batches
        let protobuf = try OTLP.decodeMetrics(contents(of: Self.folder + name + ".pb"), as: .protobuf).batches
        #expect("\(protobuf)" == "\(json)", "as text, as NaN equals nothing")
        #expect(!json.isEmpty)
    }

    @Test(arguments: rows.filter { $0.expected.contains("= base") }) func variantsGiveTheSameSpanAsTheReference(_ row: Row) throws {
        let base = try OTLP.decodeTraces(contents(of: Self.folder + "own/json_base.json"), as: .json).spans.batches
        let encoding = try #require(OTLPEncoding(contentType: row.type))
        #expect(try OTLP.decodeTraces(contents(of: Self.folder + row.file), as: encoding).spans.batches == base)
    }

    @Test(arguments: ["example_trace", "own/gateway_trace"]) func tracesAreTheSameInBothEncodings(_ name: String) throws {
        let json = try OTLP.decodeTraces(contents(of: Self.folder + name + ".json"), as: .json).spans.batches
        #expect(try OTLP.decodeTraces(contents(of: Self.folder + name + ".pb"), as: .protobuf).spans.batches == json)
        #expect(!json.isEmpty)
    }

    @Test(arguments: ["example_logs", "example_events", "own/logs_bodies"]) func logsAreTheSameInBothEncodings(_ name: String) throws {
        let arrival = Timestamp.seconds(1_700_000_000)
        let json = try OTLP.decodeLogs(contents(of: Self.folder + name + ".json"), as: .json, arrival: arrival).batches
        #expect(try OTLP.decodeLogs(contents(of: Self.folder + name + ".pb"), as: .protobuf, arrival: arrival).batches == json)
        #expect(!json.isEmpty)
    }

    @Test func escapesAreResolved() throws {
        let span = try OTLP.decodeTraces(contents(of: Self.folder + "own/json_escapes.json"), as: .json).spans.batches.first?.spans.first
        #expect(span?.name == "a \"quoted\" / tab(\t) \u{e9} \u{1F600}")
    }

    @Test func partialResponseIsWrittenAsTheReferenceHasIt() throws {
        let reference = contents(of: Self.folder + "own/pb_response_partial.pb")
        let start = try #require(reference.firstIndex(of: 0x12)) + 2
        let message = String(decoding: reference[start...], as: UTF8.self)
        #expect(OTLP.traceResponse(rejected: 3, message: message, as: .protobuf) == reference)
    }
}
