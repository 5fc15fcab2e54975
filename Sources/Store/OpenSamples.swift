import Telemetry

/// The samples of a series that are not sealed yet: a few bytes each, appended while snapshots read what stood before. Drawn in docs/store.md.
enum OpenSamples {
    /// Beyond it a chunk is sealed, however few samples it has.
    static let longest = 480
    /// Each begins with six ones, which no whole number does.
    enum Mark { static let raw: UInt8 = 0x3f, time: UInt8 = 0x7f, places: UInt8 = 0xbf }
    /// Whole numbers of a finer scale must stay where differences fit 58 bits.
    private static let largestReference = UInt64(1) << 55
    /// So that the allocator wastes nothing: eight bytes less than a multiple of sixteen. Each is paid with a copy of what stood in the one before.
    private static let capacities: [UInt16] = [24, 56, 104, 184, 312, 504]

    // MARK: Writing

    /// The first sample needs no memory but the head.
    static func begin(_ head: inout SeriesHead, _ time: Int64, _ value: Double) {
        head.flags.remove(.isUnscaled)
        head.flags.insert(.hasSamples)
        if let whole = DecimalScale.whole(value, power: DecimalScale.power(Int(head.places))) {
            head.last = UInt64(bitPattern: whole)
            head.flags.remove(.isRaw)
        } else if let places = DecimalScale.places(value), let whole = DecimalScale.whole(value, power: DecimalScale.power(places)) {
            (head.places, head.last) = (UInt8(places), UInt64(bitPattern: whole))
            head.flags.remove(.isRaw)
        } else {
            head.last = value.bitPattern
            head.flags.insert(.isRaw)
            if Sample.isStale(value) { head.flags.insert(.hasMarkers) }
        }
        (head.lastTime, head.count) = (time, 1)
    }

    /// Appends a sample that is newer than the last; there is one already. `allocate` gives memory for more, and takes what stood there back.
    @inline(__always)
    static func append(_ head: inout SeriesHead, _ time: Int64, _ value: Double, grow: (inout SeriesHead, Int) -> Void) {
        if time &- head.lastTime == Int64(head.step), !head.flags.contains(.isRaw), let open = head.open,
            let whole = DecimalScale.whole(value, power: DecimalScale.power(Int(head.places)))
        {
            let (bits, size) = number(zigzag(whole &- Int64(bitPattern: head.last)))
            if put(bits, size, at: open + Int(head.length), room: Int(head.capacity) &- Int(head.length)) {
                head.length &+= UInt16(truncatingIfNeeded: size)
                head.last = UInt64(bitPattern: whole)
                head.lastTime = time
                return head.count &+= 1
            }
        }
        appendAnything(&head, time, value, grow: grow)
    }
    /// False where there is no room for `size` bytes.
    @inline(__always)
    private static func put(_ bits: UInt64, _ size: Int, at place: UnsafeMutablePointer<UInt8>, room: Int) -> Bool {
        if room >= 8 {
            UnsafeMutableRawPointer(place).storeBytes(of: bits, as: UInt64.self)
            return true
        }
        guard room >= size else { return false }
        for index in 0..<size { place[index] = UInt8(truncatingIfNeeded: bits &>> UInt64(8 &* index)) }
        return true
    }

    /// A whole number with its tag: so many ones as bytes follow the first, and a zero.
    @inline(__always) private static func number(_ zigzag: UInt64) -> (bits: UInt64, size: Int) {
        let size = max(1, (70 - (zigzag | 1).leadingZeroBitCount) / 7)
        return size <= 5 ? (zigzag << UInt64(size) | ((1 << UInt64(size - 1)) - 1), size) : (zigzag << 6 | 0x1f, 8)
    }

    /// What was no decimal before and is none now: its bits, behind a mark.
    @inline(__always)
    private static func appendRaw(_ head: inout SeriesHead, _ time: Int64, _ value: Double) -> Bool {
        guard head.flags.isSuperset(of: [.isRaw, .isUnscaled]), time &- head.lastTime == Int64(head.step),
            Int(head.length) + 9 <= Int(head.capacity),
            let open = head.open, !Sample.isStale(value), DecimalScale.whole(value, power: DecimalScale.power(Int(head.places))) == nil
        else { return false }
        let place = UnsafeMutableRawPointer(open + Int(head.length))
        place.storeBytes(of: Mark.raw, as: UInt8.self)
        place.storeBytes(of: value.bitPattern, toByteOffset: 1, as: UInt64.self)
        head.length += 9
        (head.last, head.lastTime) = (value.bitPattern, time)
        head.count += 1
        return true
    }

    @inline(never)
    private static func appendAnything(_ head: inout SeriesHead, _ time: Int64, _ value: Double, grow: (inout SeriesHead, Int) -> Void) {
        if appendRaw(&head, time, value) { return }
        let distance = time &- head.lastTime
        if head.count == 1 {
            // The step is free to be chosen as long as nothing was told by it.
            head.step = UInt32(exactly: distance) ?? 0
        } else if head.count == 2, distance != Int64(head.step), let step = UInt32(exactly: distance) {
            restart(&head, step, grow: grow)
        }
        write(&head, time, value, grow: grow)
    }
    /// Begins once more with its two samples and another step: a target is scraped at once, and from then on at its place in each interval, so
    /// that the first distance is not the rule.
    private static func restart(_ head: inout SeriesHead, _ step: UInt32, grow: (inout SeriesHead, Int) -> Void) {
        withUnsafeTemporaryAllocation(of: Int64.self, capacity: 2) { times in
            withUnsafeTemporaryAllocation(of: Double.self, capacity: 2) { values in
                guard let firstTime = times.baseAddress, let firstValue = values.baseAddress else { return }
                decode(head, times: firstTime, values: firstValue)
                begin(&head, times[0], values[0])
                (head.step, head.length) = (step, 0)
                // Readers may be at what stood there: it is left to them.
                grow(&head, Int(head.capacity))
                write(&head, times[1], values[1], grow: grow)
            }
        }
    }
    private static func write(_ head: inout SeriesHead, _ time: Int64, _ value: Double, grow: (inout SeriesHead, Int) -> Void) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 64) { scratch in
            guard let start = scratch.baseAddress else { return }
            var writer = VarintWriter(start)
            if head.count == 1 {
                writer.bits(UInt64(bitPattern: head.lastTime))
                writer.byte(Mark.places)
                writer.byte(head.places)
                write(head.flags.contains(.isRaw) ? nil : Int64(bitPattern: head.last), bits: head.last, reference: 0, &writer)
            }
            let distance = time &- head.lastTime
            if distance != Int64(head.step) {
                writer.byte(Mark.time)
                writer.signed(distance &- Int64(head.step))
            }
            append(value, &head, &writer)
            let size = writer.place - start
            if Int(head.length) + size > Int(head.capacity) || head.open == nil { grow(&head, Int(head.length) + size) }
            guard let open = head.open else { return }
            (open + Int(head.length)).update(from: start, count: size)
            head.length += UInt16(size)
            head.lastTime = time
            head.count += 1
        }
    }
    private static func append(_ value: Double, _ head: inout SeriesHead, _ writer: inout VarintWriter) {
        var reference = head.flags.contains(.isRaw) ? 0 : Int64(bitPattern: head.last)
        var whole = DecimalScale.whole(value, power: DecimalScale.power(Int(head.places)))
        if whole == nil, !head.flags.contains(.isUnscaled) {
            if let places = DecimalScale.places(value, least: Int(head.places) + 1),
                let moved = moved(reference, by: places - Int(head.places))
            {
                writer.byte(Mark.places)
                writer.byte(UInt8(places))
                head.places = UInt8(places)
                reference = moved
                whole = DecimalScale.whole(value, power: DecimalScale.power(places))
            } else if value.isFinite {
                head.flags.insert(.isUnscaled)
            }
        }
        write(whole, bits: value.bitPattern, reference: reference, &writer)
        if let whole {
            head.last = UInt64(bitPattern: whole)
            head.flags.remove(.isRaw)
        } else {
            head.last = value.bitPattern
            head.flags.insert(.isRaw)
            if Sample.isStale(value) { head.flags.insert(.hasMarkers) }
        }
    }
    private static func write(_ whole: Int64?, bits: UInt64, reference: Int64, _ writer: inout VarintWriter) {
        if let whole {
            let (bits, size) = number(zigzag(whole &- reference))
            writer.bits(bits, bytes: size)
        } else {
            writer.byte(Mark.raw)
            writer.bits(bits)
        }
    }
    private static func moved(_ reference: Int64, by places: Int) -> Int64? {
        let (moved, overflow) = reference.multipliedReportingOverflow(by: Int64(DecimalScale.power(places)))
        return overflow || moved.magnitude > largestReference ? nil : moved
    }
    /// The least capacity that takes `size` bytes.
    static func capacity(_ size: Int) -> UInt16 { capacities.first { Int($0) >= size } ?? UInt16((size + 23) & ~15 | 8) }

    // MARK: Reading

    /// Writes all open samples of `head`, ascending: room for `head.count` each.
    static func decode(_ head: SeriesHead, times: UnsafeMutablePointer<Int64>, values: UnsafeMutablePointer<Double>) {
        guard let open = head.open, head.count > 1 else {
            if head.count == 1 { (times[0], values[0]) = (head.lastTime, head.lastValue) }
            return
        }
        var reader = OpenReader(open, count: Int(head.length))
        let (step, count) = (Int64(head.step), Int(head.count))
        var time = Int64(bitPattern: reader.eight()) &- step
        var scale = Scale()
        var index = 0
        while index < count {
            let numbers = UnsafeMutableRawPointer(values + index).assumingMemoryBound(to: UInt64.self)
            let run = readWholes(&reader, to: numbers, most: count &- index, &scale.reference)
            DecimalScale.restore(numbers, count: run, places: Int(scale.places))
            let (place, before) = (times + index, time)
            forEachIndex(run) { place[$0] = before &+ step &* Int64($0 &+ 1) }
            time &+= step &* Int64(run)
            index &+= run
            guard index < count else { return }
            if UInt8(truncatingIfNeeded: reader.peek()) == Mark.raw {
                reader.skip(1)
                time &+= step
                (times[index], values[index]) = (time, Double(bitPattern: reader.eight()))
                scale.reference = 0
                index &+= 1
            } else {
                readMark(&reader, &time, &scale)
            }
        }
    }
    private struct Scale {
        var reference = Int64(0)
        var places: UInt8 = 0
    }
    /// Reads whole numbers up to the next mark, but no more than `most`; returns how many.
    @inline(__always)
    private static func readWholes(
        _ reader: inout OpenReader, to out: UnsafeMutablePointer<UInt64>, most: Int, _ reference: inout Int64
    ) -> Int {
        var count = 0
        while count < most {
            let bits = reader.peek()
            // No branch for the size: it differs from sample to sample, and the next one waits for it.
            let ones = UInt64((~bits).trailingZeroBitCount)
            if ones >= 6 { break }
            let size = ones < 5 ? ones &+ 1 : 8
            reference &+= unzigzag(ones < 5 ? (bits &<< (64 &- 8 &* size)) &>> (64 &- 7 &* size) : bits &>> 6)
            out[count] = UInt64(bitPattern: reference)
            reader.skip(Int(size))
            count &+= 1
        }
        return count
    }
    @inline(never) private static func readMark(_ reader: inout OpenReader, _ time: inout Int64, _ scale: inout Scale) {
        if reader.byte() == Mark.time { return time &+= reader.signed() }
        let finer = reader.byte()
        scale.reference = scale.reference &* Int64(DecimalScale.power(Int(finer &- scale.places)))
        scale.places = finer
    }
}

/// Reads no byte behind the last one: the writer may be at it.
private struct OpenReader {
    private var place: UnsafeRawPointer
    private let end: UnsafeRawPointer

    init(_ start: UnsafeMutablePointer<UInt8>, count: Int) {
        place = UnsafeRawPointer(start)
        end = place + count
    }
    /// The next eight bytes, zero behind the end.
    @inline(__always) func peek() -> UInt64 { place + 8 <= end ? place.loadUnaligned(as: UInt64.self) : peekTail() }
    @inline(never) private func peekTail() -> UInt64 {
        var bits = UInt64(0)
        for index in 0..<max(0, end - place) { bits |= UInt64((place + index).load(as: UInt8.self)) << UInt64(8 * index) }
        return bits
    }
    @inline(__always) mutating func skip(_ count: Int) { place += count }
    mutating func eight() -> UInt64 {
        defer { place += 8 }
        return peek()
    }
    mutating func byte() -> UInt8 {
        defer { place += 1 }
        return UInt8(truncatingIfNeeded: peek())
    }
    mutating func signed() -> Int64 {
        var (number, shift) = (UInt64(0), UInt64(0))
        while place < end {
            let byte = byte()
            number |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { break }
            shift += 7
        }
        return unzigzag(number)
    }
}
