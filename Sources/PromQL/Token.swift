/// A word of a query: what it is and where it stands, in UTF-8 bytes.
struct Token: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case end, identifier, metricIdentifier, string, number, duration
        case comma, colon, assign, matches, doesNotMatch, at
        case leftBrace, rightBrace, leftBracket, rightBracket, leftParenthesis, rightParenthesis
        case operation(BinaryExpression.Operation)
        case aggregation(Aggregation.Operation)
        case keyword(Keyword)
        case preprocessor(Preprocessor)
    }
    enum Keyword: String, Hashable, Sendable, CaseIterable {
        case anchored, bool, by, fill, ignoring, offset, on, smoothed, without
        case fillLeft = "fill_left", fillRight = "fill_right", groupLeft = "group_left", groupRight = "group_right"
    }
    /// Names that are functions, words of `@`, or words of duration expressions, by where they stand.
    enum Preprocessor: String, Hashable, Sendable, CaseIterable {
        case start, end, step, range
        case maxOf = "max_of", minOf = "min_of"
    }

    var kind: Kind
    var start: Int
    var end: Int
    var range: SourceRange { SourceRange(start, end) }

    /// By their lower-case spelling.
    static let words: [String: Kind] = {
        var words: [String: Kind] = ["inf": .number, "nan": .number]
        for word in [BinaryExpression.Operation.and, .or, .unless, .atan2] { words[word.rawValue] = .operation(word) }
        for word in Aggregation.Operation.allCases { words[word.rawValue] = .aggregation(word) }
        for word in Keyword.allCases { words[word.rawValue] = .keyword(word) }
        for word in Preprocessor.allCases { words[word.rawValue] = .preprocessor(word) }
        return words
    }()
    static let durationWords: [String: Kind] = [
        "step": .preprocessor(.step), "range": .preprocessor(.range), "min_of": .preprocessor(.minOf), "max_of": .preprocessor(.maxOf),
    ]
}

extension Token.Kind {
    /// True where the word can name a metric when no call or aggregation follows.
    var canNameMetric: Bool {
        switch self {
        case .identifier, .metricIdentifier, .aggregation, .preprocessor: true
        case .keyword(let word):
            switch word {
            case .by, .offset, .without, .anchored, .smoothed, .fill, .fillLeft, .fillRight: true
            case .bool, .ignoring, .on, .groupLeft, .groupRight: false
            }
        case .operation(let word): word == .and || word == .or || word == .unless
        default: false
        }
    }
    /// True where the word can be a label of `by (…)` and its like.
    var canNameLabel: Bool {
        switch self {
        case .identifier, .metricIdentifier, .aggregation, .preprocessor: true
        case .keyword(let word): word != .without
        case .operation(let word): word == .and || word == .or || word == .unless || word == .atan2
        default: false
        }
    }
    /// How an error names the word; `text` is what was written. As Prometheus's.
    func description(of text: String) -> String {
        switch self {
        case .end: "end of input"
        case .identifier: "identifier \(quoted(text))"
        case .metricIdentifier: "metric identifier \(quoted(text))"
        case .string: "string \(shortlyQuoted(text))"
        case .number: "number \(shortlyQuoted(text))"
        case .duration: "duration \(shortlyQuoted(text))"
        case .keyword: "<\(text)>"
        case .operation, .at, .matches, .doesNotMatch: "<op:\(text)>"
        case .aggregation: "<aggr:\(text)>"
        default: shortlyQuoted(text)
        }
    }
}

private func shortlyQuoted(_ text: String) -> String {
    text.utf8.count > 10 ? quoted(String(String.UnicodeScalarView(text.unicodeScalars.prefix(10)))) + "..." : quoted(text)
}
