import PromQL
import Telemetry

/// A file of Prometheus's acceptance cases, read.
struct AcceptanceScript {
    enum Command {
        case clear
        case load(step: TimeSpan, series: [SeriesDescription], withBuckets: Bool)
        case evaluate(Case)
    }
    struct Case {
        enum Times: Equatable {
            case instant(Timestamp)
            case range(Timestamp, Timestamp, step: TimeSpan)
        }
        /// What a line `expect …` asks of errors and annotations.
        struct Note {
            enum Kind: String { case fail, warn, info }
            enum Text {
                case any
                case exactly(String)
                case matching(String)
            }
            var kind: Kind
            var text: Text
        }
        var line: Int
        var query: String
        var times: Times
        var notes: [Note] = []
        var allowsNoWarnings = false
        var allowsNoInfos = false
        var isOrdered = false
        var string: String?
        var scalar: Double?
        /// The grid of a range vector's samples.
        var rangeVector: (from: Timestamp, step: TimeSpan)?
        var series: [SeriesDescription] = []

        var mustFail: Bool { notes.contains { $0.kind == .fail } }
    }
    /// What is wrong with the file itself.
    struct Fault: Error, CustomStringConvertible {
        var line: Int
        var message: String
        var description: String { "line \(line): \(message)" }
    }

    private(set) var commands: [Command] = []
    private let lines: [Substring]
    private var next = 0

    init(_ text: String) throws(Fault) {
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            let trimmed = trim(line)
            return trimmed.hasPrefix("#") ? "" : trimmed
        }
        while next < lines.count {
            let line = lines[next]
            next += 1
            guard !line.isEmpty else { continue }
            commands.append(try command(line))
        }
    }

    private mutating func command(_ line: Substring) throws(Fault) -> Command {
        let word = line.prefix { $0 != " " && $0 != "\t" }.lowercased()
        if word == "clear" { return .clear }
        if word.hasPrefix("load") { return try load(line, withBuckets: word == "load_with_nhcb") }
        if word.hasPrefix("eval") { return .evaluate(try evaluation(line)) }
        throw fault("unknown command \(word)")
    }

    private func fault(_ message: String) -> Fault { Fault(line: next, message: message) }

    private func span(_ text: some StringProtocol) throws(Fault) -> TimeSpan {
        let isNegative = text.hasPrefix("-")
        guard let span = TimeSpan(prometheus: isNegative ? text.dropFirst() : text[...]) else { throw fault("bad duration \(text)") }
        return isNegative ? .zero - span : span
    }
    private func time(_ text: some StringProtocol) throws(Fault) -> Timestamp { Timestamp(milliseconds: 0) + (try span(text)) }

    // MARK: Loading

    private mutating func load(_ line: Substring, withBuckets: Bool) throws(Fault) -> Command {
        let words = line.split { $0 == " " || $0 == "\t" }
        guard words.count == 2 else { throw fault("load needs a step") }
        let step = try span(words[1])
        var series: [SeriesDescription] = []
        // `name{labels}@st …` gives the start timestamps of the line below, which no store of ours keeps.
        while let line = blockLine() {
            if !line.contains("@st "), !line.contains("@st\t") { series.append(try description(line)) }
        }
        return .load(step: step, series: series, withBuckets: withBuckets)
    }

    /// The next line of the block under way; nil at its end.
    private mutating func blockLine() -> Substring? {
        guard next < lines.count, !lines[next].isEmpty else { return nil }
        next += 1
        return lines[next - 1]
    }

    private func description(_ line: Substring) throws(Fault) -> SeriesDescription {
        do { return try SeriesDescription(String(line)) } catch { throw fault("\(error)") }
    }

    // MARK: Evaluation

    private mutating func evaluation(_ line: Substring) throws(Fault) -> Case {
        var words = Words(line)
        let name = words.take()
        let kind = words.take()
        let number = next
        var evaluated: Case
        if kind == "instant" {
            var at = Timestamp(milliseconds: 0)
            if words.peek() == "at" {
                _ = words.take()
                at = try time(words.take())
            }
            evaluated = Case(line: number, query: String(words.rest), times: .instant(at))
        } else {
            guard kind == "range", words.take() == "from" else { throw fault("eval needs instant or range") }
            let from = try time(words.take())
            guard words.take() == "to" else { throw fault("a range needs its end") }
            let through = try time(words.take())
            guard words.take() == "step" else { throw fault("a range needs its step") }
            let step = try span(words.take())
            evaluated = Case(line: number, query: String(words.rest), times: .range(from, through, step: step))
        }
        switch name {
        case "eval_fail": evaluated.notes.append(Case.Note(kind: .fail, text: .any))
        case "eval_warn": evaluated.notes.append(Case.Note(kind: .warn, text: .any))
        case "eval_info": evaluated.notes.append(Case.Note(kind: .info, text: .any))
        case "eval_ordered": evaluated.isOrdered = true
        default: break
        }
        try expectations(&evaluated)
        return evaluated
    }

    private mutating func expectations(_ evaluated: inout Case) throws(Fault) {
        while let line = blockLine() {
            var words = Words(line)
            let first = words.take()
            if first == "expect" {
                try expectation(&evaluated, &words)
            } else if first == "expected_fail_message" || first == "expected_fail_regexp" {
                let text = String(trim(words.rest))
                let wanted = first == "expected_fail_message" ? Case.Note.Text.exactly(text) : .matching(text)
                evaluated.notes.removeAll { $0.kind == .fail }
                evaluated.notes.append(Case.Note(kind: .fail, text: wanted))
            } else if let number = number(line) {
                evaluated.scalar = number
                return
            } else {
                evaluated.series.append(try description(line))
            }
        }
    }

    private func number(_ line: Substring) -> Double? {
        guard let expression = try? PromQLParser.parse(String(line)), case .number(let value, _) = expression.node else { return nil }
        return value
    }

    private func expectation(_ evaluated: inout Case, _ words: inout Words) throws(Fault) {
        let kind = words.take()
        switch kind {
        case "range":
            guard words.take() == "vector", words.take() == "from" else { throw fault("bad expectation") }
            let from = try time(words.take())
            guard words.take() == "to" else { throw fault("bad expectation") }
            _ = words.take()
            guard words.take() == "step" else { throw fault("bad expectation") }
            evaluated.rangeVector = (from, try span(words.take()))
        case "string":
            guard let expression = try? PromQLParser.parse(String(words.rest)), case .string(let text) = expression.node else {
                throw fault("bad string")
            }
            evaluated.string = text
        case "ordered": evaluated.isOrdered = true
        case "no_warn": evaluated.allowsNoWarnings = true
        case "no_info": evaluated.allowsNoInfos = true
        default:
            guard let kind = Case.Note.Kind(rawValue: kind) else { throw fault("unknown expectation \(kind)") }
            evaluated.notes.append(Case.Note(kind: kind, text: try noteText(words.rest)))
        }
    }

    private func noteText(_ rest: Substring) throws(Fault) -> Case.Note.Text {
        if rest.hasPrefix("msg:") { return .exactly(String(trim(rest.dropFirst(4)))) }
        if rest.hasPrefix("regex:") { return .matching(String(trim(rest.dropFirst(6)))) }
        guard rest.isEmpty else { throw fault("bad expectation: \(rest)") }
        return .any
    }
}

/// Words of a line from the left.
private struct Words {
    private(set) var rest: Substring
    init(_ line: Substring) { rest = trim(line) }
    func peek() -> String { String(rest.prefix { $0 != " " && $0 != "\t" }) }
    mutating func take() -> String {
        let word = peek()
        rest = trim(rest.dropFirst(word.count))
        return word
    }
}

private func trim(_ text: Substring) -> Substring {
    var trimmed = text.drop { $0 == " " || $0 == "\t" || $0 == "\r" }
    while let last = trimmed.last, last == " " || last == "\t" || last == "\r" { trimmed.removeLast() }
    return trimmed
}
