import Telemetry

/// The hash of a series's labels that `limit_ratio` goes by: xxHash64 (seed 0) of each name and value behind its length, as Prometheus 3 keeps label sets.
enum SeriesHash {
    static func of(_ labels: LabelSet) -> UInt64 {
        var bytes: [UInt8] = []
        for label in labels.labels {
            for text in [label.name, label.value] {
                let count = text.utf8.count
                bytes +=
                    count < 255
                    ? [UInt8(count)]
                    : [
                        255, UInt8(truncatingIfNeeded: count), UInt8(truncatingIfNeeded: count >> 8),
                        UInt8(truncatingIfNeeded: count >> 16),
                    ]
                bytes += text.utf8
            }
        }
        return xxHash64(bytes)
    }

    private static let primes: [UInt64] = [
        0x9e37_79b1_85eb_ca87, 0xc2b2_ae3d_27d4_eb4f, 0x1656_67b1_9e37_79f9, 0x85eb_ca77_c2b2_ae63, 0x27d4_eb2f_1656_67c5,
    ]
    static func xxHash64(_ bytes: [UInt8]) -> UInt64 {
        var place = 0
        func word(_ size: Int) -> UInt64 {
            var value: UInt64 = 0
            for index in 0..<size { value |= UInt64(bytes[place + index]) << UInt64(8 * index) }
            return value
        }
        var hash: UInt64
        if bytes.count >= 32 {
            var lanes = [primes[0] &+ primes[1], primes[1], 0, 0 &- primes[0]]
            while bytes.count - place >= 32 {
                for lane in 0..<4 {
                    lanes[lane] = round(lanes[lane], word(8))
                    place += 8
                }
            }
            hash = rotate(lanes[0], 1) &+ rotate(lanes[1], 7) &+ rotate(lanes[2], 12) &+ rotate(lanes[3], 18)
            for lane in lanes { hash = (hash ^ round(0, lane)) &* primes[0] &+ primes[3] }
        } else {
            hash = primes[4]
        }
        hash &+= UInt64(bytes.count)
        while bytes.count - place >= 8 {
            hash = rotate(hash ^ round(0, word(8)), 27) &* primes[0] &+ primes[3]
            place += 8
        }
        if bytes.count - place >= 4 {
            hash = rotate(hash ^ (word(4) &* primes[0]), 23) &* primes[1] &+ primes[2]
            place += 4
        }
        while place < bytes.count {
            hash = rotate(hash ^ (word(1) &* primes[4]), 11) &* primes[0]
            place += 1
        }
        hash = (hash ^ hash >> 33) &* primes[1]
        hash = (hash ^ hash >> 29) &* primes[2]
        return hash ^ hash >> 32
    }
    private static func rotate(_ value: UInt64, _ count: UInt64) -> UInt64 { value << count | value >> (64 - count) }
    private static func round(_ lane: UInt64, _ word: UInt64) -> UInt64 { rotate(lane &+ word &* primes[1], 31) &* primes[0] }
}
