import Runtime
import Store
import Telemetry
import Wire

/// Bytes as they come over the wire, to telemetry.
enum WireBenchmarks {
    static func run() {
        var section = Section("Decoding")
        let batches = (0..<20).map { Material.spans(second: $0) }
        requests("OTLP protobuf", batches.map { ProtobufRequest($0).bytes }, .protobuf, &section)
        requests("OTLP JSON", batches.map { OTLP.encodeTraces($0) }, .json, &section)
        let lines = Material.lines(50_000)
        section.rate("JSON log lines of \(lines.count / 50_000) bytes", of: 50_000, "lines", prepare: { LogLineReader() }) { reader in
            keep(reader.read(LogLines(bytes: lines), arrival: Material.start))
        }
        section.rate("JSON log lines into the store", of: 50_000, "lines", prepare: { Engine(store: TelemetryStore()) }) { engine in
            let source = Source(.tail, "order.log")
            engine.accept(Arrival(source: source, time: Material.start, payload: .lines(LogLines(bytes: lines))))
        }
        section.print()
    }

    /// Twenty requests of a thousand spans each.
    private static func requests(_ title: String, _ requests: [[UInt8]], _ encoding: OTLPEncoding, _ section: inout Section) {
        let size = requests.reduce(0) { $0 + $1.count } / 20_000
        section.rate("\(title) of \(size) bytes a span, decoded", of: 20_000, "spans", prepare: { requests }) { requests in
            let count = requests.reduce(0) { $0 + decoded($1, encoding).count }
            precondition(count == 20_000, "what is measured decodes")
        }
        section.rate("\(title), decoded and stored", of: 20_000, "spans", prepare: { TelemetryStore() }) { store in
            for request in requests { store.append(decoded(request, encoding), at: Material.start) }
        }
    }

    /// Nothing where it is not readable, which the count of the spans shows.
    private static func decoded(_ request: [UInt8], _ encoding: OTLPEncoding) -> PackedSpans {
        (try? OTLP.decodeTraces(request, as: encoding).spans) ?? PackedSpans()
    }
}
