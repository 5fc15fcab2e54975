/// The shortest decimal that reads back the same, without an exponent: `0.1`, `+Inf`, `NaN`.
package func plain(_ value: Double) -> String {
    guard value.isFinite else { return value.isNaN ? "NaN" : value < 0 ? "-Inf" : "+Inf" }
    var text = "\(value)"
    if text.hasSuffix(".0") { text.removeLast(2) }
    guard let mark = text.firstIndex(of: "e"), let exponent = Int(text[text.index(after: mark)...]) else { return text }
    var digits = text[..<mark].filter { $0.isNumber }
    let sign = text.hasPrefix("-") ? "-" : ""
    let mantissa = text[..<mark].drop { $0 == "-" }
    let point = (mantissa.firstIndex(of: ".").map { mantissa.distance(from: mantissa.startIndex, to: $0) } ?? mantissa.count) + exponent
    if point <= 0 { return sign + "0." + String(repeating: "0", count: -point) + digits }
    if point >= digits.count { return sign + digits + String(repeating: "0", count: point - digits.count) }
    digits.insert(".", at: digits.index(digits.startIndex, offsetBy: point))
    return sign + digits
}

/// With so many digits behind the point, as C's `%.3f`.
package func fixed(_ value: Double, decimals: Int) -> String {
    guard value.isFinite else { return plain(value) }
    var text = plain(value)
    let point = text.firstIndex(of: ".") ?? text.endIndex
    let digits = text[point...].dropFirst().count
    guard digits > decimals else {
        return (digits == 0 ? text + (decimals > 0 ? "." : "") : text) + String(repeating: "0", count: decimals - digits)
    }
    // What is to be cut is rounded in decimal: the shortest digits stand for the value.
    let cut = text.index(point, offsetBy: decimals + 1)
    let roundsUp = text[cut] >= "5"
    text = String(text[..<cut])
    if text.hasSuffix(".") { text.removeLast() }
    return roundsUp ? incremented(text) : text
}

/// One more in the last digit.
private func incremented(_ text: String) -> String {
    var bytes = Array(text.utf8)
    for index in bytes.indices.reversed() where bytes[index] >= UInt8(ascii: "0") && bytes[index] <= UInt8(ascii: "9") {
        if bytes[index] < UInt8(ascii: "9") {
            bytes[index] += 1
            return String(decoding: bytes, as: UTF8.self)
        }
        bytes[index] = UInt8(ascii: "0")
    }
    bytes.insert(UInt8(ascii: "1"), at: bytes.first == UInt8(ascii: "-") ? 1 : 0)
    return String(decoding: bytes, as: UTF8.self)
}
