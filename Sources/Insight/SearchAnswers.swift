import Search
import Store
import Telemetry

/// What conditions answered for interned strings: each string is asked once, whatever the number of rows that carry it.
struct RememberedAnswers {
    private enum Answer: UInt8 { case unknown, no, yes }
    private var answers: [[Answer]]

    init(_ conditions: Int) { answers = Array(repeating: [], count: conditions) }

    mutating func answer(_ condition: Int, _ id: Symbol, _ ask: (Symbol) -> Bool) -> Bool {
        let index = Int(id.index)
        if index < answers[condition].count, answers[condition][index] != .unknown { return answers[condition][index] == .yes }
        if index >= answers[condition].count {
            answers[condition] += Array(repeating: .unknown, count: index - answers[condition].count + 1)
        }
        let answer = ask(id)
        answers[condition][index] = answer ? .yes : .no
        return answer
    }
}

/// The condition `trace=4bf92f…`: a whole id or its first digits.
struct TracePrefix {
    private let value: TraceID
    private let mask: TraceID
    private let short: TraceID?

    /// Nil for comparisons other than `=` and for what is no hexadecimal.
    init?(_ condition: SearchCondition) {
        guard case .equal = condition.comparison else { return nil }
        let digits = condition.text.hasSuffix("…") ? String(condition.text.dropLast()) : condition.text
        guard (1...32).contains(digits.utf8.count),
            digits.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || 0x41...0x46 ~= $0 & 0xdf })
        else { return nil }
        let padding = 32 - digits.utf8.count
        value = TraceID(hexadecimal: digits + String(repeating: "0", count: padding)) ?? .zero
        mask = TraceID(hexadecimal: String(repeating: "f", count: 32 - padding) + String(repeating: "0", count: padding)) ?? .zero
        // Zipkin's ids of 64 bits are written with 16 digits.
        short = digits.utf8.count == 16 ? TraceID(hexadecimal: digits) : nil
    }

    func holds(_ id: TraceID) -> Bool { id.isValid && (id.high & mask.high == value.high && id.low & mask.low == value.low || id == short) }
}

/// The different texts but the empty one, the most frequent first.
func byFrequency(_ texts: some Sequence<String>) -> [String] {
    var counts: [String: Int] = [:]
    for text in texts where !text.isEmpty { counts[text, default: 0] += 1 }
    return counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
}
