import Telemetry

/// The value of a label of type number as OpenMetrics writes it: `1` is `1.0`.
func openMetricsText(_ value: Double) -> String {
    let text = value.brief
    return value.isFinite && !text.contains(where: { $0 == "." || $0 == "e" }) ? text + ".0" : text
}

/// With so many digits behind the point, as C's `%.3f`.
func fixed(_ value: Double, decimals: Int) -> String {
    guard value.isFinite else { return value.plainText }
    var text = value.plainText
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
