import Telemetry

/// Sealed samples of one series, compressed: times, then values. Drawn bit by bit in docs/store.md.
///
/// The number of samples and the time of the first stand outside. Every value comes back bit for bit.
enum FloatChunk {
    /// Samples that one chunk may hold.
    static let capacity = 512
    /// Bytes after a chunk that must be readable, whatever they hold.
    static let slack = BitPacking.slack

    enum Times { static let regular: UInt8 = 0, residuals: UInt8 = 1 }
    enum Values {
        /// From here to 8: all values equal; so many bytes follow, the highest of the bits.
        static let constant: UInt8 = 0
        static let xor: UInt8 = 9
        /// Plus the order (0, 1, 2) and, where values stand aside, `withExceptions`.
        static let scaled: UInt8 = 16
        static let withExceptions: UInt8 = 4
    }

    /// Room that any chunk of `count` samples fits into.
    static func largestSize(_ count: Int) -> Int { 64 + 2 * ResidualBlocks.largestSize(count) + XORStream.largestSize(count) + 10 * count }

    /// Writes the times at `times` and the values at `values`: room for `count` each.
    static func decode(
        _ bytes: UnsafePointer<UInt8>, count: Int, first: Int64, times: UnsafeMutablePointer<Int64>, values: UnsafeMutablePointer<Double>
    ) {
        guard count > 0 else { return }
        var reader = VarintReader(bytes)
        decodeTimes(&reader, count, first, times)
        decodeValues(&reader, count, values)
    }

    static func decodeTimes(_ reader: inout VarintReader, _ count: Int, _ first: Int64, _ times: UnsafeMutablePointer<Int64>) {
        let kind = reader.byte()
        let step = Int64(bitPattern: reader.unsigned())
        times[0] = first
        guard kind == Times.residuals else {
            forEachIndex(count) { times[$0] = first &+ Int64($0) &* step }
            return
        }
        ResidualBlocks.decode(&reader, count: count - 1, to: times + 1)
        var time = first
        forEachIndex(count &- 1) {
            time &+= step &+ times[$0 &+ 1]
            times[$0 &+ 1] = time
        }
    }

    static func decodeValues(_ reader: inout VarintReader, _ count: Int, _ values: UnsafeMutablePointer<Double>) {
        let kind = reader.byte()
        if kind <= 8 {
            let bits = reader.bits(bytes: Int(kind)) << UInt64(64 - 8 * Int(kind))
            values.update(repeating: Double(bitPattern: kind == 0 ? 0 : bits), count: count)
        } else if kind == Values.xor {
            XORStream.decode(reader.place, count: count, to: values)
        } else {
            decodeScaled(&reader, kind - Values.scaled, count, values)
        }
    }

    private static func decodeScaled(_ reader: inout VarintReader, _ flags: UInt8, _ count: Int, _ values: UnsafeMutablePointer<Double>) {
        let places = Int(reader.byte())
        let factor = Int64(bitPattern: reader.unsigned())
        let first = reader.signed()
        let numbers = UnsafeMutableRawPointer(values).assumingMemoryBound(to: Int64.self)
        numbers[0] = first
        ResidualBlocks.decode(&reader, count: count - 1, to: numbers + 1)
        sumUp(numbers, count, order: flags & 3, factor)
        DecimalScale.restore(UnsafeMutableRawPointer(values).assumingMemoryBound(to: UInt64.self), count: count, places: places)
        guard flags & Values.withExceptions != 0 else { return }
        for _ in 0..<reader.unsigned() {
            let index = Int(reader.unsigned())
            values[index] = Double(bitPattern: reader.bits())
        }
    }
    /// From residuals to numbers, in place.
    private static func sumUp(_ numbers: UnsafeMutablePointer<Int64>, _ count: Int, order: UInt8, _ factor: Int64) {
        let (first, rest) = (numbers[0], numbers + 1)
        var (sum, delta) = (first, Int64(0))
        switch order {
        case 0: forEachIndex(count &- 1) { rest[$0] = first &+ rest[$0] &* factor }
        case 1:
            forEachIndex(count &- 1) {
                sum &+= rest[$0] &* factor
                rest[$0] = sum
            }
        default:
            forEachIndex(count &- 1) {
                delta &+= rest[$0] &* factor
                sum &+= delta
                rest[$0] = sum
            }
        }
    }
}
