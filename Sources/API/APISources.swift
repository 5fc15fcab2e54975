import PromQL
import Rules
import Store
import Telemetry

/// What the API asks of a store beyond what a query asks.
package protocol CatalogQuerier: Querier {
    /// Names of labels that the series have which all `matchers` accept, ascending; of all series where there is no matcher.
    func labelNames(_ matchers: [LabelMatcher], in range: ClosedRange<Timestamp>) throws(PatternError) -> [String]
    /// Values of one label, ascending; as `labelNames`.
    func labelValues(_ name: String, matchers: [LabelMatcher], in range: ClosedRange<Timestamp>) throws(PatternError) -> [String]
    /// What the series are made of, lists of at most `limit` entries each.
    func cardinality(limit: Int) -> Cardinality
    func exemplars(of id: SeriesID, in range: ClosedRange<Timestamp>) -> [Exemplar]
    /// Families with metadata, ascending.
    var familyNames: [String] { get }
}

/// Where the answers come from. The closures are called on any thread, for each request anew.
package struct APISources: Sendable {
    package var store: @Sendable () -> any CatalogQuerier
    /// The present of what is watched: what a query without a time is about.
    package var now: @Sendable () -> Timestamp
    /// Real time, for how long something may take.
    package var clock: @Sendable () -> Timestamp
    package var targets: @Sendable () -> [TargetFacts] = { [] }
    package var rules: @Sendable () -> RuleReport = { RuleReport() }
    /// Addresses of those that alerts are handed on to.
    package var alertmanagers: [String] = []
    package var server = ServerFacts()
    /// Runs what takes time on another thread, and returns at once; false, and not run, where too much waits already.
    package var run: @Sendable (@escaping @Sendable () -> Void) -> Bool = { work in
        work()
        return true
    }
    /// Makes gzip of an answer; nil where answers are sent as they are.
    package var pack: (@Sendable ([UInt8]) -> [UInt8])?
    /// How long a query may take, its waiting for a thread included, unless it asks for less.
    package var timeout = TimeSpan.minutes(2)
    package var options = QueryOptions()

    package init(
        store: @escaping @Sendable () -> any CatalogQuerier, now: @escaping @Sendable () -> Timestamp,
        clock: @escaping @Sendable () -> Timestamp
    ) {
        self.store = store
        self.now = now
        self.clock = clock
    }
}

/// One scrape target, as `/api/v1/targets` tells it.
package struct TargetFacts: Hashable, Sendable {
    package enum Health: String, Hashable, Sendable { case up, down, unknown }
    package var labels: LabelSet
    package var discoveredLabels: LabelSet
    package var pool: String
    package var url: String
    package var health = Health.unknown
    package var lastError = ""
    package var lastScrape: Timestamp?
    package var lastDuration: TimeSpan?
    package var interval: TimeSpan
    package var timeout: TimeSpan
    package init(
        labels: LabelSet, discoveredLabels: LabelSet, pool: String, url: String, interval: TimeSpan, timeout: TimeSpan
    ) {
        self.labels = labels
        self.discoveredLabels = discoveredLabels
        self.pool = pool
        self.url = url
        self.interval = interval
        self.timeout = timeout
    }
}

/// What `/api/v1/status/…` tells of the program itself.
package struct ServerFacts: Sendable {
    package var version = ""
    package var started = Timestamp(milliseconds: 0)
    package var folder = ""
    package var hostname = ""
    /// The configuration as it was read, YAML.
    package var configuration = ""
    package var flags: [(name: String, value: String)] = []
    package var retention = ""
    package var threads = 1
    package init() {}
}
