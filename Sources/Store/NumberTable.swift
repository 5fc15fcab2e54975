/// Finds numbers by a hash of what they stand for; the caller tells which is meant. A copy shares its memory till one of the two changes.
struct NumberTable: Sendable {
    /// One more than the number, below half of its hash: what differs is passed over, and the table grows, without a look at what a number stands
    /// for. Zero where none stands. Linear probing, at most three quarters full.
    private var places: [UInt64] = []
    private(set) var count = 0

    var bytes: Int { places.capacity * MemoryLayout<UInt64>.stride }

    @inline(__always) private static func entry(_ number: UInt32, _ hash: UInt64) -> UInt64 {
        hash & 0xffff_ffff_0000_0000 | UInt64(number) + 1
    }
    @inline(__always) private static func home(_ entry: UInt64, _ mask: Int) -> Int { Int(truncatingIfNeeded: entry >> 32) & mask }

    /// The number with that hash that `isMeant`.
    @inline(__always)
    func find(_ hash: UInt64, _ isMeant: (UInt32) -> Bool) -> UInt32? {
        guard !places.isEmpty else { return nil }
        return places.withUnsafeBufferPointer { places in
            let mask = places.count - 1
            var place = Self.home(hash, mask)
            while places[place] != 0 {
                let entry = places[place]
                if (entry ^ hash) >> 32 == 0, case let number = UInt32(truncatingIfNeeded: entry) - 1, isMeant(number) { return number }
                place = (place + 1) & mask
            }
            return nil
        }
    }

    /// `number` must not stand here yet, and be below the highest there is.
    mutating func insert(_ number: UInt32, _ hash: UInt64) {
        if (count + 1) * 4 > places.count * 3 { grow() }
        put(Self.entry(number, hash))
        count += 1
    }
    private mutating func put(_ entry: UInt64) {
        places.withUnsafeMutableBufferPointer { places in
            let mask = places.count - 1
            var place = Self.home(entry, mask)
            while places[place] != 0 { place = (place + 1) & mask }
            places[place] = entry
        }
    }
    private mutating func grow() {
        let old = places
        places = [UInt64](repeating: 0, count: max(16, old.count * 2))
        for entry in old where entry != 0 { put(entry) }
    }

    /// Nothing happens where it doesn't stand here.
    mutating func remove(_ number: UInt32, _ hash: UInt64) {
        guard !places.isEmpty else { return }
        let entry = Self.entry(number, hash)
        let mask = places.count - 1
        var place = Self.home(entry, mask)
        while places[place] != entry {
            if places[place] == 0 { return }
            place = (place + 1) & mask
        }
        count -= 1
        close(place, mask)
    }
    /// Moves back what stands behind a gap, up to the next one, where it may.
    private mutating func close(_ start: Int, _ mask: Int) {
        var (gap, place) = (start, (start + 1) & mask)
        while places[place] != 0 {
            let home = Self.home(places[place], mask)
            if (place - home) & mask >= (place - gap) & mask {
                places[gap] = places[place]
                gap = place
            }
            place = (place + 1) & mask
        }
        places[gap] = 0
    }
}

/// Hashes for tables within one program; seeded anew in each, so that nobody outside can choose names that collide.
enum SeededHash {
    private static let seed = UInt64.random(in: .min ... .max) | 1

    @inline(__always) static func mix(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let product = (a ^ 0x9e37_79b9_7f4a_7c15).multipliedFullWidth(by: b ^ seed)
        return product.high ^ product.low
    }
    static func of(_ text: String) -> UInt64 {
        var text = text
        return text.withUTF8 { of($0) }
    }
    /// Of a text in UTF-8: the same as of the string.
    static func of(_ text: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var hash = mix(seed, UInt64(text.count))
        let raw = UnsafeRawBufferPointer(text)
        var at = 0
        while at + 8 <= raw.count {
            hash = mix(hash, raw.loadUnaligned(fromByteOffset: at, as: UInt64.self))
            at += 8
        }
        var rest = UInt64(0)
        while at < raw.count {
            rest = rest << 8 | UInt64(raw[at])
            at += 1
        }
        return mix(hash, rest)
    }
    static func of(_ numbers: some Sequence<UInt32>) -> UInt64 { numbers.reduce(seed) { mix($0, UInt64($1)) } }
}
