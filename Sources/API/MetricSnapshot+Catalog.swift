import Patterns
import Store
import Telemetry

extension MetricSnapshot: CatalogQuerier {}

/// For stores that have no quicker way: all series that the matchers accept are looked at.
extension CatalogQuerier {
    package func labelNames(_ matchers: [LabelMatcher], in range: ClosedRange<Timestamp>) throws(PatternError) -> [String] {
        Set(try distinctPairs(matchers, range).map(\.name)).map { text(of: $0) }.sorted()
    }
    package func labelValues(_ name: String, matchers: [LabelMatcher], in range: ClosedRange<Timestamp>) throws(PatternError) -> [String] {
        guard let name = symbol(for: name) else { return [] }
        return try distinctPairs(matchers, range).filter { $0.name == name }.map { text(of: $0.value) }.sorted()
    }

    private func distinctPairs(_ matchers: [LabelMatcher], _ range: ClosedRange<Timestamp>) throws(PatternError) -> Set<SymbolPair> {
        var all = Set<SymbolPair>()
        var pairs: [SymbolPair] = []
        for id in try select(matchers, in: range) {
            pairs.removeAll(keepingCapacity: true)
            appendLabels(of: id, to: &pairs)
            all.formUnion(pairs)
        }
        return all
    }
}
