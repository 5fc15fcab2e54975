import Patterns
import PromQL
import Telemetry

/// A condition on a label of an alert; a label that is absent counts as empty, and expressions are anchored.
package struct AlertMatcher: Hashable, Sendable {
    package let matcher: LabelMatcher
    private let pattern: Pattern?

    /// Throws for a regular expression that can't be taken.
    package init(_ matcher: LabelMatcher) throws(PatternError) {
        self.matcher = matcher
        switch matcher.operation {
        case .equal, .notEqual: pattern = nil
        case .matches, .doesNotMatch: pattern = try Pattern(matcher.value, dotMatchesNewline: true)
        }
    }

    package func matches(_ labels: LabelSet) -> Bool { holds(labels[matcher.name] ?? "") }
    package func holds(_ value: String) -> Bool {
        switch matcher.operation {
        case .equal: value == matcher.value
        case .notEqual: value != matcher.value
        case .matches: pattern?.matchesWhole(value) ?? false
        case .doesNotMatch: !(pattern?.matchesWhole(value) ?? false)
        }
    }
    /// As written: `severity=~"critical|error"`.
    package var text: String { matcher.name + matcher.operation.rawValue + quoted(matcher.value) }

    package static func == (a: Self, b: Self) -> Bool { a.matcher == b.matcher }
    package func hash(into hasher: inout Hasher) { hasher.combine(matcher) }
}

extension [AlertMatcher] {
    package func match(_ labels: LabelSet) -> Bool { allSatisfy { $0.matches(labels) } }
    package var text: String { "{" + map(\.text).joined(separator: ",") + "}" }

    /// Of a text as Alertmanager takes it: `severity="critical"`, `{a=b, c=~"d|e"}`; quotes may be left out where nothing needs them.
    package init(parsing text: String) throws(MatcherError) {
        var reader = MatcherReader(text)
        self = try reader.matchers()
    }
}

/// Why matchers can't be read.
package struct MatcherError: Error, Hashable, Sendable {
    package var message: String
    /// In characters, from 0.
    package var offset: Int
}

private struct MatcherReader {
    static let countLimit = 100
    private let characters: [Character]
    private var position = 0
    init(_ text: String) { characters = Array(text) }

    mutating func matchers() throws(MatcherError) -> [AlertMatcher] {
        skipBlanks()
        let isBraced = take("{")
        var matchers: [AlertMatcher] = []
        while true {
            skipBlanks()
            if isBraced ? take("}") : position == characters.count { break }
            guard position < characters.count else { throw fail("a closing brace is missing") }
            guard matchers.count < Self.countLimit else { throw fail("there are more than \(Self.countLimit) matchers") }
            matchers.append(try matcher())
            skipBlanks()
            if !take(","), position < characters.count, !(isBraced && characters[position] == "}") {
                throw fail("a comma is missing between matchers")
            }
        }
        skipBlanks()
        guard position == characters.count else { throw fail("nothing may follow the closing brace") }
        return matchers
    }

    private mutating func matcher() throws(MatcherError) -> AlertMatcher {
        let name = try word(until: "=!~,{}\"'` \t")
        guard !name.isEmpty else { throw fail("the name of a label is missing") }
        skipBlanks()
        guard let operation = operation() else { throw fail("one of = != =~ !~ is missing after \(name)") }
        skipBlanks()
        let start = position
        let value = try word(until: ",}")
        do throws(PatternError) { return try AlertMatcher(LabelMatcher(name, operation, value)) } catch {
            position = start
            throw fail("the expression can't be read: \(error.detail)")
        }
    }

    private mutating func operation() -> LabelMatcher.Operation? {
        if take("=~") { return .matches }
        if take("!~") { return .doesNotMatch }
        if take("!=") { return .notEqual }
        return take("=") ? .equal : nil
    }

    /// In double quotes, or up to one of `stops`.
    private mutating func word(until stops: String) throws(MatcherError) -> String {
        guard take("\"") else {
            let start = position
            while position < characters.count, !stops.contains(characters[position]) { position += 1 }
            return String(String(characters[start..<position]).reversed().drop { $0 == " " || $0 == "\t" }.reversed())
        }
        var out = ""
        while position < characters.count {
            let character = characters[position]
            position += 1
            if character == "\"" { return out }
            guard character == "\\", position < characters.count else {
                out.append(character)
                continue
            }
            switch characters[position] {
            case "n": out.append("\n")
            case "\"", "\\": out.append(characters[position])
            // A backslash that escapes nothing stands for itself, as in Alertmanager.
            case let other: out += "\\" + String(other)
            }
            position += 1
        }
        throw fail("a closing quote is missing")
    }

    private mutating func take(_ text: String) -> Bool {
        guard characters[position...].starts(with: text) else { return false }
        position += text.count
        return true
    }
    private mutating func skipBlanks() { while position < characters.count, characters[position].isWhitespace { position += 1 } }
    private func fail(_ message: String) -> MatcherError { MatcherError(message: message, offset: position) }
}
