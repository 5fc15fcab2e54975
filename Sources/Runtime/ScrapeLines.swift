import Telemetry
import Wire

/// Follows a page line by line beside the target's page before it, and notes what the next one is to be compared with.
///
/// Pages keep their order, so the line expected is the one that stood there last time. A page as the last one leaves nothing to note;
/// only from the first difference on are lines written down, and only where the order has changed are they looked up.
struct ScrapeLines {
    /// A few lines that went are passed over without looking lines up.
    private static let ahead = 8

    private(set) var old: [ExpositionLine] = []
    /// The line of `old` that is expected next.
    private(set) var expected = 0
    /// Once the page differs: its lines up to here.
    private var new: [ExpositionLine] = []
    private(set) var hasDiverged = false
    /// Of the lines of `old`, once the page differs: whether they stand on this one too.
    private var isSeen: [Bool] = []
    private var table = ScrapeLineTable()
    private var isTableFilled = false

    mutating func begin(after old: [ExpositionLine]) {
        self.old = old
        expected = 0
        hasDiverged = false
        isTableFilled = false
    }

    var next: ExpositionLine? { expected < old.count ? old[expected] : nil }
    /// How many lines of the page have been taken.
    var count: Int { hasDiverged ? new.count : expected }
    subscript(place: Int) -> ExpositionLine { hasDiverged ? new[place] : old[place] }

    /// The next `count` lines are those expected.
    mutating func advance(_ count: Int) {
        if hasDiverged, count > 0 {
            new.append(contentsOf: old[expected..<expected + count])
            for place in expected..<expected + count { isSeen[place] = true }
        }
        expected += count
    }

    /// Takes a line by its text; false for one that stood neither on the last page nor on this.
    mutating func take(_ line: ExpositionLine) -> Bool {
        if let place = placeAhead(of: line) {
            if place > expected { diverge() }
            expected = place
            advance(1)
            return true
        }
        diverge()
        if !isTableFilled { fillTable() }
        switch table.find(line, old: old, new: new) {
        case .old(let place):
            isSeen[place] = true
            new.append(old[place])
            expected = place + 1
        case .new(let place): new.append(new[place])
        case nil:
            new.append(line)
            table.insert(.new(new.count - 1), old: old, new: new)
            return false
        }
        return true
    }

    private func placeAhead(of line: ExpositionLine) -> Int? {
        (expected..<min(expected + Self.ahead, old.count)).first { old[$0].hasText(of: line) }
    }

    /// Changes the line at `place` of this page, where it is another then.
    mutating func update(_ place: Int, _ change: (inout ExpositionLine) -> Void) {
        var line = self[place]
        change(&line)
        guard line != self[place] else { return }
        diverge()
        new[place] = line
    }

    private mutating func diverge() {
        guard !hasDiverged else { return }
        hasDiverged = true
        new.removeAll(keepingCapacity: true)
        new.append(contentsOf: old[..<expected])
        isSeen.removeAll(keepingCapacity: true)
        isSeen.append(contentsOf: repeatElement(true, count: expected))
        isSeen.append(contentsOf: repeatElement(false, count: old.count - expected))
    }

    private mutating func fillTable() {
        isTableFilled = true
        table.clear(for: old.count)
        for place in old.indices { table.insert(.old(place), old: old, new: new) }
    }

    /// The page is over: what is to be remembered of it, nil where that is what was remembered before.
    mutating func finish() -> [ExpositionLine]? {
        if expected < old.count { diverge() }
        // A copy of just its size: it stays for as long as the target does.
        return hasDiverged ? new.withUnsafeBufferPointer(Array.init) : nil
    }

    /// The lines of the last page that do not stand on this one; after `finish`.
    var gone: [ExpositionLine] { hasDiverged ? zip(old, isSeen).filter { !$1 }.map(\.0) : [] }

    /// Gives back memory that only an unusual page needs.
    mutating func shrink(to lines: Int) {
        old = []
        if new.capacity > lines { new = [] }
        if isSeen.capacity > lines { isSeen = [] }
        table.shrink(to: lines)
    }
}

/// Finds lines by their text, among those of the last page and those that are new on this one.
struct ScrapeLineTable {
    enum Place {
        case old(Int)
        case new(Int)
    }
    /// Open addressing; the lowest bit tells new from old. Its count is a power of two.
    private var slots: [UInt32] = []
    private var count = 0
    private static let free = UInt32.max

    mutating func clear(for lines: Int) {
        var size = 64
        while size < lines * 2 { size *= 2 }
        slots.removeAll(keepingCapacity: true)
        slots.append(contentsOf: repeatElement(Self.free, count: size))
        count = 0
    }

    func find(_ line: ExpositionLine, old: [ExpositionLine], new: [ExpositionLine]) -> Place? {
        var slot = Int(truncatingIfNeeded: line.fingerprint) & (slots.count - 1)
        while slots[slot] != Self.free {
            let place = place(slots[slot])
            if self.line(place, old, new).hasText(of: line) { return place }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    mutating func insert(_ place: Place, old: [ExpositionLine], new: [ExpositionLine]) {
        count += 1
        if count * 2 > slots.count { grow(old, new) }
        put(place, line(place, old, new).fingerprint)
    }

    private mutating func put(_ place: Place, _ fingerprint: UInt64) {
        var slot = Int(truncatingIfNeeded: fingerprint) & (slots.count - 1)
        while slots[slot] != Self.free { slot = (slot + 1) & (slots.count - 1) }
        switch place {
        case .old(let index): slots[slot] = UInt32(truncatingIfNeeded: index << 1)
        case .new(let index): slots[slot] = UInt32(truncatingIfNeeded: index << 1 | 1)
        }
    }

    private mutating func grow(_ old: [ExpositionLine], _ new: [ExpositionLine]) {
        let kept = slots.filter { $0 != Self.free }.map { place($0) }
        slots = [UInt32](repeating: Self.free, count: slots.count * 2)
        for place in kept { put(place, line(place, old, new).fingerprint) }
    }

    private func place(_ code: UInt32) -> Place { code & 1 == 0 ? .old(Int(code >> 1)) : .new(Int(code >> 1)) }
    private func line(_ place: Place, _ old: [ExpositionLine], _ new: [ExpositionLine]) -> ExpositionLine {
        switch place {
        case .old(let index): old[index]
        case .new(let index): new[index]
        }
    }

    mutating func shrink(to lines: Int) { if slots.capacity > lines * 4 { slots = [] } }
}
