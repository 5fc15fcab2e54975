import Search
import Store
import Telemetry

/// Asks conditions about spans: headers first, decoding only what the search needs.
struct SpanSubject: SearchSubject {
    private let snapshot: TraceSnapshot
    private var strings: RememberedAnswers
    private let traces: [TracePrefix?]
    /// The span that is asked about.
    var header: SpanHeader?

    init(_ snapshot: TraceSnapshot, _ search: CompiledSearch) {
        self.snapshot = snapshot
        strings = RememberedAnswers(search.conditions.count)
        traces = search.conditions.map { $0.field == .trace ? TracePrefix($0) : nil }
        header = nil
    }

    mutating func holds(_ condition: SearchCondition, index: Int) -> Bool {
        guard let header else { return false }
        switch condition.field {
        case .service: return holds(condition, index, header.service)
        case .name:
            return header.name == .overflow ? condition.holds(snapshot.span(header.ref)?.name ?? "") : holds(condition, index, header.name)
        case .version: return holds(condition, index, header.version)
        case .kind: return condition.holds(header.kind.name)
        case .status: return condition.holds(header.status.name)
        case .duration: return condition.holds(header.duration)
        case .traceDuration: return snapshot.summary(of: header.traceID).map { condition.holds($0.duration) } ?? false
        case .root: return !header.parentSpanID.isValid
        case .trace: return traces[index].map { $0.holds(header.traceID) } ?? condition.holds(header.traceID.hexadecimal)
        case .span: return condition.holds(header.spanID.hexadecimal)
        case .text: return containsText(condition, header)
        case .attribute(let name):
            return Self.attribute(name, header.ref, in: snapshot).map { condition.holds($0) } ?? false
        case .level, .message, .source: return false
        }
    }

    private mutating func holds(_ condition: SearchCondition, _ index: Int, _ id: Symbol) -> Bool {
        let table = snapshot.strings
        return strings.answer(index, id) { condition.holds(table[$0]) }
    }

    private func containsText(_ condition: SearchCondition, _ header: SpanHeader) -> Bool {
        if condition.isContained(in: snapshot.strings[header.service]) { return true }
        guard let span = snapshot.span(header.ref) else { return false }
        return condition.isContained(in: span.name) || condition.isContained(in: span.statusMessage)
            || span.attributes.contains { condition.isContained(in: $0.value.text) }
            || span.events.contains { event in
                condition.isContained(in: event.name) || event.attributes.contains { condition.isContained(in: $0.value.text) }
            }
    }

    /// Of the span itself or else of its resource.
    private static func attribute(_ name: String, _ ref: SpanRef, in snapshot: TraceSnapshot) -> AttributeValue? {
        snapshot.attribute(name, of: ref) ?? snapshot.resource(of: ref)?[name]
    }

    /// The text under one field of a span; empty where it has none.
    static func text(of field: SearchCondition.Field, _ header: borrowing SpanHeader, in snapshot: TraceSnapshot) -> String {
        switch field {
        case .service: snapshot.strings[header.service]
        case .name: snapshot.strings[header.name]
        case .version: snapshot.strings[header.version]
        case .kind: header.kind.name
        case .status: header.status.name
        case .trace: header.traceID.hexadecimal
        case .span: header.spanID.hexadecimal
        case .attribute(let name): attribute(name, header.ref, in: snapshot)?.text ?? ""
        default: ""
        }
    }
}

/// The spans of one trace, with who is under whom.
struct SpanFamily {
    private let spans: [SpanHeader]
    private let parents: [Int?]

    init(_ spans: [SpanHeader]) {
        self.spans = spans
        var owners: [SpanID: Int] = [:]
        // The server half of a shared id is under its client half, and their children under the server half.
        var clients: [SpanID: Int] = [:]
        for (index, span) in spans.enumerated() {
            if span.isShared || owners[span.spanID] == nil { owners[span.spanID] = index }
            if !span.isShared { clients[span.spanID] = index }
        }
        parents = spans.indices.map { index in
            let span = spans[index]
            let parent = span.isShared ? clients[span.spanID] ?? owners[span.parentSpanID] : owners[span.parentSpanID]
            return parent == index ? nil : parent
        }
    }

    /// For each span, whether the search holds.
    func evaluate(_ search: CompiledSearch, _ subject: inout SpanSubject) -> [Bool] { evaluate(search.predicate, search, &subject) }

    private func evaluate(_ predicate: CompiledSearch.Predicate, _ search: CompiledSearch, _ subject: inout SpanSubject) -> [Bool] {
        switch predicate {
        case .always: return Array(repeating: true, count: spans.count)
        case .condition(let index):
            return spans.map { span in
                subject.header = span
                return subject.holds(search.conditions[index], index: index)
            }
        case .not(let inner): return evaluate(inner, search, &subject).map { !$0 }
        case .all(let parts): return combine(parts, search, &subject) { $0 && $1 } ?? Array(repeating: true, count: spans.count)
        case .any(let parts): return combine(parts, search, &subject) { $0 || $1 } ?? Array(repeating: false, count: spans.count)
        case .child(let above, let below):
            let over = evaluate(above, search, &subject)
            let under = evaluate(below, search, &subject)
            return spans.indices.map { index in under[index] && (parents[index].map { over[$0] } ?? false) }
        case .descendant(let above, let below):
            let beneath = isBeneath(evaluate(above, search, &subject))
            return zip(evaluate(below, search, &subject), beneath).map { $0 && $1 }
        }
    }

    private func combine(
        _ parts: [CompiledSearch.Predicate], _ search: CompiledSearch, _ subject: inout SpanSubject, _ merge: (Bool, Bool) -> Bool
    ) -> [Bool]? {
        var result: [Bool]?
        for part in parts {
            let answers = evaluate(part, search, &subject)
            result = result.map { zip($0, answers).map(merge) } ?? answers
        }
        return result
    }

    /// For each span, whether one above it is marked. Each span is looked at once; spans that are their own ancestors end the walk.
    private func isBeneath(_ marked: [Bool]) -> [Bool] {
        enum Answer { case unknown, walking, no, yes }
        var answers = Array(repeating: Answer.unknown, count: spans.count)
        for start in spans.indices where answers[start] == .unknown {
            var path: [Int] = []
            var current = start
            var answer = Answer.no
            while true {
                guard answers[current] == .unknown else {
                    answer = answers[current] == .yes ? .yes : .no
                    break
                }
                answers[current] = .walking
                path.append(current)
                guard let parent = parents[current] else { break }
                if marked[parent] {
                    answer = .yes
                    break
                }
                current = parent
            }
            for index in path { answers[index] = answer }
        }
        return answers.map { $0 == .yes }
    }
}

extension SpanKind {
    /// `server`, `client`, …; empty where unspecified.
    fileprivate var name: String {
        switch self {
        case .unspecified: ""
        case .internal: "internal"
        case .server: "server"
        case .client: "client"
        case .producer: "producer"
        case .consumer: "consumer"
        }
    }
}

extension StatusCode {
    /// `unset`, `ok`, `error`.
    fileprivate var name: String {
        switch self {
        case .unset: "unset"
        case .ok: "ok"
        case .error: "error"
        }
    }
}
