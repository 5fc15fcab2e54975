import Telemetry

/// What exists to be proposed.
package protocol QueryCandidates {
    func metricNames() -> [String]
    /// Those of the series of one metric; of all where it is nil.
    func labelNames(of metric: String?) -> [String]
    func labelValues(_ label: String, of metric: String?) -> [String]
    func metadata(of metric: String) -> MetricMetadata?
}

/// What the word before the cursor of a query may become.
package struct QueryCompletion: Hashable, Sendable {
    package enum Kind: Hashable, Sendable { case metric, function, aggregation, keyword, label, value, duration }
    package struct Candidate: Hashable, Sendable {
        package var kind: Kind
        /// What is put in place of the range.
        package var text: String
        /// A signature, a metric's type and unit, or nothing.
        package var detail: String
        /// One line of help, or nothing.
        package var summary: String
    }
    /// What a candidate replaces, in characters from 0.
    package var range: Range<Int>
    /// The best first; at most `limit`.
    package var candidates: [Candidate]

    package static let limit = 100
    package static let durations = ["30s", "1m", "2m", "5m", "10m", "15m", "30m", "1h", "3h", "6h", "12h", "1d", "1w"]

    /// Proposals for `text` with the cursor before character `cursor`; nil where there are none.
    package init?(_ text: String, cursor: Int, from source: some QueryCandidates) {
        let before = String(text.prefix(max(0, cursor)))
        guard before.utf8.count <= PromQLParser.lengthLimit else { return nil }
        let place = CompletionPlace(before, rest: text.dropFirst(max(0, cursor)))
        let found = Self.proposals(for: place, source)
        range = place.start..<before.count
        candidates = Self.matching(place.typed, found)
        if candidates.isEmpty || candidates.map(\.text) == [String(before.dropFirst(place.start))] { return nil }
    }

    private static func proposals(for place: CompletionPlace, _ source: some QueryCandidates) -> [Candidate] {
        switch place.subject {
        case .nothing: return []
        case .label(let metric): return source.labelNames(of: metric).filter { $0 != LabelSet.nameLabel }.map { label($0) }
        case .value(let label, let metric):
            let values = label == LabelSet.nameLabel ? source.metricNames() : source.labelValues(label, of: metric)
            return values.map { Candidate(kind: .value, text: quoted($0), detail: "", summary: "") }
        case .duration: return durations.map { Candidate(kind: .duration, text: $0, detail: "", summary: "") }
        case .operand(let modifiers): return modifiers.map(keyword) + metrics(source, place.typed) + functions + aggregations
        case .operation(let modifiers): return (modifiers + ["and", "or", "unless", "atan2", "offset"]).map(keyword)
        }
    }

    private static func keyword(_ word: String) -> Candidate {
        Candidate(kind: .keyword, text: word, detail: "", summary: keywords[word] ?? "")
    }
    private static func label(_ name: String) -> Candidate {
        Candidate(kind: .label, text: isPlainName(name) ? name : quoted(name), detail: "", summary: "")
    }

    /// Metadata is asked for only where the name will be proposed.
    private static func metrics(_ source: some QueryCandidates, _ typed: String) -> [Candidate] {
        let named = source.metricNames().map { Candidate(kind: .metric, text: $0, detail: "", summary: "") }
        return matching(typed, named).map { candidate in
            guard let metadata = source.metadata(of: candidate.text) else { return candidate }
            let detail = metadata.type.rawValue + (metadata.unit.isEmpty ? "" : " in \(metadata.unit)")
            let isPlain = candidate.text.utf8.allSatisfy { isLetter($0) || isDigit($0) || $0 == UInt8(ascii: ":") }
            let text = isPlain ? candidate.text : "{\(quoted(candidate.text))}"
            return Candidate(kind: .metric, text: text, detail: detail, summary: metadata.help)
        }
    }

    private static let functions = Function.all.map { function in
        let note = function.isExperimental ? " (experimental)" : ""
        return Candidate(kind: .function, text: function.name + "(", detail: function.signature + note, summary: function.summary)
    }
    private static let aggregations = Aggregation.Operation.allCases.map { operation in
        let note = operation.isExperimental ? " (experimental)" : ""
        return Candidate(kind: .aggregation, text: operation.rawValue, detail: operation.signature + note, summary: operation.summary)
    }

    /// Those that begin with what is typed, then those that contain it; none twice, and in the order given.
    private static func matching(_ typed: String, _ candidates: [Candidate]) -> [Candidate] {
        let wanted = typed.lowercased()
        var seen: Set<String> = []
        var (beginning, within) = ([Candidate](), [Candidate]())
        for candidate in candidates where beginning.count < limit {
            let text = candidate.text.lowercased()
            let word = text.drop { $0 == "\"" || $0 == "{" }
            if word.hasPrefix(wanted) {
                if seen.insert(candidate.text).inserted { beginning.append(candidate) }
            } else if within.count < limit, text.contains(wanted), seen.insert(candidate.text).inserted {
                within.append(candidate)
            }
        }
        return Array((beginning + within).prefix(limit))
    }

    private static let keywords = [
        "and": "Series of the left side that have a partner on the right.",
        "or": "Series of the left side, and those of the right without a partner.",
        "unless": "Series of the left side that have no partner on the right.", "atan2": "The angle of the two sides, in radians.",
        "offset": "Looks so much earlier.", "by": "Keeps these labels only.", "without": "Drops these labels.",
        "on": "Matches the sides by these labels only.", "ignoring": "Matches the sides by all labels but these.",
        "group_left": "Several series of the left side may match one of the right.",
        "group_right": "Several series of the right side may match one of the left.",
        "bool": "0 or 1 for each series instead of filtering.",
    ]
}

extension Function {
    /// `round(instant vector, [scalar])`.
    package var signature: String {
        var shown = arguments.map(\.rawValue)
        if variadic != 0, let last = shown.popLast() { shown.append(variadic == 1 ? "[\(last)]" : "\(last)…") }
        return "\(name)(\(shown.joined(separator: ", ")))"
    }
}

extension Aggregation.Operation {
    package var signature: String {
        let parameter = takesParameter ? (self == .countValues ? "string, " : "scalar, ") : ""
        return "\(rawValue)(\(parameter)instant vector)"
    }
    package var summary: String {
        switch self {
        case .sum: "The sum of each group."
        case .avg: "The mean of each group."
        case .min: "The smallest value of each group."
        case .max: "The greatest value of each group."
        case .count: "The number of series of each group."
        case .group: "1 for each group."
        case .stddev: "The standard deviation of each group."
        case .stdvar: "The variance of each group."
        case .topk: "The k series with the greatest values of each group."
        case .bottomk: "The k series with the smallest values of each group."
        case .quantile: "A quantile (0–1) of each group."
        case .countValues: "How many series of each group have each value, under a label."
        case .limitk: "k series of each group."
        case .limitRatio: "A share (−1–1) of the series of each group."
        }
    }
}
