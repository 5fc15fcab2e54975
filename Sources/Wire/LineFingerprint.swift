/// Makes 64-bit fingerprints of texts by secret random numbers: two texts of equal length have the same one with a probability of 2⁻⁶³, also
/// where somebody chose them to.
///
/// Multiply and add over pairs of words (NH), mixed once a block.
package final class LineFingerprinter: @unchecked Sendable {
    @usableFromInline static let blockBytes = 256
    /// One for each word of a block, two for a tail, two for mixing. Never written after `init`.
    @usableFromInline let keys: UnsafeMutablePointer<UInt64>
    @usableFromInline static let keyCount = blockBytes / 8 + 4

    package init() {
        keys = .allocate(capacity: Self.keyCount)
        var random = SystemRandomNumberGenerator()
        for i in 0..<Self.keyCount { (keys + i).initialize(to: random.next()) }
    }
    deinit { keys.deallocate() }

    @inlinable
    package func fingerprint(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
        bytes.baseAddress.map { fingerprint(UnsafeRawPointer($0), bytes.count) } ?? 0
    }

    /// Of the `count` bytes at `start`.
    @inlinable @inline(__always)
    package func fingerprint(_ start: UnsafeRawPointer, _ count: Int) -> UInt64 {
        let mixers = keys + Self.keyCount - 2
        var state = UInt64(truncatingIfNeeded: count)
        var (low, high): (UInt64, UInt64) = (0, 0)
        guard count >= 16 else {
            let (a, b) = Self.short(start, count)
            Self.add(a &+ keys[0], b &+ keys[1], &low, &high)
            return Self.mix(state ^ low ^ mixers[0], high ^ mixers[1])
        }
        var offset = 0
        var key = 0
        while offset &+ 16 <= count {
            if key == Self.blockBytes / 8 {
                state = Self.mix(state ^ low ^ mixers[0], high ^ mixers[1])
                (low, high, key) = (0, 0, 0)
            }
            Self.add(Self.word(start, offset) &+ keys[key], Self.word(start, offset &+ 8) &+ keys[key &+ 1], &low, &high)
            offset &+= 16
            key &+= 2
        }
        // The last bytes with some before them once more: of texts of one length it is the same ones.
        if offset < count {
            Self.add(Self.word(start, count &- 16) &+ keys[key], Self.word(start, count &- 8) &+ keys[key &+ 1], &low, &high)
        }
        return Self.mix(state ^ low ^ mixers[0], high ^ mixers[1])
    }

    @inlinable @inline(__always)
    static func word(_ start: UnsafeRawPointer, _ offset: Int) -> UInt64 { start.loadUnaligned(fromByteOffset: offset, as: UInt64.self) }

    @inlinable @inline(__always)
    static func add(_ a: UInt64, _ b: UInt64, _ low: inout UInt64, _ high: inout UInt64) {
        let product = a.multipliedFullWidth(by: b)
        low = low &+ product.low
        high = high &+ product.high
    }
    @inlinable @inline(__always)
    static func mix(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let product = a.multipliedFullWidth(by: b)
        return product.high ^ product.low
    }

    @inlinable
    static func short(_ start: UnsafeRawPointer, _ count: Int) -> (UInt64, UInt64) {
        if count >= 8 { return (word(start, 0), word(start, count &- 8)) }
        var text: UInt64 = 0
        for i in 0..<count { text = text << 8 | UInt64(start.load(fromByteOffset: i, as: UInt8.self)) }
        return (text, 0)
    }
}
