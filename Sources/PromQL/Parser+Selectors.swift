import Patterns
import Telemetry

extension Parser {
    /// The name, or the brace, has been taken.
    mutating func vectorSelector(from first: Token) throws(QueryError) -> VectorSelector {
        var selector = VectorSelector(name: nil, matchers: [])
        if first.kind == .leftBrace {
            selector.matchers = try matchers()
        } else {
            let name = text(first)
            if try accept(.leftBrace) != nil { selector.matchers = try matchers() }
            selector.name = name
            selector.matchers.append(LabelMatcher(LabelSet.nameLabel, .equal, name))
        }
        return selector
    }

    private mutating func matchers() throws(QueryError) -> [LabelMatcher] {
        var matchers: [LabelMatcher] = []
        while try accept(.rightBrace) == nil {
            matchers.append(try matcher())
            if try accept(.comma) == nil, try peek().kind != .rightBrace {
                throw try unexpected(in: "label matching", expected: "\",\" or \"}\"")
            }
        }
        return matchers
    }

    private mutating func matcher() throws(QueryError) -> LabelMatcher {
        let label = try peek()
        guard label.kind == .identifier || label.kind == .string else {
            throw try unexpected(in: "label matching", expected: "identifier or \"}\"")
        }
        try take()
        let name = label.kind == .string ? try string(label) : text(label)
        guard let operation = Self.matcherOperations[try peek().kind] else {
            // A quoted name alone is that of the metric.
            if label.kind == .string { return LabelMatcher(LabelSet.nameLabel, .equal, name) }
            throw try unexpected(in: "label matching", expected: "label matching operator")
        }
        try take()
        let value = try peek()
        guard value.kind == .string else { throw try unexpected(in: "label matching", expected: "string") }
        try take()
        let matcher = LabelMatcher(name, operation, try string(value))
        try check(matcher, SourceRange(label.start, value.end))
        return matcher
    }

    private static let matcherOperations: [Token.Kind: LabelMatcher.Operation] = [
        .assign: .equal, .operation(.notEqual): .notEqual, .matches: .matches, .doesNotMatch: .doesNotMatch,
    ]

    private func check(_ matcher: LabelMatcher, _ range: SourceRange) throws(QueryError) {
        guard matcher.operation == .matches || matcher.operation == .doesNotMatch else { return }
        do { _ = try Pattern(matcher.value, dotMatchesNewline: true) } catch {
            throw failure(error.prometheusText, range)
        }
    }

    // MARK: What follows an operand

    mutating func suffixed(_ operand: Parsed) throws(QueryError) -> Parsed {
        var parsed = operand
        while true {
            let token = try peek()
            switch token.kind {
            case .leftBracket: parsed = try brackets(after: parsed, try take())
            case .keyword(.offset):
                try take()
                let offset = try offset()
                parsed = try shifted(parsed, "offset modifier") { shift in
                    guard shift.offset == .constant(.zero) else { return "offset may not be set multiple times" }
                    shift.offset = offset
                    return nil
                }
            case .at: parsed = try at(parsed, try take())
            case .keyword(.anchored): parsed = try extended(parsed, .anchored, try take())
            case .keyword(.smoothed): parsed = try extended(parsed, .smoothed, try take())
            default: return parsed
            }
        }
    }

    /// Applies `change` to the shift of a selector or subquery, and lets it reach to the last word; `change` returns what is wrong with that.
    private func shifted(_ parsed: Parsed, _ what: String, _ change: (inout TimeShift) -> String?) throws(QueryError) -> Parsed {
        var shifted = parsed
        let problem: String?
        switch parsed.expression.node {
        case .vector(var selector):
            problem = change(&selector.shift)
            shifted.expression.node = .vector(selector)
        case .matrix(var matrix):
            problem = change(&matrix.selector.shift)
            shifted.expression.node = .matrix(matrix)
        case .subquery(var subquery):
            problem = change(&subquery.shift)
            shifted.expression.node = .subquery(subquery)
        default: problem = "\(what) must be preceded by an instant vector selector or range vector selector or a subquery"
        }
        if let problem { throw failure(problem, parsed.expression.range) }
        shifted.expression.range.end = lastEnd
        return shifted
    }

    private mutating func at(_ parsed: Parsed, _ token: Token) throws(QueryError) -> Parsed {
        let surroundings = Surroundings(context: "@", expected: "timestamp")
        let at = try nested(at: token, in: surroundings) { parser throws(QueryError) in try parser.moment(for: parsed) }
        return try shifted(parsed, "@ modifier") { shift in
            guard shift.at == nil else { return "@ <timestamp> may not be set multiple times" }
            shift.at = at
            return nil
        }
    }

    private mutating func moment(for parsed: Parsed) throws(QueryError) -> TimeShift.At {
        if case .preprocessor(let word) = try peek().kind, word == .start || word == .end {
            try take()
            _ = try expect(.leftParenthesis)
            _ = try expect(.rightParenthesis)
            return word == .start ? .start : .end
        }
        let sign = try sign()
        guard let (magnitude, _, _) = try number() else { throw try unexpected() }
        let seconds = sign == .subtract ? -magnitude : magnitude
        guard seconds.isFinite, abs(seconds) < 0x1p63 else {
            throw failure("timestamp out of bounds for @ modifier: \(fixed(seconds, decimals: 6))", parsed.expression.range)
        }
        return .time(Timestamp(milliseconds: Int64(clamping: (seconds * 1000).rounded())))
    }

    private func extended(_ parsed: Parsed, _ modifier: VectorSelector.Extension, _ token: Token) throws(QueryError) -> Parsed {
        let range = parsed.expression.range
        guard options.extendedRangeSelectors else { throw failure("\(modifier.rawValue) modifier is experimental and not enabled", range) }
        var extended = parsed
        switch parsed.expression.node {
        case .vector(var selector):
            try check(modifier, beside: selector.modifier, range)
            selector.modifier = modifier
            extended.expression.node = .vector(selector)
        case .matrix(var matrix):
            try check(modifier, beside: matrix.selector.modifier, range)
            matrix.selector.modifier = modifier
            extended.expression.node = .matrix(matrix)
        case .subquery: throw failure("\(modifier.rawValue) modifier is not supported for subqueries", range)
        default: throw failure("\(modifier.rawValue) modifier not implemented", range)
        }
        return extended
    }

    private func check(_ new: VectorSelector.Extension, beside old: VectorSelector.Extension?, _ range: SourceRange) throws(QueryError) {
        guard old == nil || old == new else { throw failure("anchored and smoothed modifiers cannot be used together", range) }
    }
}
