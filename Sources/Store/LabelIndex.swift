import Telemetry

/// The labels of all series: strings and pairs by number, the series of each pair, the pairs of each name. A copy is a snapshot.
struct LabelIndex: Sendable {
    /// One name with one value.
    struct Pair: Sendable {
        let name: Symbol
        let value: Symbol
        var series = Postings()
    }
    /// The pairs of one name, ascending; those that went are left out by and by.
    struct Name: Sendable {
        var pairs: [UInt32] = []
        var gone = 0
    }

    private static let rememberedBytes = 256

    private(set) var symbols = SymbolTable()
    private(set) var pairs = SparseTable<Pair>()
    private(set) var names: [Symbol: Name] = [:]
    private var pairTable = NumberTable()
    private(set) var series = SeriesTable()
    private var seriesTable = NumberTable()
    private var postingBytes = 0
    private var runCount = 0
    /// What was looked up last: series that come together have most of their labels in common, at the same places.
    private var recent: [(label: Label, pair: UInt32)] = []
    /// How often a series came or went.
    private(set) var changes: UInt64 = 0

    var bytes: Int {
        symbols.bytes + pairs.bytes + pairTable.bytes + seriesTable.bytes + names.count * 64 + pairs.count * 6 + runCount * 7
            + series.segments.count * 8 + series.count * (MemoryLayout<SeriesHead>.stride + 6)
    }

    // MARK: Looking up

    func pair(_ name: Symbol, _ value: Symbol) -> UInt32? {
        pairTable.find(Self.hash(name, value)) { pairs[Int($0)].map { $0.name == name && $0.value == value } ?? false }
    }
    func pair(_ name: String, _ value: String) -> UInt32? {
        guard let name = symbols.symbol(for: name), let value = symbols.symbol(for: value) else { return nil }
        return pair(name, value)
    }
    private static func hash(_ name: Symbol, _ value: Symbol) -> UInt64 {
        SeededHash.mix(UInt64(name.index) | 1 << 40, UInt64(value.index))
    }

    // MARK: Changing

    /// The series with exactly these labels, and whether it was made now; nil where it would have to be and `mayAdd` is false.
    mutating func resolve(_ labels: LabelSet, at time: Int64, mayAdd: Bool) -> (id: UInt32, isNew: Bool)? {
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: labels.labels.count) { run in
            guard let known = findPairs(labels, run) else { return mayAdd ? (add(labels, at: time), true) : nil }
            let hash = SeededHash.of(run)
            if let id = find(run, hash) { return (id, false) }
            return mayAdd ? (add(known, hash, at: time), true) : nil
        }
    }
    /// Puts the pairs of `labels` into `run`; nil where one of them is new.
    private mutating func findPairs(_ labels: LabelSet, _ run: UnsafeMutableBufferPointer<UInt32>) -> UnsafeMutableBufferPointer<UInt32>? {
        for (place, label) in labels.labels.enumerated() {
            if place < recent.count, recent[place].label == label {
                run[place] = recent[place].pair
            } else {
                guard let pair = pair(label.name, label.value) else { return nil }
                run[place] = pair
                remember(label, pair, at: place)
            }
        }
        sort(run)
        return run
    }
    private mutating func remember(_ label: Label, _ pair: UInt32, at place: Int) {
        guard label.value.utf8.count <= Self.rememberedBytes else { return }
        if place < recent.count { recent[place] = (label, pair) } else if place == recent.count { recent.append((label, pair)) }
    }
    /// By the symbol of the name; runs are short.
    private func sort(_ run: UnsafeMutableBufferPointer<UInt32>) {
        for end in run.indices.dropFirst() {
            var place = end
            while place > 0, nameIndex(run[place - 1]) > nameIndex(run[place]) {
                run.swapAt(place - 1, place)
                place -= 1
            }
        }
    }
    private func nameIndex(_ pair: UInt32) -> UInt32 { pairs[Int(pair)]?.name.index ?? 0 }

    private func find(_ run: UnsafeMutableBufferPointer<UInt32>, _ hash: UInt64) -> UInt32? {
        seriesTable.find(hash) { id in series.withLabels(Int(id)) { $0.elementsEqual(run) } ?? false }
    }

    private mutating func add(_ labels: LabelSet, at time: Int64) -> UInt32 {
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: labels.labels.count) { run in
            for (place, label) in labels.labels.enumerated() { run[place] = makePair(label) }
            sort(run)
            return add(run, SeededHash.of(run), at: time)
        }
    }
    private mutating func makePair(_ label: Label) -> UInt32 {
        if let known = pair(label.name, label.value) { return known }
        let (name, value) = (symbols.use(label.name), symbols.use(label.value))
        let pair = UInt32(pairs.append(Pair(name: name, value: value)))
        pairTable.insert(pair, Self.hash(name, value)) { [pairs] in pairs[Int($0)].map { Self.hash($0.name, $0.value) } ?? 0 }
        names[name, default: Name()].pairs.append(pair)
        return pair
    }
    private mutating func add(_ run: UnsafeMutableBufferPointer<UInt32>, _ hash: UInt64, at time: Int64) -> UInt32 {
        let id = series.append(SeriesHead(madeAt: time), run)
        seriesTable.insert(id, hash) { [series] in series.withLabels(Int($0)) { SeededHash.of($0) } ?? 0 }
        for pair in run { _ = pairs.change(Int(pair)) { $0.series.append(id) } }
        runCount += run.count
        changes &+= 1
        return id
    }

    /// Takes series away, with the strings that nothing else uses.
    mutating func remove(_ ids: [UInt32]) {
        recent = []
        var lost: [UInt32: UInt32] = [:]
        for id in ids where series[Int(id)] != nil {
            let run = series.withLabels(Int(id)) { Array($0) } ?? []
            seriesTable.remove(id, SeededHash.of(run)) { [series] in series.withLabels(Int($0)) { SeededHash.of($0) } ?? 0 }
            series.remove(Int(id))
            for pair in run { lost[pair, default: 0] += 1 }
            runCount -= run.count
            changes &+= 1
        }
        for (pair, count) in lost { lose(count, of: pair) }
    }
    private mutating func lose(_ count: UInt32, of number: UInt32) {
        let isEmpty = pairs.change(Int(number)) { [series] pair in
            pair.series.lose(count) { series[Int($0)] == nil }
            return pair.series.liveCount == 0
        }
        guard isEmpty == true, let pair = pairs[Int(number)] else { return }
        pairTable.remove(number, Self.hash(pair.name, pair.value)) { [pairs] in pairs[Int($0)].map { Self.hash($0.name, $0.value) } ?? 0 }
        pairs.remove(Int(number))
        loseValue(of: pair.name)
        symbols.release(pair.name)
        symbols.release(pair.value)
    }
    private mutating func loseValue(of name: Symbol) {
        guard var entry = names.removeValue(forKey: name) else { return }
        entry.gone += 1
        if entry.gone > entry.pairs.count / 2 {
            entry.pairs.removeAll { [pairs] in pairs[Int($0)] == nil }
            entry.gone = 0
        }
        if !entry.pairs.isEmpty { names[name] = entry }
    }

    /// Opens the rows of series to the writer of samples.
    mutating func own(_ index: Int) -> UnsafeMutablePointer<SeriesHead>? { series.own(index) }
    mutating func change(_ index: Int, _ body: (inout SeriesHead) -> Void) { series.change(index, body) }
}
