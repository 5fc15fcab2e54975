import Patterns
import Telemetry

extension MetricSnapshot {
    /// The names of the labels that series have which all `matchers` accept and which may have samples in `range`, ascending by bytes.
    package func labelNames(_ matchers: [LabelMatcher] = [], in range: ClosedRange<Timestamp>) throws(PatternError) -> [String] {
        guard matchers.isEmpty else {
            var names: Set<Symbol> = []
            for pair in try pairs(of: matchers, in: range) { names.insert(pair.name) }
            return texts(names)
        }
        return texts(index.names.filter { entry in entry.value.pairs.contains { hasSamples(Int($0), in: range) } }.keys)
    }

    /// The values of one label of those series, ascending by bytes.
    package func labelValues(
        _ name: String, matchers: [LabelMatcher] = [], in range: ClosedRange<Timestamp>
    ) throws(PatternError) -> [String] {
        guard let symbol = symbol(for: name), let entry = index.names[symbol] else { return [] }
        guard matchers.isEmpty else {
            return texts(try pairs(of: matchers, in: range).lazy.filter { $0.name == symbol }.map(\.value))
        }
        return texts(entry.pairs.lazy.filter { hasSamples(Int($0), in: range) }.compactMap { index.pairs[Int($0)]?.value })
    }

    /// The pairs that any of the series has, in no order.
    private func pairs(of matchers: [LabelMatcher], in range: ClosedRange<Timestamp>) throws(PatternError) -> [LabelIndex.Pair] {
        var isFound = [Bool](repeating: false, count: index.pairs.endIndex)
        for series in try select(matchers, in: range) {
            index.series.withLabels(Int(series.index)) { run in for pair in run { isFound[Int(pair)] = true } }
        }
        return isFound.indices.lazy.filter { isFound[$0] }.compactMap { index.pairs[$0] }
    }

    /// Mostly the first series that is looked at says yes.
    private func hasSamples(_ pair: Int, in range: ClosedRange<Timestamp>) -> Bool {
        let lowest = range.lowerBound.milliseconds
        return index.postings[pair]?.contains { id in
            index.series[Int(id)].map { $0.hasSamples && $0.lastTime >= lowest } ?? false
        } ?? false
    }

    private func texts(_ symbols: some Sequence<Symbol>) -> [String] {
        // Swift's order of strings is another where they are not ASCII.
        symbols.map { text(of: $0) }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}
