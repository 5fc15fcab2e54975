/// What view 9 shows of one source, kept up to date as arrivals come.
package struct SourceStatus: Hashable, Sendable {
    package enum Health: String, Hashable, Sendable { case up, down, waiting, closed }
    package var source: Source
    package var health: Health
    package var detail: String
    package var lastArrival: Timestamp?
    /// The newest failure or trouble, and when; kept after recovery.
    package var lastError: String?
    package var lastErrorTime: Timestamp?
    /// Samples, lines, spans or records taken since the start.
    package var items: UInt64
    package var bytes: UInt64
    package var arrivals: UInt64
    package var failures: UInt64
    package var dropped: [DropReason: UInt64]
    /// How long the last scrape took, and how often one is due; nil for what is not scraped.
    package var scrapeDuration: TimeSpan?
    package var interval: TimeSpan?
    /// The items of the last minute.
    package var recent = RecentCount()
    package init(source: Source, health: Health = .waiting, detail: String = "") {
        self.source = source
        self.health = health
        self.detail = detail
        lastArrival = nil
        lastError = nil
        lastErrorTime = nil
        items = 0
        bytes = 0
        arrivals = 0
        failures = 0
        dropped = [:]
        scrapeDuration = nil
        interval = nil
    }
}
