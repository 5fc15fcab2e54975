import Store
import Telemetry
import Wire

/// The native histograms of a target: those of its last page, and what to append for this one.
struct ScrapedHistograms {
    private struct Known {
        var series: SeriesID
        /// True for one that brings its own time: such are not ended when they go.
        var isTimed: Bool
    }
    /// By the labels that they have on the page.
    private var known: [LabelSet: Known] = [:]

    private var fresh: [LabelSet: Known] = [:]
    private var samples: [SeriesHistogram] = []
    private var exemplars: [(SeriesID, [Exemplar])] = []

    /// Gives the histograms of a page their series.
    mutating func resolve(
        _ histograms: [ProtobufExposition.Histogram], of scrape: Scrape, _ store: any SeriesAppender, _ outcome: inout ScrapeOutcome
    ) {
        forget()
        for histogram in histograms {
            let time = scrape.honorsTimestamps ? histogram.time : nil
            if let time, time > scrape.started + ScrapePage.future {
                outcome.outOfBounds += 1
                continue
            }
            let old = fresh[histogram.labels] ?? known[histogram.labels]
            guard let series = old?.series ?? store.series(for: histogram.labels.merged(into: scrape)) else {
                outcome.overSeriesLimit += 1
                continue
            }
            if old == nil { outcome.seriesAdded += 1 }
            fresh[histogram.labels] = Known(series: series, isTimed: time != nil)
            samples.append(SeriesHistogram(series: series, time: time ?? scrape.started, value: histogram.value))
            if !histogram.exemplars.isEmpty { exemplars.append((series, histogram.exemplars)) }
        }
    }

    /// The series of the last page that do not stand on this one, which is now the last.
    mutating func takeGone() -> [SeriesID] {
        let gone = known.filter { !$1.isTimed && fresh[$0] == nil }.map(\.value.series)
        known = fresh
        fresh = [:]
        return gone
    }

    /// Ends all: the page was not taken, or the target is gone.
    mutating func endAll() -> [SeriesID] {
        forget()
        return takeGone()
    }

    /// Appends what `resolve` found.
    mutating func deliver(to store: any SeriesAppender, _ outcome: inout ScrapeOutcome) -> SampleOutcome {
        guard !samples.isEmpty else { return SampleOutcome() }
        let taken = store.append(samples)
        for (series, examples) in exemplars { for one in examples { outcome.exemplars += store.append(one, to: series).accepted } }
        forget()
        return taken
    }

    private mutating func forget() {
        fresh = [:]
        samples = []
        exemplars = []
    }
}

extension LabelSet {
    /// With the labels of the target laid over them.
    func merged(into scrape: Scrape) -> LabelSet { ScrapeLabels.merge(self, with: scrape.labels, honorsLabels: scrape.honorsLabels) }
}
