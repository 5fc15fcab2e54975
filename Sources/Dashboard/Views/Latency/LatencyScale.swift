/// `count` things side by side in `room` cells: several in one place, or one over several cells, as evenly as whole cells allow.
package struct LatencyScale: Hashable, Sendable {
    package let count: Int
    package let room: Int
    package let places: Int

    package init(count: Int, room: Int) {
        self.count = max(count, 0)
        self.room = max(room, 0)
        places = min(self.count, self.room)
    }
    /// The things that share a place.
    package func members(of place: Int) -> Range<Int> {
        guard places > 0 else { return 0..<0 }
        return place * count / places..<(place + 1) * count / places
    }
    /// The cells of a place, from the left or from below.
    package func extent(of place: Int) -> Range<Int> {
        guard places > 0 else { return 0..<0 }
        return place * room / places..<(place + 1) * room / places
    }
    package func place(of member: Int) -> Int {
        (0..<places).first { members(of: $0).contains(member) } ?? 0
    }
}
