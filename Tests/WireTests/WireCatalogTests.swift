import Telemetry
import TestKit
import Testing

@testable import Wire

@Suite struct WireCatalogTests {
    @Test(arguments: [
        (#"{"resourceSpans":[]}"#, FileFormat.otlpTraces), (#"  {"resourceLogs":[{"#, .otlpLogs),
        (#"{"resourceMetrics":[]}"#, .otlpMetrics),
        (#"[{"traceId":"1","id":"2"}]"#, .zipkin), ("[]", .zipkin), (#"{"data":[{"traceID":"1","spans":[]"#, .jaeger),
        (#"{"traceID":"1","spans":[],"processes":{}}"#, .jaeger), ("# HELP a b\n", .exposition), ("up{job=\"a\"} 1\n", .exposition),
        ("up 1 1700000000000\n", .exposition), (#"{"msg":"resourceSpans"}"#, .jsonLogs), ("2026-11-21 hello\n", .textLogs),
        ("[2026-11-21] hello\n", .textLogs), ("error: nothing 1\n", .textLogs),
    ]) func formatsAreToldByTheirBeginning(_ text: String, _ format: FileFormat) {
        #expect(FileFormat.recognise(Array(text.utf8)) == format)
    }

    @Test func emptyAndBinaryFilesAreNothing() {
        #expect(FileFormat.recognise([UInt8]()) == nil)
        #expect(FileFormat.recognise([0x7f, 0x45, 0x4c, 0x46, 0, 1]) == nil)
    }
}
