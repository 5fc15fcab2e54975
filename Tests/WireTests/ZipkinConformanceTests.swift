import Telemetry
import TestKit
import Testing

@testable import Wire

@Suite(.enabled(if: Conformance.isPresent, "needs ../shared/conformance")) struct ZipkinConformanceTests {
    static let folder = (Conformance.folder ?? "") + "/zipkin/"
    static let rows: [[String]] = {
        guard Conformance.isPresent else { return [] }
        return String(decoding: contents(of: folder + "INDEX.tsv"), as: UTF8.self).split(separator: "\n").dropFirst().map {
            $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        }
    }()

    @Test(arguments: rows) func takesAndRefusesAsTheIndexSays(_ row: [String]) throws {
        let result = Result { try Zipkin.decode(contents(of: Self.folder + row[0]), arrival: .seconds(1_700_000_000)) }
        // Upper-case ids may be refused or taken: we take them.
        guard let count = row[1].firstMatch(of: /202 (\d+) span/).flatMap({ Int($0.1) }) else {
            #expect(throws: WireError.self, "\(row[0])") { try result.get() }
            return
        }
        #expect(try result.get().batches.flatMap(\.spans).count == count, "\(row[0])")
    }

    @Test(arguments: ["ascend", "envoy", "messaging-kafka", "messaging", "simple-db-p6", "skew", "smartthings-oauth-authorization"])
    func realTracesAreTaken(_ name: String) throws {
        #expect(try !Zipkin.decode(contents(of: Self.folder + name + ".json"), arrival: .seconds(1_700_000_000)).batches.isEmpty)
    }

    @Test func selfParentIsARoot() throws {
        let spans = try Zipkin.decode(contents(of: Self.folder + "own/self_parent.json"), arrival: .seconds(0)).batches.flatMap(\.spans)
        #expect(spans.map(\.parentSpanID) == [.zero])
    }

    @Test func sharedHalfKeepsItsMark() throws {
        let spans = try Zipkin.decode(contents(of: Self.folder + "own/shared.json"), arrival: .seconds(0)).batches.flatMap(\.spans)
        #expect(Set(spans.map(\.spanID)).count == 1)
        #expect(spans.filter(\.isShared).map(\.kind) == [.server])
    }

    @Test func v1IsRefusedWithAHint() {
        #expect {
            try Zipkin.decode(contents(of: Self.folder + "own/v1_shape.json"), arrival: .seconds(0))
        } throws: {
            "\($0)".contains("v2")
        }
    }

    @Test func gatewayTraceIsThatOfOTLP() throws {
        let zipkin = try Zipkin.decode(contents(of: Self.folder + "own/gateway_trace.json"), arrival: .seconds(0)).batches.flatMap(\.spans)
        let path = (Conformance.folder ?? "") + "/otlp/own/gateway_trace.pb"
        let otlp = try OTLP.decodeTraces(contents(of: path), as: .protobuf).spans.batches.flatMap(\.spans)
        #expect(Set(zipkin.map(\.spanID)) == Set(otlp.map(\.spanID)))
        #expect(zipkin.filter { $0.status == .error }.map(\.spanID).sorted() == otlp.filter { $0.status == .error }.map(\.spanID).sorted())
    }

    @Test func jaegerTraceIsThatOfOTLP() throws {
        let root = Conformance.folder ?? ""
        let jaeger = try JaegerJSON.decode(contents(of: root + "/jaeger/own/gateway_trace.json")).batches.flatMap(\.spans)
        let otlp = try OTLP.decodeTraces(contents(of: root + "/otlp/own/gateway_trace.pb"), as: .protobuf).spans.batches.flatMap(\.spans)
        func tree(_ spans: [Span]) -> [String] {
            spans.map { "\($0.spanID.hexadecimal) \($0.parentSpanID.hexadecimal) \($0.status)" }.sorted()
        }
        #expect(tree(jaeger) == tree(otlp))
    }
}
