import Telemetry
import Store
import Wire

/// What one target's pages said so far, line by line: the text of a series or metadata line → what became of it.
///
/// Pages keep their order, so the line at a place is first compared with the one that stood there last time, and only then looked up.
final class ScrapeSeriesCache {
    /// One line's text; lives in `texts`.
    struct Slot {
        var start: Int
        var length: Int
        var hash: UInt64
        /// Nil until a page with it was taken, for metadata, and where the store has no room.
        var series: SeriesID?
        /// The page on which it stood last.
        var page: UInt32 = 0
        /// Its place in `order`.
        var place = 0
        /// False where the sample has a time of its own: then its absence says nothing.
        var isTracked = false
        /// Of the exemplar that came last; 0 for none.
        var exemplar: UInt64 = 0
    }
    private static let slack = 1024

    private(set) var slots: [Slot] = []
    /// The slots of the last page, as they stood on it.
    private(set) var order: [Int32] = []
    private var texts = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 1 << 12)
    private var textLength = 0
    /// Open addressing; -1 is free. Its count is a power of two.
    private var table = [Int32](repeating: -1, count: 64)
    private(set) var page: UInt32 = 1
    private var next: [Int32] = []
    private var cursor = 0

    deinit { texts.deallocate() }

    func beginPage() {
        // Also after pages that were refused, which may have brought any number of new lines.
        if slots.count > 2 * order.count + Self.slack { forgetOld() }
        page &+= 1
        cursor = 0
        next.removeAll(keepingCapacity: true)
        next.reserveCapacity(order.count)
    }

    /// The text expected next.
    @inline(__always)
    var guess: UnsafeBufferPointer<UInt8> {
        guard cursor < order.count else { return UnsafeBufferPointer(start: nil, count: 0) }
        return text(of: Int(order[cursor]))
    }

    /// The guess came true: its slot.
    @inline(__always)
    func takeGuess() -> Int {
        let slot = Int(order[cursor])
        cursor &+= 1
        note(slot)
        return slot
    }

    /// The slot of `text`, made if new; the guess goes on behind it. `isKnown` says that it stood on the last page, or on this one before.
    func find(_ text: UnsafeBufferPointer<UInt8>) -> (slot: Int, isKnown: Bool) {
        let hash = ExpositionHash.hash(text)
        guard let slot = lookUp(text, hash) else {
            let slot = add(text, hash)
            note(slot)
            return (slot, false)
        }
        let place = slots[slot].place
        let stood = place < order.count && order[place] == slot
        if stood { cursor = place + 1 }
        defer { note(slot) }
        return (slot, stood || slots[slot].page == page)
    }

    @inline(__always)
    private func note(_ slot: Int) {
        guard slots[slot].page != page else { return }
        slots[slot].page = page
        next.append(Int32(truncatingIfNeeded: slot))
    }

    /// The page is taken: it is the one to compare the next with.
    func endPage() {
        swap(&order, &next)
        for (place, slot) in order.enumerated() { slots[Int(slot)].place = place }
    }

    /// Changes what is known of a slot.
    @inline(__always)
    func update(_ slot: Int, _ change: (inout Slot) -> Void) { change(&slots[slot]) }

    @inline(__always)
    func text(of slot: Int) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(rebasing: texts[slots[slot].start..<slots[slot].start &+ slots[slot].length])
    }

    // MARK: Table

    private func lookUp(_ text: UnsafeBufferPointer<UInt8>, _ hash: UInt64) -> Int? {
        var place = Int(truncatingIfNeeded: hash) & (table.count - 1)
        while table[place] >= 0 {
            let slot = Int(table[place])
            if slots[slot].hash == hash, slots[slot].length == text.count, let a = text.baseAddress,
                let b = self.text(of: slot).baseAddress,
                BytesEqual.compare(a, b, text.count)
            {
                return slot
            }
            place = (place + 1) & (table.count - 1)
        }
        return nil
    }

    private func add(_ text: UnsafeBufferPointer<UInt8>, _ hash: UInt64) -> Int {
        if textLength + text.count > texts.count { grow(to: textLength + text.count) }
        for (i, byte) in text.enumerated() { texts[textLength + i] = byte }
        slots.append(Slot(start: textLength, length: text.count, hash: hash))
        textLength += text.count
        if slots.count * 2 > table.count { rehash(to: table.count * 2) } else { place(slots.count - 1) }
        return slots.count - 1
    }

    private func grow(to needed: Int) {
        let larger = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(needed, texts.count * 2))
        _ = larger.update(fromContentsOf: UnsafeBufferPointer(rebasing: texts[..<textLength]))
        texts.deallocate()
        texts = larger
    }

    private func rehash(to count: Int) {
        table = [Int32](repeating: -1, count: count)
        for slot in slots.indices { place(slot) }
    }

    private func place(_ slot: Int) {
        var place = Int(truncatingIfNeeded: slots[slot].hash) & (table.count - 1)
        while table[place] >= 0 { place = (place + 1) & (table.count - 1) }
        table[place] = Int32(truncatingIfNeeded: slot)
    }

    /// Keeps only what stands on the last page.
    private func forgetOld() {
        let kept = order.map { slots[Int($0)] }
        let old = texts
        texts = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(1 << 12, kept.reduce(0) { $0 + $1.length }))
        textLength = 0
        slots = kept
        for i in slots.indices {
            for offset in 0..<slots[i].length { texts[textLength + offset] = old[slots[i].start + offset] }
            slots[i].start = textLength
            slots[i].place = i
            textLength += slots[i].length
        }
        old.deallocate()
        order = slots.indices.map { Int32(truncatingIfNeeded: $0) }
        var size = 64
        while size < slots.count * 2 { size *= 2 }
        rehash(to: size)
    }
}
