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

    private static let metrics = """
        import sys
        from opentelemetry.sdk.metrics import MeterProvider, Counter, Histogram
        from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader, AggregationTemporality
        from opentelemetry.sdk.resources import Resource
        temporality = {Counter: AggregationTemporality.DELTA, Histogram: AggregationTemporality.DELTA}
        if sys.argv[1] == "http":
            from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
            exporter = OTLPMetricExporter(
                endpoint="http://127.0.0.1:" + sys.argv[2] + "/v1/metrics", preferred_temporality=temporality)
        else:
            from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter
            exporter = OTLPMetricExporter(endpoint="127.0.0.1:" + sys.argv[2], insecure=True, preferred_temporality=temporality)
        reader = PeriodicExportingMetricReader(exporter, export_interval_millis=3600000)
        provider = MeterProvider(metric_readers=[reader], resource=Resource.create({"service.name": "python"}))
        meter = provider.get_meter("test")
        counter = meter.create_counter("orders.created", unit="{order}")
        counter.add(2, {"region": "eu"})
        provider.force_flush()
        counter.add(3, {"region": "eu"})
        meter.create_histogram("http.duration", unit="s", explicit_bucket_boundaries_advisory=[0.1, 1]).record(0.5)
        provider.force_flush()
        provider.shutdown()
        """

    @Test(arguments: ["http", "grpc"]) func metricsOfThePythonExporterArriveAddedUp(_ way: String) throws {
        let server = try Server()
        let port = way == "http" ? server.http : server.grpc
        let client = Child(["-c", Self.metrics, way, String(port)], path: Python.path).finish()
        #expect(client.code == 0, "\(client.error)")
        // Two of the counter, two of target_info, five of the histogram.
        #expect(server.wait(for: "dogwatch_samples_ingested_total", 9), "\(client.error)")
        #expect(server.value("dogwatch_active_series") == 7)
    }

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
        let modules = "opentelemetry.exporter.otlp.proto.http.trace_exporter, opentelemetry.exporter.otlp.proto.grpc.metric_exporter"
        return Child(["-c", "import " + modules], path: path).finish().code == 0
    }()
}
