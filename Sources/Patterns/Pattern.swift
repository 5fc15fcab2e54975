import CRE2
import Telemetry

/// A regular expression as RE2 understands it: matched in time linear in the text, without back references.
///
/// The syntax is https://github.com/google/re2/wiki/Syntax. The memory of a program and of what it learns while matching is bounded by
/// `memoryLimit`; what would not fit is refused. `\C`, which would split a scalar, is refused too.
package struct Pattern: Sendable {
    /// Bytes of one compiled expression and the states that it keeps.
    package static let memoryLimit: Int64 = 16 << 20
    /// Bytes of a pattern's text.
    package static let lengthLimit = 1 << 20
    /// Groups within each other.
    package static let depthLimit = 1000

    package let source: String
    /// What a whole match is known to look like, for whoever looks it up in an index.
    package let shape: PatternShape
    private let program: PatternProgram
    /// The bytes of a pattern that is one plain string.
    private let literal: [UInt8]?

    /// `dotMatchesNewline` is RE2's flag `s`, which Prometheus sets for label matchers and `label_replace`.
    package init(_ source: String, caseInsensitive: Bool = false, dotMatchesNewline: Bool = false) throws(PatternError) {
        self.source = source
        program = try PatternProgram(source, ignoresCase: caseInsensitive, dotMatchesNewline: dotMatchesNewline)
        shape = caseInsensitive ? .other : PatternShape(of: source, dotMatchesNewline: dotMatchesNewline)
        if case .strings(let strings) = shape, strings.count == 1 { literal = Array(strings[0].utf8) } else { literal = nil }
    }

    /// The strings that match as a whole, and no others do; nil when they are not few and plain. In the order of the pattern.
    package var alternatives: [String]? { if case .strings(let strings) = shape { strings } else { nil } }
    /// What every text begins with that matches as a whole. May be empty.
    package var prefix: String {
        switch shape {
        case .prefix(let prefix, _): prefix
        case .strings(let strings) where strings.count == 1: strings[0]
        default: ""
        }
    }

    /// True when the pattern matches the text from its first byte to its last.
    package func matchesWhole(_ text: some StringProtocol) -> Bool { withBytes(of: text) { matchesWhole(utf8: $0) } }
    package func matchesWhole(utf8: UnsafeBufferPointer<UInt8>) -> Bool {
        if let literal { return utf8.count == literal.count && utf8.elementsEqual(literal) }
        if case .anything = shape { return true }
        return program.matches(utf8, isAnchored: true)
    }
    /// The leftmost match, as RE2 finds it, in byte offsets. Bytes that are not UTF-8 are matched by nothing.
    package func firstMatch(in text: some StringProtocol) -> Range<Int>? { withBytes(of: text) { firstMatch(in: $0) } }
    package func firstMatch(in utf8: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
        if let literal { return firstOccurrence(of: literal, in: utf8) }
        return program.firstMatch(in: utf8)
    }

    /// The whole text's match and its groups, nil for a group that took no part; nil when the text does not match as a whole.
    package func captures(of text: String) -> [Substring?]? {
        withBytes(of: text) { bytes in
            program.captures(of: bytes).map { spans in
                spans.map { span in
                    span.map {
                        text[
                            text.utf8.index(
                                text.startIndex, offsetBy: $0.lowerBound)..<text.utf8.index(text.startIndex, offsetBy: $0.upperBound)]
                    }
                }
            }
        }
    }
    /// Every match with its groups, from left to right, none over another; an empty one not right behind another, as Go's `ReplaceAll`.
    func allCaptures(in text: String) -> [[Range<Int>?]] {
        withBytes(of: text) { bytes in
            var (out, start, lastEnd) = ([[Range<Int>?]](), 0, -1)
            while start <= bytes.count, let spans = program.captures(in: bytes, from: start), let whole = spans.first ?? nil {
                if !whole.isEmpty || whole.lowerBound != lastEnd { out.append(spans) }
                lastEnd = whole.upperBound
                start = whole.isEmpty ? Self.afterScalar(at: whole.upperBound, bytes) : whole.upperBound
            }
            return out
        }
    }
    private static func afterScalar(at place: Int, _ bytes: UnsafeBufferPointer<UInt8>) -> Int {
        var next = place + 1
        while next < bytes.count, bytes[next] & 0xc0 == 0x80 { next += 1 }
        return next
    }

    /// The groups' names by their numbers from 1; nil for a group without one.
    package var groupNames: [String?] { program.groupNames }
}

private func withBytes<Result>(of text: some StringProtocol, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
    if let result = text.utf8.withContiguousStorageIfAvailable(body) { return result }
    return Array(text.utf8).withUnsafeBufferPointer(body)
}

private func firstOccurrence(of wanted: [UInt8], in text: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
    let start = Int(dw_re2_find(text.baseAddress, text.count, wanted, wanted.count))
    return start < 0 ? nil : start..<(start + wanted.count)
}
