import Patterns
import Telemetry

extension LabelIndex {
    /// The series that all `matchers` and `isWanted` accept, ascending. Throws for a regular expression that can't be taken.
    func select(_ matchers: [LabelMatcher], where isWanted: (SeriesHead) -> Bool) throws(PatternError) -> [UInt32] {
        var tests: [LabelTest] = []
        for matcher in matchers { tests.append(try LabelTest(matcher, self)) }
        // The test with the fewest series leads; the others look at the labels of each.
        let leader = tests.indices.filter { tests[$0].isPositive }.min { tests[$0].seriesCount < tests[$1].seriesCount }
        guard let leader else { return selectAll(tests, isWanted) }
        let lead = tests.remove(at: leader)
        return candidates(lead).filter { accepts($0, tests, isWanted) }
    }
    private func selectAll(_ tests: [LabelTest], _ isWanted: (SeriesHead) -> Bool) -> [UInt32] {
        var found: [UInt32] = []
        series.forEach { id, _ in if accepts(id, tests, isWanted) { found.append(id) } }
        return found
    }
    /// The series of all pairs of a test, ascending.
    private func candidates(_ test: LabelTest) -> [UInt32] {
        var found: [UInt32] = []
        found.reserveCapacity(test.seriesCount)
        var runs = 0
        for pair in test.pairs {
            guard let series = postings[Int(pair)] else { continue }
            series.forEach { found.append($0) }
            runs += 1
        }
        // A series has one value of a name: none stands here twice.
        if runs > 1 { found.sort() }
        return found
    }
    private func accepts(_ id: UInt32, _ tests: [LabelTest], _ isWanted: (SeriesHead) -> Bool) -> Bool {
        guard let head = series[Int(id)], isWanted(head) else { return false }
        if tests.isEmpty { return true }
        return series.withLabels(Int(id)) { run in tests.allSatisfy { $0.accepts(run) } } ?? false
    }

    /// The values of a label, with their series, in no order.
    func values(of name: String) -> [(value: String, series: Postings)] {
        guard let name = symbols.symbol(for: name), let entry = names[name] else { return [] }
        return entry.pairs.compactMap { number in
            guard let pair = pairs[Int(number)], let series = postings[Int(number)] else { return nil }
            return (symbols.text(of: pair.value), series)
        }
    }
}

/// A matcher over numbered labels: which pairs it names was worked out once, by value.
private struct LabelTest {
    /// An absent label is refused: one of `pairs` must be there. Otherwise none of them may be.
    let isPositive: Bool
    /// Ascending.
    let pairs: [UInt32]
    let seriesCount: Int
    private let known: PairSet

    init(_ matcher: LabelMatcher, _ index: LabelIndex) throws(PatternError) {
        var accepts: (String) -> Bool
        var few: [String]?
        switch matcher.operation {
        case .equal, .notEqual:
            accepts = { $0 == matcher.value }
            few = [matcher.value]
        case .matches, .doesNotMatch:
            let pattern = try Pattern(matcher.value, dotMatchesNewline: true)
            accepts = { pattern.matchesWhole($0) }
            few = pattern.alternatives
        }
        let isNegated = matcher.operation == .notEqual || matcher.operation == .doesNotMatch
        // What the pattern itself takes is looked up: pairs that are accepted where empty is not, or refused where empty is accepted.
        let takesEmpty = accepts("")
        isPositive = takesEmpty == isNegated
        if takesEmpty {
            let takes = accepts
            accepts = { !takes($0) }
            few = nil
        }
        pairs = Self.pairs(index, matcher.name, few, accepts)
        seriesCount = pairs.reduce(0) { $0 + (index.postings[Int($1)]?.liveCount ?? 0) }
        known = PairSet(pairs)
    }
    private static func pairs(_ index: LabelIndex, _ name: String, _ few: [String]?, _ accepts: (String) -> Bool) -> [UInt32] {
        if let few { return Set(few.compactMap { $0.isEmpty ? nil : index.pair(name, $0) }).sorted() }
        guard let symbol = index.symbols.symbol(for: name), let entry = index.names[symbol] else { return [] }
        return entry.pairs.filter { number in
            index.pairs[Int(number)].map { accepts(index.symbols.text(of: $0.value)) } ?? false
        }
    }

    func accepts(_ run: UnsafeBufferPointer<UInt32>) -> Bool { run.contains { known.contains($0) } == isPositive }
}

/// Pairs by number: one is compared, many stand in a row of bits.
private struct PairSet {
    private let first: UInt32
    private let bits: [UInt64]

    init(_ ascending: [UInt32]) {
        first = ascending.first ?? .max
        guard let last = ascending.last, ascending.count > 1 else {
            bits = []
            return
        }
        var bits = [UInt64](repeating: 0, count: Int(last - first) / 64 + 1)
        for pair in ascending { bits[Int(pair - first) / 64] |= 1 << UInt64((pair - first) % 64) }
        self.bits = bits
    }
    @inline(__always) func contains(_ pair: UInt32) -> Bool {
        guard pair >= first, first != .max else { return false }
        if bits.isEmpty { return pair == first }
        let place = Int(pair - first)
        return place / 64 < bits.count && bits[place / 64] >> UInt64(place % 64) & 1 == 1
    }
}
