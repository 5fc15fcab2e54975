/// Makes chunks; keeps the memory it works in. Used by one thread at a time.
final class FloatChunkEncoder {
    /// Of so many values one may stand aside before no scale is worth it.
    private static let exceptionShare = 8

    private let numbers = UnsafeMutablePointer<Int64>.allocate(capacity: FloatChunk.capacity)
    private let residuals = UnsafeMutablePointer<Int64>.allocate(capacity: FloatChunk.capacity)
    private let candidate = UnsafeMutablePointer<UInt8>.allocate(capacity: FloatChunk.largestSize(FloatChunk.capacity))
    /// Where the chunk made last stands; valid till the next is made.
    let output = UnsafeMutablePointer<UInt8>.allocate(capacity: FloatChunk.largestSize(FloatChunk.capacity))
    private var exceptions: [Int] = []

    deinit {
        numbers.deallocate()
        residuals.deallocate()
        candidate.deallocate()
        output.deallocate()
    }

    /// Returns the bytes that now stand at `output`. Up to `FloatChunk.capacity` samples, ascending by time, less than 2^53 ms from first to last.
    func encode(times: UnsafeBufferPointer<Int64>, values: UnsafeBufferPointer<Double>) -> Int {
        precondition(times.count == values.count && times.count <= FloatChunk.capacity, "as many samples as a chunk holds")
        guard !times.isEmpty else { return 0 }
        var writer = VarintWriter(output)
        encodeTimes(times, &writer)
        encodeValues(values, &writer)
        return writer.place - output
    }

    /// The times alone, or the values alone, of up to `FloatChunk.capacity` samples: returns the bytes that now stand at `output`.
    func encode(times: UnsafeBufferPointer<Int64>) -> Int {
        var writer = VarintWriter(output)
        encodeTimes(times, &writer)
        return writer.place - output
    }
    func encode(values: UnsafeBufferPointer<Double>) -> Int {
        var writer = VarintWriter(output)
        encodeValues(values, &writer)
        return writer.place - output
    }

    private func encodeTimes(_ times: UnsafeBufferPointer<Int64>, _ writer: inout VarintWriter) {
        let count = times.count
        let step = Self.commonStep(times)
        var isRegular = true
        for index in 1..<max(count, 1) {
            residuals[index - 1] = times[index] &- times[index - 1] &- step
            if residuals[index - 1] != 0 { isRegular = false }
        }
        writer.byte(isRegular ? FloatChunk.Times.regular : FloatChunk.Times.residuals)
        writer.unsigned(UInt64(bitPattern: step))
        if !isRegular { ResidualBlocks.encode(residuals, count: count - 1, to: &writer) }
    }
    /// The step that the most of the first few have, so that a gap among them doesn't become the rule.
    private static func commonStep(_ times: UnsafeBufferPointer<Int64>) -> Int64 {
        guard times.count > 1 else { return 0 }
        let steps = (1..<min(times.count, 6)).map { times[$0] &- times[$0 - 1] }.sorted()
        return steps[steps.count / 2]
    }

    private func encodeValues(_ values: UnsafeBufferPointer<Double>, _ writer: inout VarintWriter) {
        let bits = values[0].bitPattern
        if values.allSatisfy({ $0.bitPattern == bits }) {
            let bytes = bits == 0 ? 0 : 8 - bits.trailingZeroBitCount / 8
            writer.byte(FloatChunk.Values.constant + UInt8(bytes))
            writer.bits(bytes == 0 ? 0 : bits >> UInt64(64 - 8 * bytes), bytes: bytes)
        } else if let places = scale(values) {
            encodeScaled(values, places, &writer)
        } else {
            writer.byte(FloatChunk.Values.xor)
            writer.skip(XORStream.encode(values, to: writer.place))
        }
    }
}

extension FloatChunkEncoder {
    /// Puts the whole numbers that `values` come to into `numbers`, what doesn't fit into `exceptions`; returns the decimal places. Nil where the bits
    /// are the better choice.
    private func scale(_ values: UnsafeBufferPointer<Double>) -> Int? {
        let limit = values.count / Self.exceptionShare
        var (places, misfits) = (0, 0)
        for value in values where DecimalScale.whole(value, power: DecimalScale.power(places)) == nil {
            if let more = DecimalScale.places(value, least: places + 1) {
                places = more
            } else {
                misfits += 1
                if misfits > limit { return nil }
            }
        }
        exceptions.removeAll(keepingCapacity: true)
        var last = values.lazy.compactMap { DecimalScale.whole($0, power: DecimalScale.power(places)) }.first ?? 0
        for (index, value) in values.enumerated() {
            if let number = DecimalScale.whole(value, power: DecimalScale.power(places)) { last = number } else { exceptions.append(index) }
            numbers[index] = last
        }
        return exceptions.count > limit ? nil : places
    }

    private func encodeScaled(_ values: UnsafeBufferPointer<Double>, _ places: Int, _ writer: inout VarintWriter) {
        let factor = commonFactor(values.count)
        let (best, size) = bestOrder(values.count, factor)
        // Where no scale saves much, the bits may do better.
        if size > values.count * 4 {
            let bitSize = XORStream.encode(values, to: candidate)
            if bitSize < size + exceptions.count * 10 {
                writer.byte(FloatChunk.Values.xor)
                writer.skip(XORStream.encode(values, to: writer.place))
                return
            }
        }
        writer.byte(FloatChunk.Values.scaled + best + (exceptions.isEmpty ? 0 : FloatChunk.Values.withExceptions))
        writer.byte(UInt8(places))
        writer.unsigned(UInt64(bitPattern: factor))
        writer.signed(numbers[0])
        makeResiduals(values.count, best, factor)
        ResidualBlocks.encode(residuals, count: values.count - 1, to: &writer)
        guard !exceptions.isEmpty else { return }
        writer.unsigned(UInt64(exceptions.count))
        for index in exceptions {
            writer.unsigned(UInt64(index))
            writer.bits(values[index].bitPattern)
        }
    }

    /// The largest whole number that all differences are multiples of; at least 1.
    private func commonFactor(_ count: Int) -> Int64 {
        var factor: UInt64 = 0
        for index in 1..<max(count, 1) {
            var rest = (numbers[index] &- numbers[index - 1]).magnitude
            while rest != 0 { (factor, rest) = (rest, factor % rest) }
            if factor == 1 { break }
        }
        return max(1, Int64(factor))
    }

    /// The order whose residuals take the fewest bytes, and how many: those of them are weighed that come near the fewest bits.
    private func bestOrder(_ count: Int, _ factor: Int64) -> (order: UInt8, size: Int) {
        let bits = residualBits(count)
        let limit = min(bits.0, bits.1, bits.2) + min(bits.0, bits.1, bits.2) / 8 + count
        var (best, bestSize) = (UInt8(1), Int.max)
        for (order, bits) in [(UInt8(1), bits.1), (0, bits.0), (2, bits.2)] where bits <= limit {
            makeResiduals(count, order, factor)
            let size = ResidualBlocks.size(residuals, count: count - 1)
            if size < bestSize { (best, bestSize) = (order, size) }
        }
        return (best, bestSize)
    }
    /// Of all residuals of each order together, were each as short as it can be.
    private func residualBits(_ count: Int) -> (Int, Int, Int) {
        var (bits, previous) = ((0, 0, 0), Int64(0))
        for index in 1..<max(count, 1) {
            let difference = numbers[index] &- numbers[index - 1]
            bits.0 &+= 64 &- zigzag(numbers[index] &- numbers[0]).leadingZeroBitCount
            bits.1 &+= 64 &- zigzag(difference).leadingZeroBitCount
            bits.2 &+= 64 &- zigzag(difference &- previous).leadingZeroBitCount
            previous = difference
        }
        return bits
    }

    private func makeResiduals(_ count: Int, _ order: UInt8, _ factor: Int64) {
        var previous = Int64(0)
        for index in 1..<max(count, 1) {
            let number = order == 0 ? numbers[index] &- numbers[0] : numbers[index] &- numbers[index - 1]
            let reduced = factor == 1 ? number : number / factor
            residuals[index - 1] = order == 2 ? reduced &- previous : reduced
            previous = reduced
        }
    }
}
