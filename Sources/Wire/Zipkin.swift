import Telemetry

/// Zipkin's v2 spans in JSON, as posted to `/api/v2/spans`. Safe to call from any thread.
package enum Zipkin {
    /// The spans of a v2 list, one batch for each local endpoint. Refuses the whole body where one span is invalid, as Zipkin does.
    ///
    /// `arrival` is the time of spans that say none. An empty body is an empty list.
    package static func decode(_ body: [UInt8], arrival: Timestamp) throws(WireError) -> (batches: [SpanBatch], outcome: WireOutcome) {
        guard body.contains(where: { $0 > 0x20 }) else { return ([], WireOutcome()) }
        return try decode(body, arrival: arrival, with: JSONReader())
    }
}
