import Store
import Telemetry

/// Changes that metrics tell, by names in wide use.
struct MetricChanges {
    private(set) var all: [Change] = []
    private let metrics: MetricSnapshot
    private let names: TargetNames
    private let range: ClosedRange<Timestamp>

    /// Values before the window tell what was, from so far back.
    private static let lead = TimeSpan.minutes(5)

    init(_ metrics: MetricSnapshot, over window: TimeSpan, at now: Timestamp) {
        self.metrics = metrics
        names = TargetNames(metrics, at: now)
        range = min(now - window, now)...now
        for name in metrics.metricNames { read(name) }
    }

    private mutating func read(_ name: String) {
        if name == "up" {
            levels(name) { .target($0) }
        } else if name == "process_start_time_seconds" {
            restarts(name)
        } else if name.hasPrefix("envoy_"), name.hasSuffix("_http_local_rate_limit_rate_limited") || name.hasSuffix("_ratelimit_over_limit")
        {
            rateLimits(name)
        } else if let rule = SaturationRule(metric: name) {
            switch rule {
            case .resilience4jState: levels(name) { $0["state"] == "open" ? .breaker($0) : nil }
            case .envoyBreaker(let limit): levels(name) { .limit(limit, $0) }
            case .ejections: levels(name) { .ejection($0) }
            case .queue: break
            }
        }
    }

    /// What a gauge that is zero or more stands for.
    private enum Level {
        case target(LabelSet)
        case breaker(LabelSet)
        case limit(String, LabelSet)
        case ejection(LabelSet)
    }

    /// Turns of a gauge between zero and more than zero.
    private mutating func levels(_ name: String, _ level: (LabelSet) -> Level?) {
        for series in metrics.series(named: name) {
            let labels = metrics.labels(of: series)
            guard let level = level(labels) else { continue }
            var wasOn: Bool?
            for sample in samples(of: series) {
                let isOn = sample.value > 0
                defer { wasOn = isOn }
                guard let wasOn, wasOn != isOn, range.contains(sample.time) else { continue }
                all.append(change(level, isOn, sample.time, names.service(of: labels)))
            }
        }
    }

    private func change(_ level: Level, _ isOn: Bool, _ time: Timestamp, _ service: String?) -> Change {
        let whose = service.map { $0 + ": " } ?? ""
        switch level {
        case .target(let labels):
            let instance = labels["instance"] ?? labels["job"] ?? "target"
            return Change(
                time: time, kind: isOn ? .targetBack : .targetLost, service: service, subject: instance,
                sentence: "\(whose)target \(instance) \(isOn ? "is back" : "is lost")")
        case .breaker(let labels):
            let name = labels["name"] ?? "?"
            return Change(
                time: time, kind: isOn ? .breakerOpened : .breakerClosed, service: service, subject: name,
                sentence: "\(whose)the breaker to \(name) \(isOn ? "opened" : "is no longer open")")
        case .limit(let limit, let labels):
            let cluster = labels["envoy_cluster_name"] ?? "?"
            return Change(
                time: time, kind: isOn ? .limitReached : .limitCleared, service: service, subject: cluster,
                sentence: "\(whose)the limit of \(limit) to \(cluster) is \(isOn ? "reached" : "no longer reached")")
        case .ejection(let labels):
            let cluster = labels["envoy_cluster_name"] ?? "?"
            return Change(
                time: time, kind: isOn ? .ejected : .readmitted, service: service, subject: cluster,
                sentence: "\(whose)\(isOn ? "a host of \(cluster) is ejected" : "all hosts of \(cluster) are back")")
        }
    }

    private mutating func restarts(_ name: String) {
        for series in metrics.series(named: name) {
            let labels = metrics.labels(of: series)
            var last: Double?
            for sample in samples(of: series) {
                defer { last = sample.value }
                // Clocks that are set make the start move by parts of a second.
                guard let last, sample.value - last > 1, range.contains(sample.time) else { continue }
                let service = names.service(of: labels)
                let instance = labels["instance"] ?? ""
                all.append(
                    Change(
                        time: sample.time, kind: .restart, service: service, subject: instance,
                        sentence: "\(service ?? instance): restarted" + (service == nil || instance.isEmpty ? "" : " (\(instance))")))
            }
        }
    }

    /// The beginning of each run of rises; a pause of a minute ends one.
    private mutating func rateLimits(_ name: String) {
        for series in metrics.series(named: name) {
            let labels = metrics.labels(of: series)
            var last: Double?
            var risen: Timestamp?
            for sample in samples(of: series) {
                defer { last = sample.value }
                guard let last, sample.value > last else { continue }
                defer { risen = sample.time }
                let isNew = risen.map { sample.time - $0 > .minutes(1) } ?? true
                guard isNew, range.contains(sample.time) else { continue }
                let service = names.service(of: labels)
                all.append(
                    Change(
                        time: sample.time, kind: .rateLimiting, service: service,
                        subject: labels["envoy_local_http_ratelimit_prefix"] ?? name,
                        sentence: "\(service.map { $0 + ": " } ?? "")a rate limit refuses requests"))
            }
        }
    }

    private func samples(of series: SeriesID) -> [Sample] {
        metrics.samples(of: series, in: (range.lowerBound - Self.lead)...range.upperBound).filter { !$0.isStale && $0.value.isFinite }
    }
}
