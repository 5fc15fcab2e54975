import Telemetry

/// What the series are made of, answered from the index without a look at any sample.
package struct Cardinality: Hashable, Sendable {
    package struct Entry: Hashable, Sendable {
        package var name: String
        package var count: Int
        package init(_ name: String, _ count: Int) { (self.name, self.count) = (name, count) }
    }
    package var series = 0
    package var labelPairs = 0
    package var labelNames = 0
    package var chunks = 0
    /// Of the samples; nil where there are none.
    package var oldest: Timestamp?
    package var newest: Timestamp?
    /// Most first, equal ones by name; each list at most as long as asked for.
    package var seriesPerMetric: [Entry] = []
    package var valuesPerLabel: [Entry] = []
    /// `name=value`.
    package var seriesPerPair: [Entry] = []
    /// Of the values of each label, once for each series that has them, as Prometheus counts.
    package var bytesPerLabel: [Entry] = []
    /// Series made in the last one or two hours of samples, by metric.
    package var newSeriesPerMetric: [Entry] = []
    package init() {}
}

/// How many series were made, by metric, in the hour that runs and the one before.
struct SeriesGrowth: Sendable {
    private static let span = Int64(3_600_000)
    /// Metrics that are counted within one hour.
    private static let limit = 10_000

    private var begin = Int64.min
    private var current: [String: Int] = [:]
    private var before: [String: Int] = [:]
    /// Those that came last, of one metric, as most come: not yet in `current`.
    private var last = (metric: "", count: 0)

    mutating func count(_ metric: String, at time: Int64) {
        let (age, overflow) = time.subtractingReportingOverflow(begin)
        if overflow || age >= Self.span || age < 0 {
            settle()
            (before, current, begin) = (current, [:], time)
        }
        if last.metric != metric {
            settle()
            last.metric = metric
        }
        last.count += 1
    }
    /// Of a metric whose name stands in a text.
    mutating func count(_ metric: LabelText.Bytes, at time: Int64) {
        count(last.metric.isText(metric) ? last.metric : String(decoding: metric, as: UTF8.self), at: time)
    }
    private mutating func settle() {
        defer { last.count = 0 }
        guard last.count > 0, current.count < Self.limit || current[last.metric] != nil else { return }
        current[last.metric, default: 0] += last.count
    }
    var byMetric: [String: Int] {
        var settled = self
        settled.settle()
        return settled.current.merging(before, uniquingKeysWith: +)
    }
}

extension MetricSnapshot {
    /// What the series are made of; time linear in the number of label pairs and of chunks.
    package func cardinality(limit: Int = 10) -> Cardinality {
        var answer = Cardinality()
        answer.series = index.series.count
        answer.labelPairs = index.pairs.count
        answer.labelNames = index.names.count
        answer.oldest = oldest
        var newest = Int64.min
        index.series.forEach { id, head in
            answer.chunks += chunkCount(of: head, id)
            if head.hasSamples { newest = max(newest, head.lastTime) }
        }
        if newest > .min { answer.newest = Timestamp(milliseconds: newest) }
        var (values, bytes, pairs): ([Cardinality.Entry], [Cardinality.Entry], [Cardinality.Entry]) = ([], [], [])
        for name in index.names.keys {
            let text = index.symbols.text(of: name)
            let all = index.values(of: text)
            values.append(.init(text, all.count))
            bytes.append(.init(text, all.reduce(0) { $0 + $1.value.utf8.count * $1.series.liveCount }))
            pairs += Self.first(limit, of: all.map { .init("\(text)=\($0.value)", $0.series.liveCount) })
            if text == LabelSet.nameLabel {
                answer.seriesPerMetric = Self.first(limit, of: all.map { .init($0.value, $0.series.liveCount) })
            }
        }
        answer.valuesPerLabel = Self.first(limit, of: values)
        answer.bytesPerLabel = Self.first(limit, of: bytes)
        answer.seriesPerPair = Self.first(limit, of: pairs)
        answer.newSeriesPerMetric = Self.first(limit, of: growth.byMetric.map { .init($0.key, $0.value) })
        return answer
    }
    private static func first(_ limit: Int, of entries: [Cardinality.Entry]) -> [Cardinality.Entry] {
        Array(entries.sorted { ($1.count, $0.name) < ($0.count, $1.name) }.prefix(max(0, limit)))
    }

    /// The names of all labels, ascending, without a look at any series.
    package var labelNames: [String] { index.names.keys.map { index.symbols.text(of: $0) }.sorted() }
    /// All values of one label, ascending, without a look at any series.
    package func labelValues(_ name: String) -> [String] { index.values(of: name).map(\.value).sorted() }
}
