/// Why a regular expression was refused.
package struct PatternError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One clause, such as "missing closing )".
    package var detail: String
    /// Where, as a byte offset into the pattern.
    package var offset: Int
    package init(detail: String, offset: Int) {
        self.detail = detail
        self.offset = offset
    }
    package var description: String { "\(detail) at byte \(offset) of the pattern" }
}

/// A regular expression in the syntax of RE2, matched in time linear in the text: no backtracking.
///
/// Taken: literals, `.`, classes (POSIX names too), groups, `|`, `* + ? {m,n}` greedy and lazy, `^ $ \A \z \b \B`, `\d \w \s` and their
/// opposites, `\x41`, `\x{1F600}`, the flags `i`, `s`, `m`. Refused, with a reason: back references, look-around, Unicode properties, whatever
/// would make a program of more than `instructionLimit` instructions. Groups capture nothing. The price of a byte is at most the program's size.
package struct Pattern: Sendable {
    /// Instructions of one program; what counts is the pattern with its `{m,n}` written out.
    package static let instructionLimit = 10_000

    enum Instruction: Sendable {
        /// One scalar of the set with this index.
        case set(Int)
        /// Goes on at both; the first is preferred.
        case split(Int, Int)
        case jump(Int)
        case check(Assertion)
        case match
    }
    enum Assertion: Sendable { case textStart, textEnd, lineStart, lineEnd, wordBoundary, noWordBoundary }

    package let source: String
    let program: [Instruction]
    let sets: [ScalarSet]
    /// The bytes that a match may begin with; nil when it may be empty or begins with an assertion.
    let firstBytes: ByteSet?
    /// The bytes of a pattern that is one plain string.
    let literal: [UInt8]?
    /// Bytes that every match contains: without them there is no need to run the machine. May be empty.
    let required: [UInt8]

    /// `dotMatchesNewline` is RE2's flag `s`, which Prometheus sets for label matchers.
    package init(_ source: String, caseInsensitive: Bool = false, dotMatchesNewline: Bool = false) throws(PatternError) {
        self.source = source
        var parser = PatternParser(source, flags: .init(ignoresCase: caseInsensitive, dotMatchesNewline: dotMatchesNewline))
        let tree = try parser.parse()
        var compiler = PatternCompiler()
        try compiler.compile(tree)
        program = compiler.program
        sets = compiler.sets
        literal = tree.literalBytes
        required = tree.requiredBytes
        firstBytes = compiler.firstBytes
    }

    /// True when the pattern matches the text from its first byte to its last.
    package func matchesWhole(_ text: some StringProtocol) -> Bool { withBytes(of: text) { matchesWhole(utf8: $0) } }
    package func matchesWhole(utf8: UnsafeBufferPointer<UInt8>) -> Bool {
        if let literal { return utf8.count == literal.count && utf8.elementsEqual(literal) }
        return run(over: utf8, isAnchored: true) != nil
    }
    /// The leftmost match, as RE2 finds it, in byte offsets.
    package func firstMatch(in text: some StringProtocol) -> Range<Int>? { withBytes(of: text) { firstMatch(in: $0) } }
    package func firstMatch(in utf8: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
        if let literal { return firstOccurrence(of: literal, in: utf8) }
        if !required.isEmpty, firstOccurrence(of: required, in: utf8) == nil { return nil }
        return run(over: utf8, isAnchored: false)
    }
}

private func withBytes<Result>(of text: some StringProtocol, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
    if let result = text.utf8.withContiguousStorageIfAvailable(body) { return result }
    return Array(text.utf8).withUnsafeBufferPointer(body)
}

private func firstOccurrence(of wanted: [UInt8], in text: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
    guard let first = wanted.first else { return 0..<0 }
    var start = 0
    while start <= text.count - wanted.count {
        if text[start] == first, isPresent(wanted, at: start, in: text) { return start..<(start + wanted.count) }
        start += 1
    }
    return nil
}

private func isPresent(_ wanted: [UInt8], at start: Int, in text: UnsafeBufferPointer<UInt8>) -> Bool {
    for index in wanted.indices where text[start + index] != wanted[index] { return false }
    return true
}
