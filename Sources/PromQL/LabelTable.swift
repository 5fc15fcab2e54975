import Telemetry

/// The labels of many series, one behind the other: each a run of pairs, ascending by the symbol of the name.
struct LabelTable {
    private(set) var pairs: [SymbolPair] = []
    private var ends: [Int] = []
    /// Whether the metric name goes from that series at the end of the query.
    private(set) var dropsName: [Bool] = []

    var count: Int { ends.count }
    subscript(row: Int) -> ArraySlice<SymbolPair> { pairs[(row == 0 ? 0 : ends[row - 1])..<ends[row]] }

    mutating func reserve(rows: Int, pairs pairCount: Int) {
        ends.reserveCapacity(rows)
        dropsName.reserveCapacity(rows)
        pairs.reserveCapacity(pairCount)
    }
    mutating func append(_ labels: some Sequence<SymbolPair>, dropsName drops: Bool) {
        pairs.append(contentsOf: labels)
        ends.append(pairs.count)
        dropsName.append(drops)
    }
    /// Reads the labels of `series` straight to the end.
    mutating func append(_ series: SeriesID, of querier: some Querier) {
        querier.appendLabels(of: series, to: &pairs)
        ends.append(pairs.count)
        dropsName.append(false)
    }
    mutating func setDropsName(_ drops: Bool, row: Int) { dropsName[row] = drops }
    func droppingNames() -> LabelTable {
        var copy = self
        copy.dropsName = Array(repeating: true, count: ends.count)
        return copy
    }
    func picking(_ rows: [Int]) -> LabelTable {
        var out = LabelTable()
        for row in rows { out.append(self[row], dropsName: dropsName[row]) }
        return out
    }
    /// The value of a label, `.empty` where it is absent.
    func value(_ name: Symbol, row: Int) -> Symbol {
        for pair in self[row] where pair.name == name { return pair.value }
        return .empty
    }
}

/// Finds equal label sets: numbers each different one in the order of coming. Open addressing, no allocation a lookup.
struct LabelIndex {
    private(set) var table = LabelTable()
    private var hashes: [UInt64] = []
    private var slots: [Int32]

    init(capacity: Int = 16) {
        var size = 32
        while size < capacity * 2 { size *= 2 }
        slots = Array(repeating: -1, count: size)
    }
    var count: Int { table.count }

    /// The number of `labels`, and whether they are new. `heedsDrops` tells those that drop their name from those that don't.
    mutating func insert(
        _ labels: ArraySlice<SymbolPair>, dropsName: Bool = false, heedsDrops: Bool = false
    ) -> (row: Int, isNew: Bool) {
        if (count + 1) * 2 > slots.count { grow() }
        let hash = Self.hash(labels)
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot] >= 0 {
            let row = Int(slots[slot])
            if hashes[row] == hash, table[row] == labels, !heedsDrops || table.dropsName[row] == dropsName { return (row, false) }
            slot = (slot + 1) & (slots.count - 1)
        }
        slots[slot] = Int32(truncatingIfNeeded: count)
        hashes.append(hash)
        table.append(labels, dropsName: dropsName)
        return (count - 1, true)
    }
    /// Nil where `labels` never came; only a row that drops its name, or keeps it, where `dropsName` says so.
    func find(_ labels: ArraySlice<SymbolPair>, dropsName: Bool? = nil) -> Int? {
        let hash = Self.hash(labels)
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot] >= 0 {
            let row = Int(slots[slot])
            if hashes[row] == hash, table[row] == labels, dropsName.map({ $0 == table.dropsName[row] }) ?? true { return row }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }
    mutating func setDropsName(row: Int) { table.setDropsName(true, row: row) }

    private mutating func grow() {
        slots = Array(repeating: -1, count: slots.count * 2)
        for (row, hash) in hashes.enumerated() {
            var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
            while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = Int32(truncatingIfNeeded: row)
        }
    }
    private static func hash(_ labels: ArraySlice<SymbolPair>) -> UInt64 {
        var hash: UInt64 = 0x9e37_79b9_7f4a_7c15
        for pair in labels {
            hash ^= UInt64(pair.name.index) << 32 | UInt64(pair.value.index)
            hash &*= 0xff51_afd7_ed55_8ccd
            hash ^= hash >> 32
        }
        return hash ^ hash >> 29
    }
}

/// Which labels of a series count: those of a list, or all but those.
struct LabelSelection {
    /// Ascending by symbol.
    let names: [Symbol]
    let isOn: Bool
    /// With `isOn` false the metric name never counts.
    init(_ names: [Symbol], isOn: Bool, name: Symbol) {
        self.names = (isOn ? names : names + [name]).sorted { $0.index < $1.index }
        self.isOn = isOn
    }
    /// Replaces `out` with what counts of `labels`; both are ascending.
    func select(_ labels: ArraySlice<SymbolPair>, into out: inout [SymbolPair]) {
        out.removeAll(keepingCapacity: true)
        guard !names.isEmpty else { return isOn ? () : out.append(contentsOf: labels) }
        for pair in labels where names.contains(pair.name) == isOn { out.append(pair) }
    }
}

extension [SymbolPair] {
    /// Sets, replaces or (with an empty value) takes a label away, keeping the order.
    mutating func set(_ name: Symbol, _ value: Symbol) {
        let place = firstIndex { $0.name.index >= name.index } ?? count
        let isThere = place < count && self[place].name == name
        switch (isThere, value.isEmpty) {
        case (true, true): remove(at: place)
        case (true, false): self[place] = SymbolPair(name: name, value: value)
        case (false, true): break
        case (false, false): insert(SymbolPair(name: name, value: value), at: place)
        }
    }
}
