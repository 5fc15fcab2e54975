import Patterns
import Telemetry

/// What a condition is asked about: one span or log record.
package protocol SearchSubject {
    /// `index` is the condition's place in `CompiledSearch.conditions`, for remembering answers.
    mutating func holds(_ condition: SearchCondition, index: Int) -> Bool
}

/// A search made ready for scanning many records.
package struct CompiledSearch: Sendable {
    package indirect enum Predicate: Sendable {
        case always
        case condition(Int)
        case not(Predicate)
        case all([Predicate])
        case any([Predicate])
        case child(Predicate, Predicate)
        case descendant(Predicate, Predicate)
    }

    package let conditions: [SearchCondition]
    package let predicate: Predicate
    package let isStructural: Bool
    /// What can't be asked for, such as a duration without a unit; the terms at fault are left out.
    package let error: Diagnostic?

    /// `schema` says which names are columns; all others are attributes.
    package init(_ search: ParsedSearch, schema: SearchSchema) {
        var compiler = SearchCompiler(schema: schema)
        predicate = compiler.compile(search.expression)
        conditions = compiler.conditions
        isStructural = search.isStructural && schema.hasStructure
        error = search.error ?? compiler.error
    }

    package var matchesEverything: Bool { if case .always = predicate { true } else { false } }

    /// True when the search holds for `subject` by itself; of structures, the side below is asked.
    @inlinable package func matches(_ subject: inout some SearchSubject) -> Bool { matches(predicate, &subject) }

    @usableFromInline func matches(_ predicate: Predicate, _ subject: inout some SearchSubject) -> Bool {
        switch predicate {
        case .always: return true
        case .condition(let index): return subject.holds(conditions[index], index: index)
        case .not(let inner): return !matches(inner, &subject)
        case .all(let parts):
            for part in parts where !matches(part, &subject) { return false }
            return true
        case .any(let parts):
            for part in parts where matches(part, &subject) { return true }
            return false
        case .child(_, let below), .descendant(_, let below): return matches(below, &subject)
        }
    }
}

/// Which field names are columns of their own.
package enum SearchSchema: Sendable {
    case logs, traces

    var hasStructure: Bool { self == .traces }

    package func field(_ name: String) -> SearchCondition.Field {
        switch (name, self) {
        case ("service", _), ("service.name", _): .service
        case ("trace", _), ("trace_id", _), ("traceID", _), ("traceId", _): .trace
        case ("span", _), ("span_id", _), ("spanID", _), ("spanId", _): .span
        case ("version", .traces), ("service.version", .traces): .version
        case ("level", .logs), ("severity", .logs): .level
        case ("message", .logs), ("msg", .logs): .message
        case ("source", .logs): .source
        case ("name", .traces): .name
        case ("kind", .traces): .kind
        case ("status", .traces): .status
        case ("duration", .traces): .duration
        case ("trace.duration", .traces): .traceDuration
        default: .attribute(name)
        }
    }

    /// The names of the columns, for completion.
    package var fieldNames: [String] {
        switch self {
        case .logs: ["level", "service", "message", "trace", "span", "source"]
        case .traces: ["service", "name", "status", "kind", "duration", "trace.duration", "version", "trace", "span", "root"]
        }
    }
}

private struct SearchCompiler {
    let schema: SearchSchema
    var conditions: [SearchCondition] = []
    var error: Diagnostic?

    init(schema: SearchSchema) { self.schema = schema }

    mutating func compile(_ expression: SearchExpression) -> CompiledSearch.Predicate {
        switch expression {
        case .everything: return .always
        case .term(let term): return compile(term)
        case .not(let inner): return .not(compile(inner))
        // The cheapest first: what stands in columns, then attributes, then words.
        case .all(let parts): return .all(parts.map { compile($0) }.sorted { cost($0) < cost($1) })
        case .any(let parts): return .any(parts.map { compile($0) }.sorted { cost($0) < cost($1) })
        case .child(let above, let below): return structure(above, below) { .child($0, $1) }
        case .descendant(let above, let below): return structure(above, below) { .descendant($0, $1) }
        }
    }

    private mutating func structure(
        _ above: SearchExpression, _ below: SearchExpression,
        _ make: (CompiledSearch.Predicate, CompiledSearch.Predicate) -> CompiledSearch.Predicate
    ) -> CompiledSearch.Predicate {
        if !schema.hasStructure { fail("only spans stand under one another; ask for logs without \">\" between brackets", at: 0) }
        return make(compile(above), compile(below))
    }

    private mutating func compile(_ term: SearchTerm) -> CompiledSearch.Predicate {
        switch term.content {
        case .text(let text): return add(SearchCondition(field: .text, comparison: .equal, text: text))
        case .root:
            if schema == .traces { return add(SearchCondition(field: .root, comparison: .equal, text: "")) }
            return add(SearchCondition(field: .text, comparison: .equal, text: "root"))
        case .field(let name, let operation, let value): return compile(name, operation, value, at: term.range.lowerBound)
        }
    }

    private mutating func compile(_ name: String, _ operation: SearchTerm.Operator, _ value: String, at offset: Int)
        -> CompiledSearch.Predicate
    {
        let field = schema.field(name)
        let isRegex = operation == .matches || operation == .doesNotMatch
        if field == .duration || field == .traceDuration, isRegex || TimeSpan(search: value) == nil {
            fail("\(name) wants a length of time with its unit, such as \(name)>500ms", at: offset)
            return .always
        }
        if field == .level, !isRegex, !value.isEmpty, Severity(named: value) == nil {
            let near = nearest(to: value, among: ["trace", "debug", "info", "warn", "error", "fatal"])
            fail("there is no level \"\(value)\"" + (near.map { "; did you mean \"\($0)\"?" } ?? ""), at: offset)
            return .always
        }
        let isNegated = operation == .notEqual || operation == .doesNotMatch
        guard let comparison = comparison(operation, value) else { return .always }
        let positive = add(SearchCondition(field: field, comparison: comparison, text: value))
        return isNegated ? .not(positive) : positive
    }

    private mutating func comparison(_ operation: SearchTerm.Operator, _ value: String) -> SearchCondition.Comparison? {
        switch operation {
        case .equal, .notEqual: return .equal
        case .greater: return .greater
        case .greaterOrEqual: return .greaterOrEqual
        case .less: return .less
        case .lessOrEqual: return .lessOrEqual
        case .matches, .doesNotMatch:
            do { return .matches(try Pattern(value)) } catch {
                fail("the regular expression can't be read: \(error.detail)", at: 0)
                return nil
            }
        }
    }

    private mutating func add(_ condition: SearchCondition) -> CompiledSearch.Predicate {
        conditions.append(condition)
        return .condition(conditions.count - 1)
    }

    private mutating func fail(_ message: String, at offset: Int) {
        if error == nil { error = Diagnostic(position: SourcePosition(line: 1, column: offset + 1), message: message) }
    }

    private func cost(_ predicate: CompiledSearch.Predicate) -> Int {
        switch predicate {
        case .always: 0
        case .condition(let index):
            switch conditions[index].field {
            case .attribute, .source: 4
            case .text, .message: 8
            default: 1
            }
        case .not(let inner): cost(inner)
        case .all(let parts), .any(let parts): parts.reduce(0) { $0 + cost($1) }
        case .child(let above, let below), .descendant(let above, let below): cost(above) + cost(below)
        }
    }
}
