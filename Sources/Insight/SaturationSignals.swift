import Store
import Telemetry

/// One thing that is full, or how full it is.
package struct Saturation: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable { case breaker, limit, queue, pool, ejection }
    package var kind: Kind
    /// Whose metric it is; nil where its target names no service.
    package var service: String?
    /// The breaker, queue, pool or upstream.
    package var subject: String
    /// Messages waiting, 1 for open, or the used part from 0 to 1 of a pool.
    package var value: Double
    package var isAlarming: Bool
    /// One clause: `the breaker to payment is open`.
    package var sentence: String
}

/// What metrics tell of saturation, by names in wide use: resilience4j, Envoy, queues, connection pools.
package struct SaturationSignals: Sendable {
    /// Alarming ones first, then by service and subject.
    package private(set) var all: [Saturation] = []
    /// A pool fuller than this alarms.
    package static let poolAlarm = 0.9

    package init(_ metrics: MetricSnapshot, names: TargetNames, at now: Timestamp) {
        for name in metrics.metricNames {
            guard let rule = SaturationRule(metric: name) else { continue }
            for series in metrics.series(named: name) {
                guard let sample = metrics.latest(of: series, at: now), sample.value.isFinite else { continue }
                if let signal = rule.signal(metrics.labels(of: series), sample.value, names) { all.append(signal) }
            }
        }
        all += Self.pools(metrics, names, at: now)
        all.sort { Self.order($0) < Self.order($1) }
    }

    private static func order(_ signal: Saturation) -> (Int, String, String, String) {
        (signal.isAlarming ? 0 : 1, signal.service ?? "", signal.subject, signal.sentence)
    }

    private static func pools(_ metrics: MetricSnapshot, _ names: TargetNames, at now: Timestamp) -> [Saturation] {
        let active = Dictionary(
            metrics.series(named: "hikaricp_connections_active").map { (metrics.labels(of: $0).removing([LabelSet.nameLabel]), $0) },
            uniquingKeysWith: { first, _ in first })
        return metrics.series(named: "hikaricp_connections_max").compactMap { series in
            let labels = metrics.labels(of: series)
            guard let limit = metrics.latest(of: series, at: now)?.value, limit > 0,
                let used = active[labels.removing([LabelSet.nameLabel])].flatMap({ metrics.latest(of: $0, at: now)?.value }), used >= 0,
                case let share = used / limit, share.isFinite
            else { return nil }
            let pool = labels["pool"] ?? "connections"
            return Saturation(
                kind: .pool, service: names.service(of: labels), subject: pool, value: share, isAlarming: share >= poolAlarm,
                sentence: "pool \(pool) is \(percentText(share)) used")
        }
    }
}

/// How one metric is read; found by its name.
enum SaturationRule {
    case resilience4jState
    /// Envoy's `circuit_breakers_<priority>_<limit>_open`.
    case envoyBreaker(limit: String)
    case ejections
    case queue

    init?(metric name: String) {
        if name == "resilience4j_circuitbreaker_state" {
            self = .resilience4jState
        } else if name == "envoy_cluster_outlier_detection_ejections_active" {
            self = .ejections
        } else if name.hasPrefix("envoy_cluster_circuit_breakers_"), name.hasSuffix("_open") {
            let parts = name.dropFirst("envoy_cluster_circuit_breakers_".count).split(separator: "_")
            self = .envoyBreaker(limit: Self.limitName(parts.dropFirst().dropLast().joined(separator: "_")))
        } else if ["queue_messages_ready", "rabbitmq_queue_messages_ready", "kafka_consumergroup_lag"].contains(name) {
            self = .queue
        } else {
            return nil
        }
    }

    private static func limitName(_ name: String) -> String {
        switch name {
        case "cx": "connections"
        case "cx_pool": "connection pools"
        case "rq_pending": "pending requests"
        case "rq": "requests"
        case "rq_retry": "retries"
        default: name
        }
    }

    /// Nil for what says nothing, such as the 0 of a state that is not the current one.
    func signal(_ labels: LabelSet, _ value: Double, _ names: TargetNames) -> Saturation? {
        let service = names.service(of: labels)
        switch self {
        case .resilience4jState:
            guard let state = labels["state"], value == 1, state != "closed", state != "disabled" else { return nil }
            let name = labels["name"] ?? "?"
            return Saturation(
                kind: .breaker, service: service, subject: name, value: 1, isAlarming: state == "open" || state == "forced_open",
                sentence: "the breaker to \(name) is \(state == "half_open" ? "half open" : "open")")
        case .envoyBreaker(let limit):
            guard value > 0 else { return nil }
            let cluster = labels["envoy_cluster_name"] ?? "?"
            return Saturation(
                kind: .limit, service: service, subject: cluster, value: value, isAlarming: true,
                sentence: "the limit of \(limit) to \(cluster) is reached")
        case .ejections:
            guard value > 0 else { return nil }
            let cluster = labels["envoy_cluster_name"] ?? "?"
            return Saturation(
                kind: .ejection, service: service, subject: cluster, value: value, isAlarming: true,
                sentence: "\(wholeText(value)) \(value == 1 ? "host" : "hosts") of \(cluster) ejected")
        case .queue:
            guard value > 0 else { return nil }
            let queue = labels["queue"] ?? labels["topic"] ?? "queue"
            return Saturation(
                kind: .queue, service: service, subject: queue, value: value, isAlarming: false,
                sentence: "\(wholeText(value)) \(value == 1 ? "message waits" : "messages wait") in \(queue)")
        }
    }
}

/// A count that a metric tells, cut to whole things; a metric may claim any number.
private func wholeText(_ value: Double) -> String { Int(exactly: value.rounded(.towardZero)).map(String.init) ?? String(value) }
