/// Finds numbers by a hash of what they stand for; the caller tells which is meant. A copy shares its memory till one of the two changes.
struct NumberTable: Sendable {
    /// One more than the number; zero where none stands. Linear probing, at most three quarters full.
    private var places: [UInt32] = []
    private(set) var count = 0

    var bytes: Int { places.capacity * 4 }

    /// The number with that hash that `isMeant`.
    func find(_ hash: UInt64, _ isMeant: (UInt32) -> Bool) -> UInt32? {
        guard !places.isEmpty else { return nil }
        let mask = places.count - 1
        var place = Int(truncatingIfNeeded: hash) & mask
        while places[place] != 0 {
            let number = places[place] - 1
            if isMeant(number) { return number }
            place = (place + 1) & mask
        }
        return nil
    }

    /// `number` must not stand here yet; `hashOf` tells the hashes of those that do.
    mutating func insert(_ number: UInt32, _ hash: UInt64, hashOf: (UInt32) -> UInt64) {
        if (count + 1) * 4 > places.count * 3 { grow(hashOf) }
        put(number, hash)
        count += 1
    }
    private mutating func put(_ number: UInt32, _ hash: UInt64) {
        let mask = places.count - 1
        var place = Int(truncatingIfNeeded: hash) & mask
        while places[place] != 0 { place = (place + 1) & mask }
        places[place] = number + 1
    }
    private mutating func grow(_ hashOf: (UInt32) -> UInt64) {
        let old = places
        places = [UInt32](repeating: 0, count: max(16, old.count * 2))
        for number in old where number != 0 { put(number - 1, hashOf(number - 1)) }
    }

    /// Nothing happens where it doesn't stand here.
    mutating func remove(_ number: UInt32, _ hash: UInt64, hashOf: (UInt32) -> UInt64) {
        guard !places.isEmpty else { return }
        let mask = places.count - 1
        var place = Int(truncatingIfNeeded: hash) & mask
        while places[place] != number + 1 {
            if places[place] == 0 { return }
            place = (place + 1) & mask
        }
        count -= 1
        close(place, mask, hashOf)
    }
    /// Moves back what stands behind a gap, up to the next one, where it may.
    private mutating func close(_ start: Int, _ mask: Int, _ hashOf: (UInt32) -> UInt64) {
        var (gap, place) = (start, (start + 1) & mask)
        while places[place] != 0 {
            let home = Int(truncatingIfNeeded: hashOf(places[place] - 1)) & mask
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
        return text.withUTF8 { bytes in
            var hash = mix(seed, UInt64(bytes.count))
            let raw = UnsafeRawBufferPointer(bytes)
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
    }
    static func of(_ numbers: some Sequence<UInt32>) -> UInt64 { numbers.reduce(seed) { mix($0, UInt64($1)) } }
}
