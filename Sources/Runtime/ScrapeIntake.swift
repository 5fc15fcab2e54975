import Store
import Synchronization
import Telemetry
import Wire

/// Where the series of scrapes are kept.
package protocol SeriesAppender: Sendable {
    /// The series of `labels`, made if new; nil where there is no room for it.
    func series(for labels: LabelSet) -> SeriesID?
    @discardableResult func append(_ samples: [SeriesSample]) -> SampleOutcome
    @discardableResult func append(_ exemplar: Exemplar, to series: SeriesID) -> SampleOutcome
    func setMetadata(_ metadata: MetricMetadata, family: String)
}

/// What came of one scrape.
package struct ScrapeOutcome: Hashable, Sendable {
    /// Why the target counts as down, in one sentence; nil for a page that was taken.
    package var failure: String?
    /// On the page, whether kept or not.
    package var samples = 0
    package var accepted = 0
    package var outOfOrder = 0
    package var duplicates = 0
    /// With a time more than ten minutes in the future.
    package var outOfBounds = 0
    /// Of series that the store has no room for.
    package var overSeriesLimit = 0
    /// Series that did not stand on the page before.
    package var seriesAdded = 0
    /// Series that ended.
    package var seriesEnded = 0
    package var exemplars = 0

    /// What was not kept, by reason; reasons that did not occur are left out.
    package var dropped: [DropReason: Int] {
        [.outOfOrder: outOfOrder, .duplicate: duplicates, .outOfBounds: outOfBounds, .seriesLimit: overSeriesLimit].filter { $0.value > 0 }
    }
}

/// Turns scrapes into samples, as Prometheus does: label conflicts, staleness, `up` and the `scrape_*` series.
///
/// Keeps for each target what its last page looked like. May be called from any thread.
package final class ScrapeIntake: Sendable {
    private struct Key: Hashable {
        var source: Source
        var labels: LabelSet
    }
    private let targets = Mutex<[Key: ScrapedTarget]>([:])

    package init() {}

    /// Takes one scrape in. A page with an error anywhere is not taken at all, and the target is down.
    @discardableResult
    package func take(_ scrape: Scrape, from source: Source, into store: any SeriesAppender) -> ScrapeOutcome {
        targets.withLock { targets in
            let key = Key(source: source, labels: scrape.labels)
            let target = targets[key] ?? ScrapedTarget()
            targets[key] = scrape.isFinal ? nil : target
            return target.take(scrape, into: store)
        }
    }
}

/// One target and its series. Used by one thread at a time.
final class ScrapedTarget {
    private static let reports = [
        "up", "scrape_duration_seconds", "scrape_samples_scraped", "scrape_samples_post_metric_relabeling", "scrape_series_added",
    ]

    /// Families whose metadata is remembered, so that a change of one line changes only that.
    private static let familyLimit = 1 << 16

    private let cache = ScrapeSeriesCache()
    private var families: [String: MetricMetadata] = [:]
    private var reportSeries: [SeriesID?] = []
    /// True while series of the last page are alive: they are to be ended when they go.
    private var isAlive = false
    private var page = ScrapePage()

    func take(_ scrape: Scrape, into store: any SeriesAppender) -> ScrapeOutcome {
        page.begin(scrape)
        var outcome = ScrapeOutcome(failure: scrape.failure)
        if scrape.failure == nil, !scrape.isFinal {
            do throws(ScrapePage.Refusal) {
                try page.read(scrape, cache, families)
                resolve(scrape, store, &outcome)
                endThoseGone(at: scrape.started, &outcome)
                cache.endPage()
                isAlive = true
            } catch {
                outcome.failure = error.sentence
            }
        }
        outcome.samples = page.sampleCount
        if outcome.failure != nil || scrape.isFinal { endAll(at: scrape.started, &outcome) }
        report(scrape, outcome, store)
        deliver(store, &outcome)
        return outcome
    }

    // MARK: Series

    /// Gives the series that are new their ids, and drops the samples of those that get none.
    private func resolve(_ scrape: Scrape, _ store: any SeriesAppender, _ outcome: inout ScrapeOutcome) {
        outcome.seriesAdded = page.added
        var refused: Set<Int> = []
        for new in page.unresolved {
            if cache.slots[new.slot].series == nil, let labels = page.newLabels[new.slot] {
                let series = store.series(for: ScrapeLabels.merge(labels, with: scrape.labels, honorsLabels: scrape.honorsLabels))
                cache.update(new.slot) { $0.series = series }
            }
            if let series = cache.slots[new.slot].series { page.samples[new.sample].series = series } else { refused.insert(new.sample) }
        }
        outcome.overSeriesLimit = refused.count
        outcome.outOfBounds = page.outOfBounds
        if !refused.isEmpty { page.samples = page.samples.enumerated().filter { !refused.contains($0.offset) }.map(\.element) }
    }

    /// Ends the series of the last page that do not stand on this one.
    private func endThoseGone(at time: Timestamp, _ outcome: inout ScrapeOutcome) {
        guard isAlive else { return }
        let gone = cache.order.filter { cache.slots[Int($0)].page != cache.page && cache.slots[Int($0)].isTracked }
        guard !gone.isEmpty else { return }
        // A series whose text is merely spelled in another way is not gone.
        let present = Set(page.samples.map(\.series))
        for slot in gone {
            guard let series = cache.slots[Int(slot)].series, !present.contains(series) else { continue }
            page.samples.append(SeriesSample(series, time, Sample.staleMarker))
            outcome.seriesEnded += 1
        }
    }

    private func endAll(at time: Timestamp, _ outcome: inout ScrapeOutcome) {
        page.dropEverything()
        guard isAlive else { return }
        isAlive = false
        var ended: Set<SeriesID> = []
        for slot in cache.order {
            guard cache.slots[Int(slot)].isTracked, let series = cache.slots[Int(slot)].series, ended.insert(series).inserted else {
                continue
            }
            page.samples.append(SeriesSample(series, time, Sample.staleMarker))
        }
        outcome.seriesEnded = ended.count
    }

    // MARK: Reports

    private func report(_ scrape: Scrape, _ outcome: ScrapeOutcome, _ store: any SeriesAppender) {
        if reportSeries.isEmpty || reportSeries.contains(nil) {
            reportSeries = Self.reports.map { store.series(for: scrape.labels.merging([Label(LabelSet.nameLabel, $0)])) }
        }
        let isUp = outcome.failure == nil
        let values = [
            isUp ? 1 : 0, scrape.duration.seconds, Double(outcome.samples), isUp ? Double(outcome.samples) : 0, Double(outcome.seriesAdded),
        ]
        page.reportStart = page.samples.count
        for (series, value) in zip(reportSeries, values) {
            guard let series else { continue }
            page.samples.append(SeriesSample(series, scrape.started, scrape.isFinal ? Sample.staleMarker : value))
        }
    }

    private func deliver(_ store: any SeriesAppender, _ outcome: inout ScrapeOutcome) {
        let taken = store.append(page.samples)
        let own = page.samples.count - page.reportStart + outcome.seriesEnded
        outcome.accepted = max(0, taken.accepted - own)
        outcome.outOfOrder = taken.outOfOrder
        outcome.duplicates = taken.duplicates
        for (family, metadata) in page.newMetadata {
            if families.count < Self.familyLimit || families[family] != nil { families[family] = metadata }
            store.setMetadata(metadata, family: family)
        }
        for found in page.exemplars {
            guard let series = cache.slots[found.slot].series else { continue }
            cache.update(found.slot) { $0.exemplar = found.hash }
            outcome.exemplars += store.append(found.exemplar, to: series).accepted
        }
    }
}
