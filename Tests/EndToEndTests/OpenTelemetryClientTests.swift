import Glibc
import Testing

/// The exporters that users have, where Python has them.
@Suite(
    .enabled(if: Python.hasOpenTelemetry, "needs Python with opentelemetry-sdk and its OTLP exporters; DOGWATCH_PYTHON names another one"))
struct OpenTelemetryClientTests {
    private static let program = """
        import sys
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace.export import SimpleSpanProcessor
        if sys.argv[1] == "http":
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
            exporter = OTLPSpanExporter(endpoint="http://127.0.0.1:" + sys.argv[2] + "/v1/traces")
        else:
            from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
            exporter = OTLPSpanExporter(endpoint="127.0.0.1:" + sys.argv[2], insecure=True)
        provider = TracerProvider(resource=Resource.create({"service.name": "python"}))
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        tracer = provider.get_tracer("test")
        with tracer.start_as_current_span("outer"):
            with tracer.start_as_current_span("inner"):
                pass
        provider.shutdown()
        """

    @Test(arguments: ["http", "grpc"]) func spansOfThePythonExporterArrive(_ way: String) throws {
        let server = try Server()
        let port = way == "http" ? server.http : server.grpc
        let client = Child(["-c", Self.program, way, String(port)], path: Python.path).finish()
        #expect(client.code == 0, "\(client.error)")
        #expect(server.wait(for: "dogwatch_spans_received_total", 2), "\(client.error)")
    }
}

enum Python {
    static let path: String = getenv("DOGWATCH_PYTHON").map { String(cString: $0) } ?? "/usr/bin/python3"
    static let hasOpenTelemetry: Bool = {
        guard access(path, X_OK) == 0 else { return false }
        let modules = "opentelemetry.exporter.otlp.proto.http.trace_exporter, opentelemetry.exporter.otlp.proto.grpc.trace_exporter"
        return Child(["-c", "import " + modules], path: path).finish().code == 0
    }()
}
