/// What a text is known to look like that matches a pattern from end to end.
package enum PatternShape: Hashable, Sendable {
    /// One of these strings, without repeats.
    case strings([String])
    /// This, not empty, and then what the pattern says; `isAll` where that is anything at all.
    case prefix(String, isAll: Bool)
    /// Any text.
    case anything
    /// Any text but the empty one.
    case anythingNotEmpty
    case other

    /// Strings that an alternation is written out to at most.
    package static let stringLimit = 1024
    /// Levels of groups within each other.
    static let depthLimit = 32

    /// Never wrong, and `.other` when unsure: flags, assertions and repetitions are not looked into.
    init(of source: String, dotMatchesNewline: Bool) {
        var reader = ShapeReader(scalars: Array(source.unicodeScalars))
        if let strings = reader.alternation(depth: 0), reader.isAtEnd { self = .strings(unique(strings)); return }
        let prefix = literalPrefix(of: reader.scalars)
        let rest = String(String.UnicodeScalarView(reader.scalars[prefix.length...]))
        switch (prefix.text.isEmpty, rest) {
        case (true, ".*") where dotMatchesNewline, (true, "(.*)") where dotMatchesNewline: self = .anything
        case (true, ".+") where dotMatchesNewline, (true, "(.+)") where dotMatchesNewline: self = .anythingNotEmpty
        case (true, _): self = .other
        default: self = .prefix(prefix.text, isAll: rest == ".*" && dotMatchesNewline)
        }
    }
}

private func unique(_ strings: [String]) -> [String] {
    // By bytes: Swift takes "é" and "e\u{301}" for equal, a regular expression does not.
    var seen = Set<[UInt8]>()
    return strings.filter { seen.insert(Array($0.utf8)).inserted }
}

/// The scalars that a pattern begins with as they are; empty when an alternation may take another road.
private func literalPrefix(of scalars: [Unicode.Scalar]) -> (text: String, length: Int) {
    guard !hasOuterAlternation(scalars) else { return ("", 0) }
    var reader = ShapeReader(scalars: scalars)
    var text = String.UnicodeScalarView()
    var length = 0
    while let scalar = reader.literal(), !reader.isBeforeRepetition {
        text.append(scalar)
        length = reader.position
    }
    return (String(text), length)
}

/// True for a `|` outside of groups; also when that cannot be told at a glance.
private func hasOuterAlternation(_ scalars: [Unicode.Scalar]) -> Bool {
    guard scalars.contains("|") else { return false }
    // Brackets and escapes may hide what looks like a group, so only patterns without them are counted out.
    if scalars.contains("[") || scalars.contains("\\") { return true }
    var depth = 0
    for scalar in scalars {
        switch scalar {
        case "(": depth += 1
        case ")": depth -= 1
        case "|" where depth <= 0: return true
        default: break
        }
    }
    return false
}

/// Reads what is made of plain scalars, groups, `|` and short classes alone.
private struct ShapeReader {
    let scalars: [Unicode.Scalar]
    var position = 0
    private static let special = Set("\\.+*?()|[]{}^$".unicodeScalars)

    init(scalars: [Unicode.Scalar]) { self.scalars = scalars }

    var isAtEnd: Bool { position >= scalars.count }
    private var next: Unicode.Scalar? { isAtEnd ? nil : scalars[position] }
    var isBeforeRepetition: Bool {
        switch next {
        case "*", "+", "?", "{": true
        default: false
        }
    }

    /// A plain or an escaped scalar.
    mutating func literal() -> Unicode.Scalar? {
        guard let scalar = next else { return nil }
        if !Self.special.contains(scalar) { position += 1; return scalar }
        guard scalar == "\\", position + 1 < scalars.count else { return nil }
        let escaped = scalars[position + 1]
        guard escaped.isASCII, escaped.value > 32, !isWordScalar(escaped) else { return nil }
        position += 2
        return escaped
    }

    mutating func alternation(depth: Int) -> [String]? {
        guard depth < PatternShape.depthLimit else { return nil }
        var all: [String] = []
        while true {
            guard let strings = sequence(depth: depth), all.count + strings.count <= PatternShape.stringLimit else { return nil }
            all += strings
            guard next == "|" else { return all }
            position += 1
        }
    }

    private mutating func sequence(depth: Int) -> [String]? {
        var all = [""]
        while let scalar = next, scalar != "|", scalar != ")" {
            guard let strings = atom(depth: depth), !isBeforeRepetition else { return nil }
            guard all.count * strings.count <= PatternShape.stringLimit else { return nil }
            all = all.flatMap { head in strings.map { head + $0 } }
        }
        return all
    }

    private mutating func atom(depth: Int) -> [String]? {
        switch next {
        case "(": group(depth: depth)
        case "[": shortClass()
        default: literal().map { [String($0)] }
        }
    }

    private mutating func group(depth: Int) -> [String]? {
        position += 1
        if next == "?" {
            guard scalars[position...].starts(with: "?:".unicodeScalars) else { return nil }
            position += 2
        }
        guard let strings = alternation(depth: depth + 1), next == ")" else { return nil }
        position += 1
        return strings
    }

    /// `[abc]`: ASCII letters and digits, without ranges.
    private mutating func shortClass() -> [String]? {
        position += 1
        var strings: [String] = []
        while let scalar = next, scalar.isASCII, isWordScalar(scalar) {
            strings.append(String(scalar))
            position += 1
        }
        guard next == "]", !strings.isEmpty else { return nil }
        position += 1
        return strings
    }
}

private func isWordScalar(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", "_": true
    default: false
    }
}
