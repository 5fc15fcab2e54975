import Store
import Telemetry

@testable import Insight

/// A span in milliseconds, for traces made by hand.
struct Sketch {
    var id: UInt64
    var parent: UInt64 = 0
    var service = "a"
    var name = "work"
    var kind = SpanKind.internal
    var from: Int64
    var to: Int64
    var isError = false
    var version = ""
    var attributes: [Attribute] = []
    var links: [SpanLink] = []
    var isShared = false
    var host = ""

    func batch(_ trace: TraceID, at start: PreciseTime) -> SpanBatch {
        var resource = [Attribute("service.name", .string(service))]
        if !version.isEmpty { resource.append(Attribute("service.version", .string(version))) }
        if !host.isEmpty { resource.append(Attribute("host.name", .string(host))) }
        let span = Span(
            traceID: trace, spanID: SpanID(id), parentSpanID: SpanID(parent), name: name, kind: kind, start: start + .milliseconds(from),
            end: start + .milliseconds(to), status: isError ? .error : .unset, attributes: attributes, links: links, isShared: isShared)
        return SpanBatch(resource: Resource(attributes: resource), spans: [span])
    }
}

let noon = Timestamp.seconds(1_700_000_000)

extension TelemetryStore {
    func add(_ sketches: [Sketch], trace: UInt64 = 1, at start: Timestamp = noon) {
        append(sketches.map { $0.batch(TraceID(high: 0, low: trace), at: start.precise) }, at: start)
    }
    func add(_ metric: String, _ labels: [Label] = [], _ samples: [(second: Int64, value: Double)]) {
        guard let series = series(for: LabelSet([Label(LabelSet.nameLabel, metric)] + labels)) else { return }
        append(samples.map { SeriesSample(series, noon + .seconds($0.second), $0.value) })
    }
    func log(_ message: String, service: String = "a", severity: Severity = .info, second: Int64 = 0) {
        let record = LogRecord(time: (noon + .seconds(second)).precise, severity: severity, message: message)
        let resource = Resource(attributes: [Attribute("service.name", .string(service))])
        append([LogBatch(resource: resource, records: [record])], from: Source(.tail, "test"), at: noon + .seconds(second))
    }
}

func tree(_ sketches: [Sketch]) -> TraceTree {
    let store = TelemetryStore()
    store.add(sketches)
    return TraceTree(store.snapshot().traces.spans(ofTrace: TraceID(high: 0, low: 1)))
}

/// The spans of one order in the demo shop: gateway, order, payment with its bank, a database and mail by way of a queue.
func order(isFailing: Bool = false, version: String = "v1", paymentTakes: Int64 = 30) -> [Sketch] {
    let end = 30 + paymentTakes
    return [
        Sketch(id: 1, service: "gateway", name: "POST /orders", kind: .server, from: 0, to: end + 20, isError: isFailing),
        Sketch(id: 2, parent: 1, service: "gateway", name: "router order", kind: .client, from: 1, to: end + 19, isError: isFailing),
        Sketch(
            id: 3, parent: 2, service: "order", name: "POST /orders", kind: .server, from: 2, to: end + 18, isError: isFailing,
            version: version),
        Sketch(id: 4, parent: 3, service: "order", name: "POST", kind: .client, from: 10, to: end, isError: isFailing, version: version),
        Sketch(id: 5, parent: 4, service: "payment", name: "POST /payments", kind: .server, from: 11, to: end - 1, isError: isFailing),
        Sketch(
            id: 6, parent: 5, service: "payment", name: "POST bank", kind: .client, from: 12, to: end - 8, isError: isFailing,
            attributes: [Attribute("peer.service", .string("bank")), Attribute("server.address", .string("bank.example"))]),
        Sketch(
            id: 7, parent: 3, service: "order", name: "INSERT order_db", kind: .client, from: end + 1, to: end + 6, version: version,
            attributes: [Attribute("db.system.name", .string("postgresql")), Attribute("server.address", .string("order-db"))]),
    ]
}

/// The mail for an order: a trace of its own that links to the order's span.
func mail(forTrace trace: UInt64) -> [Sketch] {
    [
        Sketch(
            id: 9, service: "notification", name: "mail process", kind: .consumer, from: 100, to: 120,
            attributes: [Attribute("messaging.system", .string("rabbitmq"))],
            links: [SpanLink(traceID: TraceID(high: 0, low: trace), spanID: SpanID(3))])
    ]
}
