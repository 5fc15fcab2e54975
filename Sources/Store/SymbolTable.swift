import Telemetry

/// The strings of label names and values, each once, for as long as a label uses it. A copy is a snapshot.
struct SymbolTable: Sendable {
    private struct Entry: Sendable {
        let text: String
        var uses: UInt32
    }
    private var entries = SparseTable<Entry>()
    private var table = NumberTable()
    private var textBytes = 0

    init() { entries.append(Entry(text: "", uses: 1)) }

    var bytes: Int { entries.bytes + table.bytes + textBytes }
    var count: Int { entries.count }

    func text(of symbol: Symbol) -> String { entries[Int(symbol.index)]?.text ?? "" }
    func symbol(for text: String) -> Symbol? {
        if text.isEmpty { return .empty }
        return table.find(SeededHash.of(text)) { entries[Int($0)]?.text == text }.map(Symbol.init)
    }
    func symbol(for text: LabelText.Bytes) -> Symbol? {
        if text.isEmpty { return .empty }
        return table.find(SeededHash.of(text)) { entries[Int($0)]?.text.isText(text) ?? false }.map(Symbol.init)
    }

    /// The symbol of `text`, made where there is none; used once more.
    mutating func use(_ text: String) -> Symbol {
        if text.isEmpty { return .empty }
        let hash = SeededHash.of(text)
        if let known = table.find(hash, { entries[Int($0)]?.text == text }) {
            _ = entries.change(Int(known)) { $0.uses += 1 }
            return Symbol(known)
        }
        // A copy of its own: the text may share the storage of something far larger.
        var own = String()
        own.reserveCapacity(text.utf8.count)
        own += text
        let number = UInt32(entries.append(Entry(text: own, uses: 1)))
        table.insert(number, hash)
        textBytes += Self.cost(of: own)
        return Symbol(number)
    }
    /// Used once less: the last use takes the string along.
    mutating func release(_ symbol: Symbol) {
        guard !symbol.isEmpty, let entry = entries[Int(symbol.index)] else { return }
        guard entry.uses == 1 else {
            _ = entries.change(Int(symbol.index)) { $0.uses -= 1 }
            return
        }
        table.remove(symbol.index, SeededHash.of(entry.text))
        entries.remove(Int(symbol.index))
        textBytes -= Self.cost(of: entry.text)
    }
    /// What a string takes beside its place, where it is no small one.
    static func cost(of text: String) -> Int { text.utf8.count > 15 ? 40 + text.utf8.count : 0 }
}
