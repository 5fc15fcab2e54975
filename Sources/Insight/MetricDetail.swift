import Store
import Telemetry

/// What there is to know of one metric at one moment: its labels, its newest values, and the question to ask of it.
package struct MetricDetail: Sendable {
    package struct LabelFacts: Hashable, Sendable {
        package var name: String
        /// Of the series looked at.
        package var count: Int
        /// A few of its values, ascending.
        package var examples: [String]
    }
    package struct Reading: Hashable, Sendable {
        /// With the name of the metric.
        package var labels: LabelSet
        package var sample: Sample
    }
    package let entry: MetricEntry
    package let facts: MetricFacts
    package let question: MetricQuestion
    /// Ascending by name.
    package let labels: [LabelFacts]
    /// The newest value of each series of its first part that has one, greatest first.
    package let readings: [Reading]
    /// False where there were more series than were read.
    package let isWhole: Bool

    /// Series read for one page of a browser.
    private static let limit = 1000
    private static let examples = 8

    package init(_ entry: MetricEntry, _ metrics: MetricSnapshot, at now: Timestamp) {
        self.entry = entry
        facts = MetricFacts(entry, metrics, at: now)
        question = MetricQuestion(entry, facts)
        let series = entry.parts.first.map { metrics.series(named: $0) } ?? []
        var values: [String: Set<String>] = [:]
        var readings: [Reading] = []
        for id in series.prefix(Self.limit) {
            let set = metrics.labels(of: id)
            for label in set.labels where label.name != LabelSet.nameLabel { values[label.name, default: []].insert(label.value) }
            let sample = metrics.latest(of: id, at: now) ?? (entry.form == .nativeHistogram ? Self.observed(id, metrics, now) : nil)
            if let sample { readings.append(Reading(labels: set, sample: sample)) }
        }
        labels = values.sorted { $0.key < $1.key }.map { name, found in
            LabelFacts(name: name, count: found.count, examples: Array(found.sorted(by: Self.before).prefix(Self.examples)))
        }
        self.readings = readings.sorted { (Self.rank($1), $0.labels) < (Self.rank($0), $1.labels) }
        isWhole = series.count <= Self.limit
    }

    /// Of a native histogram the number of its observations.
    private static func observed(_ id: SeriesID, _ metrics: MetricSnapshot, _ now: Timestamp) -> Sample? {
        let columns = SampleColumns()
        metrics.read(id, in: now - .minutes(5)...now, into: columns)
        guard columns.count > 0, let last = columns.histograms.last, last.index == columns.count - 1, !Sample.isStale(last.value.sum) else {
            return nil
        }
        return Sample(Timestamp(milliseconds: columns.times[last.index]), last.value.count)
    }

    private static func rank(_ reading: Reading) -> Double { reading.sample.value.isNaN ? -.infinity : reading.sample.value }

    /// Numbers by what they say, so that `le="10"` stands behind `le="5"`.
    private static func before(_ a: String, _ b: String) -> Bool {
        if let first = Double(a), let second = Double(b) { return first < second }
        return a < b
    }
}

extension LabelSet: Comparable {
    /// Label by label; the shorter of two that begin alike comes first.
    package static func < (a: LabelSet, b: LabelSet) -> Bool { a.labels.lexicographicallyPrecedes(b.labels) }
}
