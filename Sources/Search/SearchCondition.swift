import Patterns
import Telemetry

/// One term made ready: its field known, its value read as number, length of time and level, its pattern compiled.
package struct SearchCondition: Sendable {
    package enum Field: Hashable, Sendable {
        case level, service, message, trace, span, name, kind, status, duration, traceDuration, version, source
        case attribute(String)
        /// Words anywhere in the text.
        case text
        case root
    }
    package enum Comparison: Sendable { case equal, matches(Pattern), greater, greaterOrEqual, less, lessOrEqual }

    package let field: Field
    package let comparison: Comparison
    package let text: String
    package let number: Double?
    package let duration: TimeSpan?
    package let level: Severity?
    let utf8: [UInt8]
    private let folded: FoldedText

    init(field: Field, comparison: Comparison, text: String) {
        self.field = field
        self.comparison = comparison
        self.text = text
        number = Double(text)
        duration = TimeSpan(search: text)
        level = Severity(named: text)
        utf8 = Array(text.utf8)
        folded = FoldedText(text)
    }

    /// True when it holds for a string: equal, matched, or in the order of numbers where both are numbers, else of letters.
    package func holds(_ value: String) -> Bool {
        var value = value
        return value.withUTF8 { holds(utf8: $0) }
    }
    package func holds(utf8 value: UnsafeBufferPointer<UInt8>) -> Bool {
        switch comparison {
        case .equal: return value.elementsEqual(utf8)
        case .matches(let pattern): return pattern.firstMatch(in: value) != nil
        case .greater, .greaterOrEqual, .less, .lessOrEqual:
            if let number, let other = Double(String(decoding: value, as: UTF8.self)) { return ordered(other, number) }
            return ordered(String(decoding: value, as: UTF8.self), text)
        }
    }
    package func holds(_ value: AttributeValue) -> Bool {
        if case .array(let elements) = value, elements.contains(where: { holds($0) }) { return true }
        if let number, let other = value.number {
            switch comparison {
            case .equal: return other == number || value.text == text
            case .matches: break
            default: return ordered(other, number)
            }
        }
        if case .matches(let pattern) = comparison { return pattern.firstMatch(in: value.text) != nil }
        return holds(value.text)
    }
    /// For lengths of time: the value must be one (`500ms`) or it never holds.
    package func holds(_ value: TimeSpan) -> Bool {
        guard let duration else { return false }
        return ordered(value.nanoseconds, duration.nanoseconds)
    }
    /// For levels: `level>=warn`; equality disregards the steps between levels.
    package func holds(_ value: Severity) -> Bool {
        if case .matches(let pattern) = comparison { return pattern.firstMatch(in: value.name) != nil }
        guard let level else { return text.isEmpty && value == .unspecified && isEquality }
        return isEquality ? value.level == level.level : value != .unspecified && ordered(value.level, level.level)
    }
    /// For text searches: the words stand in `utf8`, whatever their case.
    package func isContained(inUTF8 utf8: UnsafeBufferPointer<UInt8>) -> Bool { folded.isContained(in: utf8) }
    package func isContained(in text: String) -> Bool {
        var text = text
        return text.withUTF8 { folded.isContained(in: $0) }
    }

    private var isEquality: Bool { if case .equal = comparison { true } else { false } }

    private func ordered<Value: Comparable>(_ value: Value, _ wanted: Value) -> Bool {
        switch comparison {
        case .equal: value == wanted
        case .matches: false
        case .greater: value > wanted
        case .greaterOrEqual: value >= wanted
        case .less: value < wanted
        case .lessOrEqual: value <= wanted
        }
    }
}

/// Words to look for, disregarding case.
struct FoldedText: Sendable {
    private let bytes: [UInt8]
    private let isASCII: Bool

    init(_ text: String) {
        bytes = Array(text.lowercased().utf8)
        isASCII = bytes.allSatisfy { $0 < 0x80 }
    }

    func isContained(in text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let first = bytes.first else { return true }
        // Only letters beyond ASCII need folding by Unicode, which makes a string; ASCII is folded byte by byte.
        guard isASCII else { return find(first, in: Array(String(decoding: text, as: UTF8.self).lowercased().utf8)) }
        return text.count >= bytes.count && find(first, in: text)
    }

    private func find(_ first: UInt8, in text: some RandomAccessCollection<UInt8>) -> Bool {
        text.withContiguousStorageIfAvailable { text in
            guard text.count >= bytes.count else { return false }
            return bytes.withUnsafeBufferPointer { wanted in
                for start in 0...(text.count - wanted.count) where lower(text[start]) == first {
                    var length = 1
                    while length < wanted.count, lower(text[start + length]) == wanted[length] { length += 1 }
                    if length == wanted.count { return true }
                }
                return false
            }
        } ?? false
    }

    @inline(__always) private func lower(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }
}

extension TimeSpan {
    /// As searches write it: `500ms`, `1.5s`, `2m`, `10us`, `1m30s`; nil for anything else.
    package init?(search text: String) {
        let units: [(String, Double)] = [
            ("ns", 1), ("us", 1e3), ("µs", 1e3), ("μs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3600e9), ("d", 86_400e9),
        ]
        var rest = Substring(text)
        var total = 0.0
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { ("0"..."9").contains($0) || $0 == "." }
            rest = rest.dropFirst(digits.count)
            let letters = rest.prefix { !("0"..."9").contains($0) && $0 != "." }
            rest = rest.dropFirst(letters.count)
            guard let count = Double(digits), let unit = units.first(where: { $0.0 == letters }) else { return nil }
            total += count * unit.1
        }
        guard total < 9e18 else { return nil }
        self = .nanoseconds(Int64(total.rounded()))
    }
}
