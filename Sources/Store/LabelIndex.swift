import Telemetry

/// The labels of all series: strings and pairs by number, the series of each pair, the pairs of each name. A copy is a snapshot.
struct LabelIndex: Sendable {
    /// One name with one value.
    struct Pair: Sendable {
        let name: Symbol
        let value: Symbol
    }
    /// The pairs of one name, ascending; those that went are left out by and by.
    struct Name: Sendable {
        var pairs: [UInt32] = []
        var gone = 0
    }

    private(set) var symbols = SymbolTable()
    private(set) var pairs = SparseTable<Pair>()
    /// The series of each pair, under the number of that.
    private(set) var postings = SparseTable<Postings>()
    private(set) var names: [Symbol: Name] = [:]
    private var pairTable = NumberTable()
    private(set) var series = SeriesTable()
    private var seriesTable = NumberTable()
    private var runCount = 0
    private var recent = RecentPairs()
    /// How often a series came or went.
    private(set) var changes: UInt64 = 0

    var bytes: Int {
        let ofPairs = pairs.bytes + postings.bytes + pairs.count * 6 + runCount * 7
        let ofSeries = series.segments.count * 8 + series.count * (MemoryLayout<SeriesHead>.stride + 6)
        return symbols.bytes + pairTable.bytes + seriesTable.bytes + names.count * 64 + ofPairs + ofSeries
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

    /// The series with exactly the labels of `text` and `labels`, which have no name in common, and whether it was made now; nil where it would have to
    /// be and `mayAdd` is false.
    mutating func resolve(
        _ text: LabelText = .empty, with labels: LabelSet, at time: Int64, mayAdd: Bool
    ) -> (id: UInt32, isNew: Bool)? {
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: text.spans.count + labels.labels.count) { keyed in
            guard findPairs(text, labels, keyed) else { return mayAdd ? (add(text.labelSet.labels + labels.labels, at: time), true) : nil }
            return Self.withRun(keyed) { run in
                let hash = SeededHash.of(run)
                if let id = find(run, hash) { return (id, false) }
                return mayAdd ? (add(run, hash, at: time), true) : nil
            }
        }
    }
    /// Puts the pairs of all labels into `keyed`; false where one of them is new.
    private mutating func findPairs(_ text: LabelText, _ labels: LabelSet, _ keyed: UnsafeMutableBufferPointer<UInt64>) -> Bool {
        var place = 0
        for span in text.spans {
            guard let found = find(text.name(span), text.value(span), at: place) else { return false }
            keyed[place] = found
            place += 1
        }
        for var label in labels.labels {
            let found = label.name.withUTF8 { name in label.value.withUTF8 { value in find(name, value, at: place) } }
            guard let found else { return false }
            keyed[place] = found
            place += 1
        }
        return true
    }
    /// The pair of that label, below the symbol of its name.
    private mutating func find(_ name: LabelText.Bytes, _ value: LabelText.Bytes, at place: Int) -> UInt64? {
        let recently = recent.find(name, value, at: place)
        if let entry = recently.entry { return Self.key(entry.name, entry.pair) }
        guard let symbol = recently.name ?? symbols.symbol(for: name), let valueSymbol = symbols.symbol(for: value),
            let pair = pair(symbol, valueSymbol)
        else { return nil }
        recent.remember(name, value, symbol, pair, at: place)
        return Self.key(symbol, pair)
    }
    @inline(__always) private static func key(_ name: Symbol, _ pair: UInt32) -> UInt64 { UInt64(name.index) << 32 | UInt64(pair) }

    /// The pairs of `keyed`, by the symbols of their names.
    private static func withRun<Result>(
        _ keyed: UnsafeMutableBufferPointer<UInt64>, _ body: (UnsafeMutableBufferPointer<UInt32>) -> Result
    ) -> Result {
        for end in keyed.indices.dropFirst() {
            var place = end
            while place > 0, keyed[place - 1] > keyed[place] {
                keyed.swapAt(place - 1, place)
                place -= 1
            }
        }
        return withUnsafeTemporaryAllocation(of: UInt32.self, capacity: keyed.count) { run in
            for place in keyed.indices { run[place] = UInt32(truncatingIfNeeded: keyed[place]) }
            return body(run)
        }
    }

    private func find(_ run: UnsafeMutableBufferPointer<UInt32>, _ hash: UInt64) -> UInt32? {
        seriesTable.find(hash) { id in series.withLabels(Int(id)) { Self.areEqual($0, run) } ?? false }
    }

    private static func areEqual(_ a: UnsafeBufferPointer<UInt32>, _ b: UnsafeMutableBufferPointer<UInt32>) -> Bool {
        guard a.count == b.count else { return false }
        for place in a.indices where a[place] != b[place] { return false }
        return true
    }

    private mutating func add(_ labels: [Label], at time: Int64) -> UInt32 {
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: labels.count) { keyed in
            for (place, label) in labels.enumerated() {
                let pair = makePair(label)
                keyed[place] = Self.key(pairs[Int(pair)]?.name ?? .empty, pair)
            }
            return Self.withRun(keyed) { add($0, SeededHash.of($0), at: time) }
        }
    }
    private mutating func makePair(_ label: Label) -> UInt32 {
        if let known = pair(label.name, label.value) { return known }
        let (name, value) = (symbols.use(label.name), symbols.use(label.value))
        let pair = UInt32(pairs.append(Pair(name: name, value: value)))
        postings.append(Postings())
        pairTable.insert(pair, Self.hash(name, value))
        names[name, default: Name()].pairs.append(pair)
        return pair
    }
    private mutating func add(_ run: UnsafeMutableBufferPointer<UInt32>, _ hash: UInt64, at time: Int64) -> UInt32 {
        let id = series.append(SeriesHead(madeAt: time), run)
        seriesTable.insert(id, hash)
        for pair in run { _ = postings.change(Int(pair)) { $0.append(id) } }
        runCount += run.count
        changes &+= 1
        return id
    }

    /// Takes series away, with the strings that nothing else uses.
    mutating func remove(_ ids: [UInt32]) {
        recent.removeAll()
        var lost: [UInt32: UInt32] = [:]
        for id in ids where series[Int(id)] != nil {
            let run = series.withLabels(Int(id)) { Array($0) } ?? []
            seriesTable.remove(id, SeededHash.of(run))
            series.remove(Int(id))
            for pair in run { lost[pair, default: 0] += 1 }
            runCount -= run.count
            changes &+= 1
        }
        for (pair, count) in lost { lose(count, of: pair) }
    }
    private mutating func lose(_ count: UInt32, of number: UInt32) {
        let isEmpty = postings.change(Int(number)) { [series] postings in
            postings.lose(count) { series[Int($0)] == nil }
            return postings.liveCount == 0
        }
        guard isEmpty == true, let pair = pairs[Int(number)] else { return }
        pairTable.remove(number, Self.hash(pair.name, pair.value))
        pairs.remove(Int(number))
        postings.remove(Int(number))
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
