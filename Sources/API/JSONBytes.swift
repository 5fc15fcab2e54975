/// JSON as it is being written: bytes in one growing piece of memory, with no check that brackets match.
struct JSONBytes: ~Copyable {
    private var start: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    private(set) var count = 0

    init(capacity: Int = 4096) {
        self.capacity = max(capacity, 64)
        start = .allocate(capacity: self.capacity)
    }
    deinit { start.deallocate() }

    var bytes: [UInt8] { Array(UnsafeBufferPointer(start: start, count: count)) }

    /// Room for `extra` bytes behind `count`.
    @inline(__always)
    private mutating func reserve(_ extra: Int) {
        if count + extra > capacity { grow(extra) }
    }
    private mutating func grow(_ extra: Int) {
        let grown = max(count + extra, capacity * 2)
        let moved = UnsafeMutablePointer<UInt8>.allocate(capacity: grown)
        moved.update(from: start, count: count)
        start.deallocate()
        (start, capacity) = (moved, grown)
    }

    @inline(__always)
    mutating func byte(_ byte: UInt8) {
        reserve(1)
        start[count] = byte
        count += 1
    }
    mutating func raw(_ text: StaticString) {
        let length = text.utf8CodeUnitCount
        reserve(length)
        (start + count).update(from: text.utf8Start, count: length)
        count += length
    }
    mutating func raw(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let from = bytes.baseAddress else { return }
        reserve(bytes.count)
        (start + count).update(from: from, count: bytes.count)
        count += bytes.count
    }

    /// In quotes, with what JSON can't hold escaped, and what means something to HTML, as Go does it.
    mutating func string(_ text: String) {
        var text = text
        text.withUTF8 { quoted($0, forHTML: true) }
    }
    /// A name or value of a label set, which Prometheus writes without regard to HTML.
    mutating func labelText(_ text: String) {
        var text = text
        text.withUTF8 { quoted($0, forHTML: false) }
    }
    private mutating func quoted(_ bytes: UnsafeBufferPointer<UInt8>, forHTML: Bool) {
        byte(UInt8(ascii: "\""))
        var from = 0
        for index in bytes.indices where needsEscape(bytes[index]) || forHTML && isOfHTML(bytes[index]) {
            raw(UnsafeBufferPointer(rebasing: bytes[from..<index]))
            escape(bytes[index])
            from = index + 1
        }
        raw(UnsafeBufferPointer(rebasing: bytes[from...]))
        byte(UInt8(ascii: "\""))
    }
    private func needsEscape(_ byte: UInt8) -> Bool { byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") }
    private func isOfHTML(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "<") || byte == UInt8(ascii: ">") || byte == UInt8(ascii: "&")
    }
    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): raw("\\\"")
        case UInt8(ascii: "\\"): raw("\\\\")
        case UInt8(ascii: "\n"): raw("\\n")
        case UInt8(ascii: "\r"): raw("\\r")
        case UInt8(ascii: "\t"): raw("\\t")
        default:
            raw("\\u00")
            self.byte(hexDigit(byte >> 4))
            self.byte(hexDigit(byte & 15))
        }
    }
    private func hexDigit(_ value: UInt8) -> UInt8 { value < 10 ? value + 48 : value + 87 }

    mutating func bool(_ value: Bool) { value ? raw("true") : raw("false") }

    mutating func integer(_ value: Int) {
        if value < 0 { byte(UInt8(ascii: "-")) }
        digits(UInt64(value.magnitude), atLeast: 1)
    }

    /// Padded with zeros in front.
    private mutating func digits(_ value: UInt64, atLeast width: Int) {
        reserve(max(width, 20))
        var length = 1
        var power: UInt64 = 10
        while length < 20, value >= power {
            length += 1
            let (next, overflow) = power.multipliedReportingOverflow(by: 10)
            if overflow { break }
            power = next
        }
        length = max(length, width)
        var rest = value
        var place = start + count + length
        for _ in 0..<length {
            place -= 1
            let quotient = rest / 10
            place.pointee = UInt8(truncatingIfNeeded: rest &- quotient &* 10) &+ 48
            rest = quotient
        }
        count += length
    }

    /// Milliseconds as seconds, with three decimals where they are not whole: as Prometheus writes the times of samples.
    mutating func seconds(milliseconds: Int64) {
        if milliseconds < 0 { byte(UInt8(ascii: "-")) }
        let (whole, part) = milliseconds.magnitude.quotientAndRemainder(dividingBy: 1000)
        digits(whole, atLeast: 1)
        guard part != 0 else { return }
        byte(UInt8(ascii: "."))
        digits(part, atLeast: 3)
    }

    /// In quotes, as Prometheus writes the values of samples: Go's shortest digits, with an exponent below 1e-6 and from 1e21 on.
    mutating func sampleValue(_ value: Double) {
        byte(UInt8(ascii: "\""))
        number(value, hasExponent: value != 0 && (value.magnitude < 1e-6 || value.magnitude >= 1e21))
        byte(UInt8(ascii: "\""))
    }
    /// In quotes and never with an exponent, as Prometheus writes a scalar.
    mutating func scalarValue(_ value: Double) {
        byte(UInt8(ascii: "\""))
        number(value, hasExponent: false)
        byte(UInt8(ascii: "\""))
    }
    /// A bare JSON number, as `encoding/json` writes one; 0 for what JSON does not have.
    mutating func bareNumber(_ value: Double) {
        let finite = value.isFinite ? value : 0
        number(finite, hasExponent: finite != 0 && (finite.magnitude < 1e-6 || finite.magnitude >= 1e21))
    }

    private mutating func number(_ value: Double, hasExponent: Bool) {
        guard value.isFinite else { return value.isNaN ? raw("NaN") : value < 0 ? raw("-Inf") : raw("+Inf") }
        if value.sign == .minus { byte(UInt8(ascii: "-")) }
        let size = value.magnitude
        if !hasExponent, thousandths(size) { return }
        var shortest = ShortestDigits(size)
        shortest.withDigits { hasExponent ? scientific($0, $1) : plain($0, $1) }
    }

    /// Most values are whole or have few decimals, and then division tells that without the search for the shortest digits. False, and nothing
    /// written, for others: what has at most fifteen digits is the shortest there is, for no other such number reads back as the same value.
    @inline(__always)
    private mutating func thousandths(_ size: Double) -> Bool {
        guard size < 1e12 else { return false }
        let scaled = (size * 1000).rounded()
        guard scaled / 1000 == size else { return false }
        let (whole, part) = UInt64(scaled).quotientAndRemainder(dividingBy: 1000)
        digits(whole, atLeast: 1)
        guard part != 0 else { return true }
        byte(UInt8(ascii: "."))
        digits(part, atLeast: 3)
        while start[count - 1] == UInt8(ascii: "0") { count -= 1 }
        return true
    }

    /// `d.ddd × 10^exponent`, written out.
    private mutating func plain(_ digits: UnsafeBufferPointer<UInt8>, _ exponent: Int) {
        if exponent < 0 {
            raw("0.")
            zeros(-exponent - 1)
            return raw(digits)
        }
        let whole = min(digits.count, exponent + 1)
        raw(UnsafeBufferPointer(rebasing: digits[..<whole]))
        if digits.count <= exponent { return zeros(exponent + 1 - digits.count) }
        guard digits.count > whole else { return }
        byte(UInt8(ascii: "."))
        raw(UnsafeBufferPointer(rebasing: digits[whole...]))
    }
    private mutating func scientific(_ digits: UnsafeBufferPointer<UInt8>, _ exponent: Int) {
        raw(UnsafeBufferPointer(rebasing: digits.prefix(1)))
        if digits.count > 1 {
            byte(UInt8(ascii: "."))
            raw(UnsafeBufferPointer(rebasing: digits.dropFirst()))
        }
        byte(UInt8(ascii: "e"))
        byte(UInt8(ascii: exponent < 0 ? "-" : "+"))
        self.digits(UInt64(exponent.magnitude), atLeast: 2)
    }
    private mutating func zeros(_ count: Int) { for _ in 0..<max(count, 0) { byte(UInt8(ascii: "0")) } }
}

/// The shortest decimal digits that read back as a positive number, without zeros at either end.
private struct ShortestDigits: TextOutputStream {
    /// The longest description of a finite double has 24 bytes.
    private typealias Bytes = (UInt64, UInt64, UInt64, UInt64)
    private var storage: Bytes = (0, 0, 0, 0)
    private var count = 0
    private var exponent = 0

    init(_ value: Double) {
        value.write(to: &self)
        parse()
    }

    mutating func write(_ string: String) { for byte in string.utf8.prefix(32 - count) { append(byte) } }
    /// The standard library hands digits over by this, without making a string of them first.
    mutating func _writeASCII(_ buffer: UnsafeBufferPointer<UInt8>) { for byte in buffer.prefix(32 - count) { append(byte) } }
    private mutating func append(_ byte: UInt8) {
        let index = count
        withUnsafeMutableBytes(of: &storage) { $0[index] = byte }
        count += 1
    }

    /// From `123.45`, `0.00012` or `1.2e-07` to digits and the exponent of the first.
    private mutating func parse() {
        let length = count
        var (written, point, leading, power) = (0, 0, 0, 0)
        var (isFraction, isPower, isNegative) = (false, false, false)
        withUnsafeMutableBytes(of: &storage) { bytes in
            for index in 0..<length {
                let byte = bytes[index]
                switch byte {
                case UInt8(ascii: "."): isFraction = true
                case UInt8(ascii: "e"): isPower = true
                case UInt8(ascii: "-"): isNegative = true
                case UInt8(ascii: "0")...UInt8(ascii: "9"):
                    if isPower {
                        power = power * 10 + Int(byte - 48)
                        continue
                    }
                    if !isFraction { point += 1 }
                    if written == 0, byte == UInt8(ascii: "0") {
                        leading += 1
                    } else {
                        bytes[written] = byte
                        written += 1
                    }
                default: break
                }
            }
            while written > 0, bytes[written - 1] == UInt8(ascii: "0") { written -= 1 }
        }
        count = written
        exponent = point - leading - 1 + (isNegative ? -power : power)
    }

    mutating func withDigits(_ body: (UnsafeBufferPointer<UInt8>, _ exponent: Int) -> Void) {
        let (count, exponent) = (count, exponent)
        withUnsafeBytes(of: &storage) { body(UnsafeBufferPointer(rebasing: $0.bindMemory(to: UInt8.self)[..<count]), exponent) }
    }
}
