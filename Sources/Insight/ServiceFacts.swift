import Store
import Telemetry

/// What logs and metrics tell of services, beside their spans.
package struct ServiceFacts: Sendable {
    /// Named by logs or targets, ascending.
    package private(set) var services: [String] = []
    /// Lines at ERROR or above within the window.
    package private(set) var errorLogs: [String: Int] = [:]
    package private(set) var lastLog: [String: Timestamp] = [:]
    package private(set) var saturation: [Saturation] = []
    /// By service: targets up and all targets.
    package private(set) var targets: [String: (up: Int, all: Int)] = [:]
    private let now: Timestamp

    package init(at now: Timestamp) { self.now = now }

    package init(_ snapshot: StoreSnapshot, over window: TimeSpan, at now: Timestamp) {
        self.now = now
        readLogs(snapshot.logs, (now - window).precise..<(now.precise + .milliseconds(1)))
        let names = TargetNames(snapshot.metrics, at: now)
        readTargets(snapshot.metrics, names)
        saturation = SaturationSignals(snapshot.metrics, names: names, at: now).all
        services = Set(lastLog.keys).union(targets.keys).sorted()
    }

    /// Its logs or its metrics came within the last moments.
    package func isAlive(_ service: String) -> Bool {
        if let targets = targets[service], targets.up > 0 { return true }
        return lastLog[service].map { now - $0 <= Traffic.patience } ?? false
    }
    /// It is scraped, and none of its targets answers.
    package func isDown(_ service: String) -> Bool { targets[service].map { $0.up == 0 && $0.all > 0 } ?? false }

    private mutating func readLogs(_ logs: LogSnapshot, _ range: Range<PreciseTime>) {
        var dense = DenseIDs()
        var errors: [Int] = []
        var last: [PreciseTime] = []
        logs.forEach(in: range) { line in
            guard !line.service.isEmpty else { return true }
            let number = dense.number(of: line.service)
            if number == errors.count {
                errors.append(0)
                last.append(line.time)
            }
            if line.severity >= .error { errors[number] += 1 }
            last[number] = max(last[number], line.time)
            return true
        }
        for (number, id) in dense.ids.enumerated() {
            let name = logs.strings[id]
            guard name != "unknown_service" else { continue }
            errorLogs[name] = errors[number]
            lastLog[name] = last[number].timestamp
        }
    }

    private mutating func readTargets(_ metrics: MetricSnapshot, _ names: TargetNames) {
        for series in metrics.series(named: "up") {
            guard let service = names.service(of: metrics.labels(of: series)), let sample = metrics.latest(of: series, at: now) else {
                continue
            }
            let old = targets[service] ?? (0, 0)
            targets[service] = (old.up + (sample.value > 0 ? 1 : 0), old.all + 1)
        }
    }
}

/// Which service a scraped series belongs to, by what its target says of itself.
package struct TargetNames: Sendable {
    private var services: [String: String] = [:]

    /// From `target_info` and `build_info`, whose labels name the service of an instance.
    package init(_ metrics: MetricSnapshot, at now: Timestamp) {
        for name in ["target_info", "build_info"] {
            for series in metrics.series(named: name) {
                let labels = metrics.labels(of: series)
                guard let instance = labels["instance"], let service = labels["service_name"] ?? labels["service"] else { continue }
                services[instance] = service
            }
        }
        // Envoy says who it is in no label; a gateway is known as such where it has a cluster manager.
        for series in metrics.series(named: "envoy_server_live") {
            if let instance = metrics.labels(of: series)["instance"], services[instance] == nil { services[instance] = "gateway" }
        }
    }

    /// What the target says, else the label `service_name` or `service`; nil where nothing tells.
    package func service(of labels: LabelSet) -> String? {
        labels["instance"].flatMap { services[$0] } ?? labels["service_name"] ?? labels["service"]
    }
}

extension MetricSnapshot {
    /// The series of one metric, ascending by id.
    package func series(named name: String) -> [SeriesID] {
        // A plain comparison has no pattern that could be wrong.
        (try? series(matching: [LabelMatcher(LabelSet.nameLabel, .equal, name)])) ?? []
    }
}
