import Telemetry

/// The strings of one evaluation by number: the store's, and beside them what the query itself makes.
final class Symbols {
    private let querier: any Querier
    private var made: [String: Symbol] = [:]
    private var madeTexts: [String] = []
    private var texts: [Symbol: String] = [:]
    let name: Symbol
    let type: Symbol
    let unit: Symbol
    let bucketBound: Symbol

    init(_ querier: any Querier) {
        self.querier = querier
        var first: [Symbol] = []
        for text in [LabelSet.nameLabel, "__type__", "__unit__", "le"] {
            if let known = querier.symbol(for: text) {
                first.append(known)
            } else {
                first.append(Symbol(UInt32.max - UInt32(madeTexts.count)))
                made[text] = first[first.count - 1]
                madeTexts.append(text)
            }
        }
        (name, type, unit, bucketBound) = (first[0], first[1], first[2], first[3])
    }

    /// Goes on with the numbers made before, over a later version of the same store; nil where that now has one of those strings itself.
    init?(_ querier: any Querier, continuing before: Symbols) {
        for text in before.madeTexts where querier.symbol(for: text) != nil { return nil }
        self.querier = querier
        (made, madeTexts, texts) = (before.made, before.madeTexts, before.texts)
        (name, type, unit, bucketBound) = (before.name, before.type, before.unit, before.bucketBound)
    }

    /// The number of `text`, made where the store has none: counted down from the top, where the store's never come.
    func symbol(_ text: String) -> Symbol {
        if text.isEmpty { return .empty }
        if let known = made[text] ?? querier.symbol(for: text) { return known }
        let new = Symbol(UInt32.max - UInt32(madeTexts.count))
        made[text] = new
        madeTexts.append(text)
        return new
    }
    func text(_ symbol: Symbol) -> String {
        if symbol.isEmpty { return "" }
        let place = Int(UInt32.max - symbol.index)
        if place < madeTexts.count { return madeTexts[place] }
        if let known = texts[symbol] { return known }
        let text = querier.text(of: symbol)
        texts[symbol] = text
        return text
    }
    /// Labels that go with the metric name when an operation changes what the values mean.
    func isMetadata(_ label: Symbol) -> Bool { label == name || label == type || label == unit }

    func labelSet(_ pairs: ArraySlice<SymbolPair>) -> LabelSet {
        LabelSet(sorted: pairs.map { Label(text($0.name), text($0.value)) }.sorted { $0.name < $1.name })
    }
    /// As Prometheus writes a label set in its errors: `{__name__="up", job="shop"}`.
    func describe(_ pairs: ArraySlice<SymbolPair>) -> String {
        "{" + labelSet(pairs).labels.map { "\($0.name)=\(quoted($0.value))" }.joined(separator: ", ") + "}"
    }
}
