import Patterns
import PromQL
import Store
import Telemetry

extension PrometheusAPI {
    func writeMetadata(_ call: Call, _ json: inout JSONBytes) throws(APIFailure) {
        let limit = try number(call, "limit")
        let perMetric = try number(call, "limit_per_metric")
        let store = sources.store()
        let names = call.form["metric"].map { [$0] } ?? store.familyNames
        var isFirst = true
        var count = 0
        json.raw("{")
        for name in names {
            if let limit, count >= limit { break }
            guard let metadata = store.metadata(family: name) else { continue }
            count += 1
            if !isFirst { json.raw(",") }
            isFirst = false
            json.string(name)
            json.raw(":")
            json.array(perMetric == 0 ? [] : [metadata]) { json, metadata in
                json.raw("{")
                json.metadata(metadata)
                json.raw("}")
            }
        }
        json.raw("}")
    }
    /// Nil where there is none or a negative one, which bounds nothing.
    private func number(_ call: Call, _ name: String) throws(APIFailure) -> Int? {
        guard let text = call.form[name] else { return nil }
        guard let number = Int(text) else { throw APIFailure(.badData, "\(name) must be a number") }
        return number < 0 ? nil : number
    }

    // MARK: Targets

    func writeTargets(_ call: Call, _ json: inout JSONBytes) {
        let state = call.form["state"]?.lowercased() ?? ""
        let pool = call.form["scrapePool"]
        let targets = state == "dropped" ? [] : sources.targets().filter { pool == nil || $0.pool == pool }
        json.raw("{\"activeTargets\":")
        json.array(targets) { $0.target($1) }
        json.raw(",\"droppedTargets\":[],\"droppedTargetCounts\":{}}")
    }

    func writeTargetMetadata(_ call: Call, _ json: inout JSONBytes) throws(APIFailure) {
        var limit = Int.max
        if let text = call.form["limit"] {
            guard let number = Int(text) else { throw APIFailure(.badData, "limit must be a number") }
            if number >= 0 { limit = number }
        }
        var matchers: [LabelMatcher] = []
        if let text = call.form["match_target"] {
            do throws(QueryError) { matchers = try PromQLParser.parseSelector(text).matchers } catch {
                throw .parameter("match_target", error.description)
            }
        }
        var matching: [TargetFacts] = []
        for target in sources.targets() where try accepts(target.labels, matchers) { matching.append(target) }
        let store = sources.store()
        let names = call.form["metric"].map { [$0] } ?? store.familyNames
        var rows: [(labels: LabelSet, family: String, metadata: MetricMetadata)] = []
        for target in matching {
            for name in names where rows.count < limit {
                try checkTime(call)
                guard let metadata = store.metadata(family: name), try isExposed(name, by: target, store) else { continue }
                rows.append((target.labels, name, metadata))
            }
        }
        let isNamed = call.form["metric"] != nil
        json.array(rows) { json, row in
            json.raw("{\"target\":")
            json.labels(row.labels)
            if !isNamed {
                json.raw(",\"metric\":")
                json.string(row.family)
            }
            json.raw(",")
            json.metadata(row.metadata)
            json.raw("}")
        }
    }
    func accepts(_ labels: LabelSet, _ matchers: [LabelMatcher]) throws(APIFailure) -> Bool {
        for matcher in matchers {
            let value = labels[matcher.name] ?? ""
            switch matcher.operation {
            case .equal: if value != matcher.value { return false }
            case .notEqual: if value == matcher.value { return false }
            case .matches, .doesNotMatch:
                if try pattern(matcher.value).matchesWhole(value) != (matcher.operation == .matches) { return false }
            }
        }
        return true
    }
    private func pattern(_ text: String) throws(APIFailure) -> Pattern {
        do throws(PatternError) { return try Pattern(text, dotMatchesNewline: true) } catch {
            throw APIFailure(.badData, error.prometheusText)
        }
    }
    /// The store knows of families, not of who told of them: a target exposes one of which it has series.
    private func isExposed(_ family: String, by target: TargetFacts, _ store: any CatalogQuerier) throws(APIFailure) -> Bool {
        let own = ["job", "instance"].map { LabelMatcher($0, .equal, target.labels[$0] ?? "") }
        for suffix in ["", "_total", "_bucket", "_count", "_info"] {
            let matchers = [LabelMatcher(LabelSet.nameLabel, .equal, family + suffix)] + own
            if try !select(matchers, Self.everything, store).isEmpty { return true }
        }
        return false
    }

    // MARK: The program

    func writeConfiguration(_ json: inout JSONBytes) { json.object([("yaml", sources.server.configuration)]) }
    func writeFlags(_ json: inout JSONBytes) { json.object(sources.server.flags) }
    func writeBuild(_ json: inout JSONBytes) {
        // The version of the API that is spoken, which clients ask before they use what is new, with who speaks it behind the plus.
        json.object([
            ("version", "3.5.0+dogwatch." + sources.server.version), ("revision", ""), ("branch", ""), ("buildUser", ""), ("buildDate", ""),
            ("goVersion", ""),
        ])
    }
    func writeSeriesStatistics(_ call: Call, _ json: inout JSONBytes) throws(APIFailure) {
        var limit = 10
        if let text = call.form["limit"] {
            guard let number = Int(text), number > 0 else { throw APIFailure(.badData, "limit must be a positive number") }
            limit = min(number, 10_000)
        }
        json.seriesStatistics(sources.store().cardinality(limit: limit))
    }
    func writeRuntime(_ json: inout JSONBytes) {
        let server = sources.server
        json.raw("{\"startTime\":")
        json.string(server.started.rfc3339)
        json.raw(",\"CWD\":")
        json.string(server.folder)
        json.raw(",\"hostname\":")
        json.string(server.hostname)
        json.raw(",\"serverTime\":")
        json.string(sources.clock().rfc3339)
        json.raw(",\"reloadConfigSuccess\":true,\"lastConfigTime\":")
        json.string(server.started.rfc3339)
        json.raw(",\"corruptionCount\":0,\"goroutineCount\":")
        json.integer(server.threads)
        json.raw(",\"GOMAXPROCS\":")
        json.integer(server.threads)
        json.raw(",\"GOMEMLIMIT\":0,\"GOGC\":\"\",\"GODEBUG\":\"\",\"storageRetention\":")
        json.string(server.retention)
        json.raw("}")
    }
}

extension JSONBytes {
    mutating func object(_ members: [(name: String, value: String)]) {
        byte(UInt8(ascii: "{"))
        for (index, member) in members.enumerated() {
            if index > 0 { byte(UInt8(ascii: ",")) }
            string(member.name)
            byte(UInt8(ascii: ":"))
            string(member.value)
        }
        byte(UInt8(ascii: "}"))
    }
    fileprivate mutating func seriesStatistics(_ cardinality: Cardinality) {
        raw("{\"headStats\":{\"numSeries\":")
        integer(cardinality.series)
        raw(",\"numLabelPairs\":")
        integer(cardinality.labelPairs)
        raw(",\"chunkCount\":")
        integer(cardinality.chunks)
        // An empty head is what these two mean to Prometheus.
        raw(",\"minTime\":")
        integer(Int(cardinality.oldest?.milliseconds ?? .max))
        raw(",\"maxTime\":")
        integer(Int(cardinality.newest?.milliseconds ?? .min))
        raw("},\"seriesCountByMetricName\":")
        entries(cardinality.seriesPerMetric)
        raw(",\"labelValueCountByLabelName\":")
        entries(cardinality.valuesPerLabel)
        raw(",\"memoryInBytesByLabelName\":")
        entries(cardinality.bytesPerLabel)
        raw(",\"seriesCountByLabelValuePair\":")
        entries(cardinality.seriesPerPair)
        raw("}")
    }
    private mutating func entries(_ entries: [Cardinality.Entry]) {
        array(entries) { json, entry in
            json.raw("{\"name\":")
            json.string(entry.name)
            json.raw(",\"value\":")
            json.integer(entry.count)
            json.raw("}")
        }
    }
    fileprivate mutating func metadata(_ metadata: MetricMetadata) {
        raw("\"type\":")
        string(metadata.type.rawValue)
        raw(",\"help\":")
        string(metadata.help)
        raw(",\"unit\":")
        string(metadata.unit)
    }
    fileprivate mutating func target(_ target: TargetFacts) {
        raw("{\"discoveredLabels\":")
        labels(target.discoveredLabels)
        raw(",\"labels\":")
        labels(target.labels)
        raw(",\"scrapePool\":")
        string(target.pool)
        raw(",\"scrapeUrl\":")
        string(target.url)
        raw(",\"globalUrl\":")
        string(target.url)
        raw(",\"lastError\":")
        string(target.lastError)
        raw(",\"lastScrape\":")
        string(target.lastScrape?.rfc3339 ?? "0001-01-01T00:00:00Z")
        raw(",\"lastScrapeDuration\":")
        bareNumber(target.lastDuration?.seconds ?? 0)
        raw(",\"health\":")
        string(target.health.rawValue)
        raw(",\"scrapeInterval\":")
        string(target.interval.prometheus)
        raw(",\"scrapeTimeout\":")
        string(target.timeout.prometheus)
        raw("}")
    }
}
