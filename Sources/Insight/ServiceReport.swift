import Store
import Telemetry

/// The services of a window, the worst first: rate, errors and latency, what versions run, and how they do.
package struct ServiceReport: Sendable {
    package let buckets: TimeBuckets
    package private(set) var services: [ServiceRow] = []

    /// One pass over the spans and log headers of `[now - window, now]`; the lens narrows services and spans.
    package init(
        _ snapshot: StoreSnapshot, lens: Lens = Lens(), over window: TimeSpan, at now: Timestamp, buckets count: Int = 30,
        tolerance: HealthTolerance = HealthTolerance()
    ) {
        let facts = ServiceFacts(snapshot, over: window, at: now)
        self.init(snapshot.traces, facts: facts, lens: lens, over: window, at: now, buckets: count, tolerance: tolerance)
    }

    init(
        _ spans: some SpanReading, facts: ServiceFacts, lens: Lens = Lens(), over window: TimeSpan, at now: Timestamp,
        buckets count: Int = 30,
        tolerance: HealthTolerance = HealthTolerance()
    ) {
        let buckets = TimeBuckets(over: window, at: now, count: count)
        self.buckets = buckets
        let filter = LensFilter(lens, in: spans)
        var dense = DenseIDs()
        var tallies: [ServiceTally] = []
        spans.forEachSpan(startingIn: buckets.range) { span in
            guard filter.accepts(span) else { return }
            let number = dense.number(of: span.service)
            if number == tallies.count { tallies.append(ServiceTally()) }
            tallies[number].add(span, bucket: buckets.index(of: span.start), of: buckets.count)
        }
        var names: Set<String> = []
        for (id, tally) in zip(dense.ids, tallies) {
            let name = spans.text(id)
            names.insert(name)
            services.append(ServiceRow(name, tally, buckets, facts, tolerance, now) { spans.text($0) })
        }
        if lens.operation == nil, lens.version == nil {
            for name in facts.services where !names.contains(name) && (lens.service == nil || lens.service == name) {
                services.append(ServiceRow(name, ServiceTally(), buckets, facts, tolerance, now) { spans.text($0) })
            }
        }
        services.sort { ($1.health, $1.errorShare ?? 0, $1.rate, $0.name) < ($0.health, $0.errorShare ?? 0, $0.rate, $1.name) }
    }

    package subscript(service: String) -> ServiceRow? { services.first { $0.name == service } }
}

/// One service over the window.
package struct ServiceRow: Sendable {
    package let name: String
    package let basis: RequestBasis
    package let requests: Int
    package let errors: Int
    /// Requests a second, over the window or, where its spans began within it, since then.
    package let rate: Double
    /// Nil without requests: not zero.
    package let errorShare: Double?
    package let latency: LatencyDistribution
    package let p50: TimeSpan?
    package let p95: TimeSpan?
    package let p99: TimeSpan?
    /// One for each bucket, oldest first.
    package let series: [Point]
    /// Most requests first.
    package let versions: [Version]
    package let health: Health
    /// One clause for the health: `38 % of 714 requests failed`.
    package let reason: String
    package let traffic: Traffic
    /// Nil where it sent no span within the window.
    package let lastSpan: Timestamp?
    package let errorLogs: Int
    package let errorLogRate: Double
    package let saturation: [Saturation]

    package struct Point: Hashable, Sendable {
        package let requests: Int
        package let errors: Int
        /// A second.
        package let rate: Double
        package let errorShare: Double?
        package let p50: TimeSpan?
        package let p95: TimeSpan?
        package let p99: TimeSpan?
    }

    package struct Version: Hashable, Sendable {
        package let version: String
        package let requests: Int
        package let rate: Double
        package let errorShare: Double
        package let p50: TimeSpan?
        package let p95: TimeSpan?
        /// Its first request within the window.
        package let firstSeen: Timestamp
    }

    init(
        _ name: String, _ tally: ServiceTally, _ buckets: TimeBuckets, _ facts: ServiceFacts, _ tolerance: HealthTolerance,
        _ now: Timestamp,
        text: (Symbol) -> String
    ) {
        self.name = name
        basis = tally.basis
        let counted = tally.requests
        requests = counted?.requests ?? 0
        errors = counted?.errors ?? 0
        let seconds = buckets.secondsSeen(since: counted?.first)
        rate = Double(requests) / seconds
        errorShare = requests > 0 ? Double(errors) / Double(requests) : nil
        latency = counted?.latency ?? LatencyDistribution()
        p50 = latency.quantile(0.5)
        p95 = latency.quantile(0.95)
        p99 = latency.quantile(0.99)
        series = counted.map { Self.points(of: $0, buckets) } ?? []
        versions = (counted?.versions ?? []).map {
            Version(
                version: text($0.version), requests: $0.requests, rate: Double($0.requests) / seconds,
                errorShare: Double($0.errors) / Double($0.requests), p50: $0.latency.quantile(0.5), p95: $0.latency.quantile(0.95),
                firstSeen: $0.first.timestamp)
        }.sorted { ($1.requests, $0.version) < ($0.requests, $1.version) }
        lastSpan = tally.basis == .none ? nil : tally.last.timestamp
        errorLogs = facts.errorLogs[name] ?? 0
        errorLogRate = Double(errorLogs) / buckets.length.seconds
        saturation = facts.saturation.filter { $0.service == name }
        traffic = Self.traffic(lastSpan, isAlive: facts.isAlive(name), now)
        (health, reason) = Self.judge(requests, errors, traffic, isDown: facts.isDown(name), saturation, tolerance)
    }

    private static func points(of tally: RequestTally, _ buckets: TimeBuckets) -> [Point] {
        (0..<buckets.count).map { index in
            let requests = Int(tally.requestSeries[index])
            let errors = Int(tally.errorSeries[index])
            let latency = tally.latencies[index]
            return Point(
                requests: requests, errors: errors, rate: Double(requests) / buckets.bucketSeconds,
                errorShare: requests > 0 ? Double(errors) / Double(requests) : nil, p50: latency.quantile(0.5), p95: latency.quantile(0.95),
                p99: latency.quantile(0.99))
        }
    }

    private static func traffic(_ last: Timestamp?, isAlive: Bool, _ now: Timestamp) -> Traffic {
        guard let last else { return isAlive ? .zero : .noData }
        if now - last <= Traffic.patience { return .flowing }
        return isAlive ? .zero : .late(since: last)
    }

    private static func judge(
        _ requests: Int, _ errors: Int, _ traffic: Traffic, isDown: Bool, _ saturation: [Saturation], _ tolerance: HealthTolerance
    ) -> (Health, String) {
        let failed = requests > 0 ? "\(percentText(Double(errors) / Double(requests))) of \(requests) requests failed" : ""
        var health = tolerance.health(errors: errors, of: requests)
        var reason = requests > 0 ? failed : "no requests in the window"
        if health < .degraded {
            switch traffic {
            case .late: (health, reason) = (.late, "no span for longer than \(Traffic.patience.prometheus)")
            case .noData: (health, reason) = (.unknown, "no span in the window")
            case .flowing, .zero: break
            }
        }
        if health < .degraded, let alarm = saturation.first(where: \.isAlarming) { (health, reason) = (.degraded, alarm.sentence) }
        if isDown { (health, reason) = (.failing, "its metrics cannot be scraped" + (requests > 0 ? "; " + failed : "")) }
        return (health, reason)
    }
}
