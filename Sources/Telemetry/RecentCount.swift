/// How many things came lately, in slots of five seconds over the last minute.
package struct RecentCount: Hashable, Sendable {
    private static let slotMilliseconds: Int64 = 5000
    private static let slotCount = 12
    private var counts: [UInt32]
    /// The number of the newest slot since the epoch.
    private var newest: Int64

    package init() {
        counts = []
        newest = .min / 2
    }

    package mutating func add(_ count: Int, at time: Timestamp) {
        if counts.isEmpty { counts = [UInt32](repeating: 0, count: Self.slotCount) }
        let slot = time.milliseconds / Self.slotMilliseconds
        if slot > newest {
            let passed = slot - newest
            for step in 0..<min(passed, Int64(Self.slotCount)) { counts[Self.place(slot - step)] = 0 }
            newest = slot
        }
        guard newest - slot < Int64(Self.slotCount), slot >= 0 else { return }
        counts[Self.place(slot)] = UInt32(clamping: Int(counts[Self.place(slot)]) + max(count, 0))
    }

    /// The mean over the whole slots of the last minute; nil before anything came.
    package func perSecond(at now: Timestamp) -> Double? {
        guard !counts.isEmpty else { return nil }
        let values = history(at: now).dropLast()
        return values.reduce(0, +) / Double(values.count) / (Double(Self.slotMilliseconds) / 1000)
    }

    /// The counts of the slots up to `now`, oldest first; the last one is still filling.
    package func history(at now: Timestamp) -> [Double] {
        guard !counts.isEmpty else { return [] }
        let last = now.milliseconds / Self.slotMilliseconds
        return (0..<Int64(Self.slotCount)).reversed().map { back in
            let slot = last - back
            return slot <= newest && slot > newest - Int64(Self.slotCount) && slot >= 0 ? Double(counts[Self.place(slot)]) : 0
        }
    }

    private static func place(_ slot: Int64) -> Int { Int(((slot % Int64(slotCount)) + Int64(slotCount)) % Int64(slotCount)) }
}
