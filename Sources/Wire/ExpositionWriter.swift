import Telemetry

/// Writes a page of metrics as the OpenMetrics text format has it, to be read leniently: families need not stand together.
struct ExpositionWriter {
    private(set) var bytes: [UInt8] = []
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    mutating func metadata(_ family: String, type: String, help: String?, unit: String) {
        let name = Self.isName(family) ? family : "\"" + Self.escaped(family) + "\""
        if let help { bytes += "# HELP \(name) \(Self.escaped(help))\n".utf8 }
        bytes += "# TYPE \(name) \(type)\n".utf8
        if !unit.isEmpty, !unit.utf8.contains(PageByte.newline) { bytes += "# UNIT \(name) \(unit)\n".utf8 }
    }

    /// `labels` without the name.
    mutating func sample(
        _ name: String, _ labels: [Label], _ value: Double, _ time: Timestamp?, _ exemplar: ProtobufMetric.Exemplar? = nil
    ) throws(WireError) {
        guard bytes.count <= limit else { throw .tooLarge(what: "the page, written as text,", limit: limit) }
        if Self.isName(name) {
            bytes += name.utf8
            if !labels.isEmpty { write(labels) }
        } else {
            write(labels, behind: name)
        }
        bytes.append(PageByte.space)
        write(value)
        if let time { write(time) }
        if let exemplar {
            bytes += " # ".utf8
            write(exemplar.labels)
            bytes.append(PageByte.space)
            write(exemplar.value)
            if let time = exemplar.time { write(time) }
        }
        bytes.append(PageByte.newline)
    }

    mutating func end() { bytes += "# EOF\n".utf8 }

    private mutating func write(_ labels: [Label], behind name: String? = nil) {
        bytes.append(PageByte.openBrace)
        if let name { bytes += "\"\(Self.escaped(name))\"".utf8 }
        for (index, label) in labels.enumerated() {
            if index > 0 || name != nil { bytes.append(PageByte.comma) }
            if Self.isName(label.name), !label.name.utf8.contains(UInt8(ascii: ":")) {
                bytes += label.name.utf8
            } else {
                bytes += "\"\(Self.escaped(label.name))\"".utf8
            }
            bytes += "=\"".utf8
            bytes += Self.escaped(label.value).utf8
            bytes.append(PageByte.quote)
        }
        bytes.append(PageByte.closeBrace)
    }

    private mutating func write(_ value: Double) {
        bytes += (value.isFinite ? value.description : value.isNaN ? "NaN" : value < 0 ? "-Inf" : "+Inf").utf8
    }

    /// In seconds, to the millisecond.
    private mutating func write(_ time: Timestamp) {
        let (seconds, rest) = time.milliseconds.magnitude.quotientAndRemainder(dividingBy: 1000)
        let digits = String(rest)
        let zeros = String(repeating: "0", count: 3 - digits.utf8.count)
        bytes += (time.milliseconds < 0 ? " -" : " ").utf8
        bytes += "\(seconds).\(zeros)\(digits)".utf8
    }

    private static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, PageByte.isNameStart(first) else { return false }
        return name.utf8.allSatisfy { PageByte.isName($0) }
    }

    private static func escaped(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 == PageByte.backslash || $0 == PageByte.newline || $0 == PageByte.quote }) else { return text }
        var out: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case PageByte.backslash: out += "\\\\".utf8
            case PageByte.newline: out += "\\n".utf8
            case PageByte.quote: out += "\\\"".utf8
            default: out.append(byte)
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}

extension Double {
    /// As Prometheus writes the bounds of protobuf pages: `1.0`, `0.005`, `1e+06`, `+Inf`.
    var openMetricsText: String {
        guard isFinite else { return isNaN ? "NaN" : self < 0 ? "-Inf" : "+Inf" }
        let text = magnitude >= 1e-4 && magnitude < 1e6 || self == 0 ? decimalText : exponentText
        return text.utf8.contains { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "e") } ? text : text + ".0"
    }

    /// `1.5e-05`: an exponent of at least two digits.
    private var exponentText: String {
        let digits = magnitude.significantDigits
        let mantissa = digits.text.count == 1 ? digits.text : "\(digits.text.prefix(1)).\(digits.text.dropFirst())"
        let exponent = String(digits.exponent.magnitude)
        return (self < 0 ? "-" : "") + mantissa + (digits.exponent < 0 ? "e-" : "e+") + (exponent.utf8.count < 2 ? "0" : "") + exponent
    }

    /// The shortest digits, and the exponent of ten of the first. Of a finite number that is not negative and not zero.
    private var significantDigits: (text: String, exponent: Int) {
        let plain = decimalText
        let whole = plain.prefix { $0 != "." }
        let all = String(plain.filter { $0 != "." })
        let leading = all.prefix { $0 == "0" }.count
        var digits = String(all.dropFirst(leading))
        while digits.count > 1, digits.hasSuffix("0") { digits.removeLast() }
        return (digits, whole == "0" ? -leading : whole.count - 1)
    }
}
