import Store
import Synchronization
import Telemetry
import Wire

/// Where the series of scrapes are kept.
package protocol SeriesAppender: Sendable {
    /// The series of `labels`, made if new; nil where there is no room for it.
    func series(for labels: LabelSet) -> SeriesID?
    /// The same for the labels of a text and `labels` together, which have no name in common.
    func series(for text: LabelText, with labels: LabelSet) -> SeriesID?
    @discardableResult func append(_ samples: [SeriesSample]) -> SampleOutcome
    /// Many samples of one time: each series of `ids` gets the value at its place.
    @discardableResult
    func append(at time: Timestamp, _ ids: UnsafeBufferPointer<SeriesID>, _ values: UnsafeBufferPointer<Double>) -> SampleOutcome
    @discardableResult func append(_ histograms: [SeriesHistogram]) -> SampleOutcome
    @discardableResult func append(_ exemplar: Exemplar, to series: SeriesID) -> SampleOutcome
    func setMetadata(_ metadata: MetricMetadata, family: String)
}

extension SeriesAppender {
    package func series(for text: LabelText, with labels: LabelSet) -> SeriesID? { series(for: text.labelSet.merging(labels.labels)) }

    @discardableResult
    package func append(at time: Timestamp, _ ids: UnsafeBufferPointer<SeriesID>, _ values: UnsafeBufferPointer<Double>) -> SampleOutcome {
        append(zip(ids, values).map { SeriesSample($0, time, $1) })
    }
}

/// What came of one scrape.
package struct ScrapeOutcome: Hashable, Sendable {
    /// Why the target counts as down, in one sentence; nil for a page that was taken.
    package var failure: String?
    /// The reason under which a page counts that came and was not taken.
    package var refusal: DropReason?
    /// On the page, whether kept or not.
    package var samples = 0
    package var accepted = 0
    package var outOfOrder = 0
    package var duplicates = 0
    /// With a time more than ten minutes in the future.
    package var outOfBounds = 0
    /// Of series that the store has no room for.
    package var overSeriesLimit = 0
    /// Native histograms that contradict themselves or have more buckets than the store keeps.
    package var invalid = 0
    /// Series that did not stand on the page before.
    package var seriesAdded = 0
    /// Series that ended.
    package var seriesEnded = 0
    package var exemplars = 0

    /// What was not kept, by reason; reasons that did not occur are left out.
    package var dropped: [DropReason: Int] {
        [
            .outOfOrder: outOfOrder, .duplicate: duplicates, .outOfBounds: outOfBounds, .seriesLimit: overSeriesLimit, .malformed: invalid,
        ].filter { $0.value > 0 }
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
    private struct State {
        var targets: [Key: ScrapedTarget] = [:]
        let page: ScrapePage
    }
    private let state: Mutex<State>

    /// A page with more than `pageLimit` samples fails its scrape, whatever the configuration says.
    package init(pageLimit: Int = 1 << 21) { state = Mutex(State(page: ScrapePage(limit: pageLimit))) }

    /// Takes one scrape in. A page with an error anywhere is not taken at all, and the target is down.
    @discardableResult
    package func take(_ scrape: Scrape, from source: Source, into store: any SeriesAppender) -> ScrapeOutcome {
        state.withLock { state in
            let key = Key(source: source, labels: scrape.labels)
            let target = state.targets[key] ?? ScrapedTarget()
            state.targets[key] = scrape.isFinal ? nil : target
            return target.take(scrape, by: state.page, into: store)
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
    /// A store that has refused so many series in a row is not asked for the rest of the page.
    private static let patience = 1000

    /// Of the last page that was taken.
    private var lines: [ExpositionLine] = []
    private(set) var families: [String: MetricMetadata] = [:]
    /// A fingerprint of the exemplar that came last.
    private(set) var exemplars: [SeriesID: UInt64] = [:]
    private var reportSeries: [SeriesID?] = []
    /// True while series of the last page are alive: they are to be ended when they go.
    private var isAlive = false
    private var histograms = ScrapedHistograms()
    private var lastTaken: Timestamp?
    /// The store no longer had some of the series.
    private var hasLostSeries = false
    /// After so long without a page the store may have let series go: they are asked for again.
    private static let memory = TimeSpan.minutes(15)

    func take(_ scrape: Scrape, by page: ScrapePage, into store: any SeriesAppender) -> ScrapeOutcome {
        forgetLostSeries(at: scrape.started)
        page.begin(after: lines)
        defer { page.end() }
        var outcome = ScrapeOutcome(failure: scrape.failure)
        if scrape.failure == nil, !scrape.isFinal {
            do throws(ScrapePage.Refusal) {
                let (scrape, found) = try scrape.asText()
                page.expect(found.count)
                try page.read(scrape, self) { parser throws(ScrapePage.Refusal) in
                    try checkLimits(of: found, scrape)
                    try resolve(page, parser, scrape, store, &outcome)
                }
                histograms.resolve(found, of: scrape, store, &outcome)
                if let changed = page.lines.finish() { lines = changed }
                endThoseGone(page, &outcome)
                isAlive = true
                lastTaken = scrape.started
            } catch {
                outcome.failure = error.sentence
                outcome.refusal = error.reason
            }
        }
        outcome.samples = page.sampleCount
        if outcome.failure != nil || scrape.isFinal { endAll(page, &outcome) }
        report(scrape, outcome, page, store)
        deliver(page, scrape.started, store, &outcome)
        return outcome
    }

    private func forgetLostSeries(at time: Timestamp) {
        guard hasLostSeries || lastTaken.map({ time - $0 > Self.memory }) ?? false else { return }
        hasLostSeries = false
        (lines, reportSeries, histograms, isAlive) = ([], [], ScrapedHistograms(), false)
    }

    // MARK: Series

    /// Gives the series that are new their ids, and drops the samples of those that get none.
    private func resolve(
        _ page: ScrapePage, _ parser: borrowing ExpositionParser, _ scrape: Scrape, _ store: any SeriesAppender,
        _ outcome: inout ScrapeOutcome
    ) throws(ScrapePage.Refusal) {
        outcome.seriesAdded = page.added
        outcome.outOfBounds = page.outOfBounds
        if scrape.labelLimits != LabelLimits() { try checkLimits(page, parser, scrape) }
        var refusedInARow = 0
        for new in page.unresolved {
            guard refusedInARow < Self.patience else {
                outcome.overSeriesLimit += 1
                continue
            }
            guard let series = try page.series(of: new, parser, scrape, in: store) else {
                outcome.overSeriesLimit += 1
                refusedInARow += 1
                continue
            }
            refusedInARow = 0
            page.resolve(new, series)
        }
        if outcome.overSeriesLimit > 0 { page.dropUnresolved() }
    }

    /// Before any series is made, since one that goes beyond refuses all of the page.
    private func checkLimits(_ page: ScrapePage, _ parser: borrowing ExpositionParser, _ scrape: Scrape) throws(ScrapePage.Refusal) {
        for new in page.unresolved {
            let labels = ScrapeLabels.merge(try page.labels(of: new, parser), with: scrape.labels, honorsLabels: scrape.honorsLabels)
            if let excess = scrape.labelLimits.excess(of: labels) { throw .overLabelLimit(excess) }
        }
    }

    private func checkLimits(of found: [ProtobufExposition.Histogram], _ scrape: Scrape) throws(ScrapePage.Refusal) {
        guard scrape.labelLimits != LabelLimits() else { return }
        for histogram in found {
            if let excess = scrape.labelLimits.excess(of: histogram.labels.merged(into: scrape)) { throw .overLabelLimit(excess) }
        }
    }

    /// Ends the series of the last page that do not stand on this one.
    private func endThoseGone(_ page: ScrapePage, _ outcome: inout ScrapeOutcome) {
        end(histograms.takeGone(), page, &outcome)
        guard isAlive else { return }
        var gone = Set(page.lines.gone.lazy.filter { !$0.isTimed && $0.series != .unresolved }.map(\.series))
        guard !gone.isEmpty else { return }
        // A series whose text is merely spelled in another way is not gone.
        for line in lines where gone.contains(line.series) { gone.remove(line.series) }
        end(gone, page, &outcome)
    }

    private func end(_ gone: some Collection<SeriesID>, _ page: ScrapePage, _ outcome: inout ScrapeOutcome) {
        for series in gone { page.columns.append(series, Sample.staleMarker) }
        outcome.seriesEnded += gone.count
    }

    private func endAll(_ page: ScrapePage, _ outcome: inout ScrapeOutcome) {
        page.dropEverything()
        end(histograms.endAll(), page, &outcome)
        guard isAlive else { return }
        isAlive = false
        var ended: Set<SeriesID> = []
        for line in lines where !line.isTimed && line.series != .unresolved { ended.insert(line.series) }
        end(ended, page, &outcome)
    }

    // MARK: Reports

    private func report(_ scrape: Scrape, _ outcome: ScrapeOutcome, _ page: ScrapePage, _ store: any SeriesAppender) {
        if reportSeries.isEmpty || reportSeries.contains(nil) {
            reportSeries = Self.reports.map { store.series(for: scrape.labels.merging([Label(LabelSet.nameLabel, $0)])) }
        }
        let isUp = outcome.failure == nil
        let values = [
            isUp ? 1 : 0, scrape.duration.seconds, Double(outcome.samples), isUp ? Double(outcome.samples) : 0, Double(outcome.seriesAdded),
        ]
        page.reportStart = page.columns.count
        for (series, value) in zip(reportSeries, values) {
            guard let series else { continue }
            page.columns.append(series, scrape.isFinal ? Sample.staleMarker : value)
        }
    }

    private func deliver(_ page: ScrapePage, _ time: Timestamp, _ store: any SeriesAppender, _ outcome: inout ScrapeOutcome) {
        let taken = store.append(at: time, page.columns.allIDs, page.columns.allValues)
        let others = [page.timed.isEmpty ? SampleOutcome() : store.append(page.timed), histograms.deliver(to: store, &outcome)]
        let own = page.columns.count - page.reportStart + outcome.seriesEnded
        outcome.accepted = max(0, taken.accepted - own)
        for taken in [taken] + others {
            outcome.outOfOrder += taken.outOfOrder
            outcome.duplicates += taken.duplicates
            outcome.invalid += taken.invalid
            if taken.unknownSeries > 0 { hasLostSeries = true }
        }
        outcome.accepted += others.reduce(0) { $0 + $1.accepted }
        for (family, metadata) in page.newMetadata {
            if families.count < Self.familyLimit || families[family] != nil { families[family] = metadata }
            store.setMetadata(metadata, family: family)
        }
        deliverExemplars(page, store, &outcome)
    }

    private func deliverExemplars(_ page: ScrapePage, _ store: any SeriesAppender, _ outcome: inout ScrapeOutcome) {
        guard outcome.failure == nil, !page.exemplars.isEmpty else { return }
        // Those of series that went are not worth finding one by one.
        if exemplars.count > 2 * lines.count { exemplars = [:] }
        for found in page.exemplars {
            let series = page.lines[found.line].series
            guard series != .unresolved else { continue }
            exemplars[series] = found.hash
            outcome.exemplars += store.append(found.exemplar, to: series).accepted
        }
    }
}
