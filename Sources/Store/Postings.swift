/// The series that have one label, ascending: the first, then differences as varints, mostly a byte each.
struct Postings: Sendable {
    private var first: UInt32 = 0
    private var last: UInt32 = 0
    /// Those that went and stand here still are among them.
    private(set) var count: UInt32 = 0
    private(set) var gone: UInt32 = 0
    private var rest: [UInt8] = []

    var liveCount: Int { Int(count - gone) }
    var bytes: Int { rest.capacity == 0 ? 0 : rest.capacity + 32 }

    /// `id` must be greater than all before.
    mutating func append(_ id: UInt32) {
        defer { (last, count) = (id, count + 1) }
        guard count > 0 else { return first = id }
        var difference = id - last
        while difference >= 0x80 {
            rest.append(UInt8(truncatingIfNeeded: difference) | 0x80)
            difference >>= 7
        }
        rest.append(UInt8(difference))
    }

    func forEach(_ body: (UInt32) -> Void) {
        guard count > 0 else { return }
        var (id, difference, shift) = (first, UInt32(0), UInt32(0))
        body(id)
        rest.withUnsafeBufferPointer { bytes in
            for byte in bytes {
                difference |= UInt32(byte & 0x7f) << shift
                if byte >= 0x80 {
                    shift += 7
                } else {
                    id += difference
                    body(id)
                    (difference, shift) = (0, 0)
                }
            }
        }
    }

    /// Looks at one after the other until `isWanted` accepts one.
    func contains(where isWanted: (UInt32) -> Bool) -> Bool {
        guard count > 0 else { return false }
        var (id, difference, shift) = (first, UInt32(0), UInt32(0))
        if isWanted(id) { return true }
        for byte in rest {
            difference |= UInt32(byte & 0x7f) << shift
            guard byte < 0x80 else {
                shift += 7
                continue
            }
            id += difference
            if isWanted(id) { return true }
            (difference, shift) = (0, 0)
        }
        return false
    }

    /// Counts that so many of its series went; leaves them out by and by. Readers look whether a series is still there.
    mutating func lose(_ lost: UInt32, isGone: (UInt32) -> Bool) {
        gone += lost
        guard gone > 16, gone > count / 2 else { return }
        var kept = Postings()
        forEach { if !isGone($0) { kept.append($0) } }
        self = kept
    }
}
