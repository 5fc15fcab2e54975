import Ports
import Telemetry
import Wire

/// What the receivers have in common: decoded telemetry goes to the sink, and whatever is refused is told.
struct Receiver: Sendable {
    /// How long an overloaded sink's clients are asked to wait.
    static let retryDelay = TimeSpan.seconds(1)

    let source: Source
    let sink: any ArrivalSink
    let clock: any WatchClock

    enum Outcome {
        case taken(rejected: Int, message: String)
        case overloaded
    }

    func take(_ spans: PackedSpans, _ outcome: WireOutcome) -> Outcome {
        take(.spans(spans), of: .traces, items: spans.count, outcome)
    }
    func take(_ batches: [LogBatch], _ outcome: WireOutcome) -> Outcome {
        take(.logs(batches), of: .logs, items: batches.reduce(0) { $0 + $1.records.count }, outcome)
    }

    /// Metadata comes without samples too.
    func take(_ batch: MetricBatch, _ outcome: WireOutcome) -> Outcome {
        let items = batch.sampleCount
        return take(.metrics(batch), of: .metrics, items: items > 0 ? items : batch.metadata.count, outcome)
    }

    /// Samples as points of OTLP: what is refused of a histogram's many is one point at least, and not more than there are.
    func take(_ batches: [OTLPMetricBatch], _ decoded: WireOutcome, by translator: OTLPTranslator) -> Outcome {
        var (batch, points, outcome) = translator.translate(batches, at: clock.now)
        outcome.merge(decoded)
        guard case .taken(let rejected, let message) = take(batch, outcome) else { return .overloaded }
        let refused = rejected - outcome.rejectedCount
        return .taken(rejected: outcome.rejectedCount + min(max(refused, 0), points), message: message)
    }

    private func take(_ payload: Arrival.Payload, of signal: Signal, items: Int, _ outcome: WireOutcome) -> Outcome {
        var admission = Admission()
        if items > 0 { admission = deliver(payload) }
        if admission.isOverloaded, admission.accepted == 0 {
            tell(signal, .overloaded, count: items, "more came than could be taken; the client was told to come back")
            return .overloaded
        }
        for (reason, count) in outcome.rejected { tell(signal, reason, count: count, outcome.detail) }
        let message = [outcome.detail, admission.detail].filter { !$0.isEmpty }.joined(separator: "; ")
        return .taken(rejected: outcome.rejectedCount + admission.rejected, message: message)
    }

    /// Counts a refusal; what is wrong is said in one sentence.
    func tell(_ signal: Signal, _ reason: DropReason, count: Int = 1, _ detail: String) {
        deliver(.trouble(Trouble(signal: signal, reason: reason, count: count, detail: detail)))
    }

    @discardableResult private func deliver(_ payload: Arrival.Payload) -> Admission {
        sink.accept(Arrival(source: source, time: clock.now, payload: payload))
    }
}

extension DropReason {
    /// Why the server refused a request by itself.
    init(status: Int) {
        switch status {
        case 413, 431: self = .tooLarge
        case 404, 405, 415, 505: self = .unsupported
        case 429, 503: self = .overloaded
        default: self = .malformed
        }
    }
}

extension HTTPResponse {
    /// One sentence as plain text.
    static func sentence(_ status: Int, _ text: String, headers: [(name: String, value: String)] = []) -> HTTPResponse {
        HTTPResponse(status: status, headers: [("Content-Type", "text/plain; charset=utf-8")] + headers, body: Array((text + "\n").utf8))
    }
}

/// `path` without a slash at its end.
func trimmed(_ path: String) -> String { path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path }

/// Where the seconds of `Receiver.retryDelay` stand in an HTTP answer.
let retryAfter = (name: "Retry-After", value: String(Receiver.retryDelay.nanoseconds / 1_000_000_000))
