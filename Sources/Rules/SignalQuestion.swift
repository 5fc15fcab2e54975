import Telemetry

/// What a rule over logs or traces asks: a search, a measure of what it finds in the last `window`, and what that is held against.
package struct SignalQuestion: Hashable, Sendable {
    package enum Signal: String, Hashable, Sendable, CaseIterable { case logs, traces }
    package enum Measure: Hashable, Sendable {
        /// Lines, or spans.
        case count
        /// The same for each second of the window.
        case rate
        /// How large a part of what is found matches this search too, from 0 to 1.
        case share(search: String)
        /// Lines of the pattern that came most among those that were never seen in the hour before the window.
        case newPattern
        /// Of a field, or of the duration in seconds; by nearest rank over all values there are.
        case quantile(Double, field: String)
        case average(field: String)
        case maximum(field: String)
        case minimum(field: String)
    }
    package enum Comparison: String, Hashable, Sendable, CaseIterable {
        case greaterOrEqual = ">="
        case lessOrEqual = "<="
        case notEqual = "!="
        case equal = "=="
        case greater = ">"
        case less = "<"
        package func holds(_ value: Double, _ limit: Double) -> Bool {
            switch self {
            case .greater: value > limit
            case .greaterOrEqual: value >= limit
            case .less: value < limit
            case .lessOrEqual: value <= limit
            case .equal: value == limit
            case .notEqual: value != limit
            }
        }
    }

    package var signal: Signal
    /// As in view 5 or 6.
    package var search: String
    package var measure: Measure
    package var comparison: Comparison
    package var limit: Double
    package var window: TimeSpan
    /// A result for each combination of these fields' values.
    package var fields: [String]
    /// How far back the data must reach for there to be a result.
    package var reach = TimeSpan.zero

    package init(
        _ signal: Signal, search: String, measure: Measure = .count, comparison: Comparison = .greater, limit: Double = 0,
        window: TimeSpan = .minutes(1), fields: [String] = []
    ) {
        self.signal = signal
        self.search = search
        self.measure = measure
        self.comparison = comparison
        self.limit = limit
        self.window = window
        self.fields = fields
    }

    /// Such as `logs: level=error deadlock | count >= 5 in 1m by service`.
    package var text: String {
        "\(signal.rawValue): \(search.isEmpty ? "everything" : search) | \(threshold) in \(window.prometheus)"
            + (fields.isEmpty ? "" : " by " + fields.joined(separator: ", "))
    }
    /// As `threshold:` says it.
    package var threshold: String { "\(measure.text) \(comparison.rawValue) \(limit.plainText)" }

    /// The values as labels, by the names that Prometheus can take.
    package static func label(for field: String) -> String {
        let name = field.unicodeScalars.map { scalar -> String in
            scalar == "_" || scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
                ? String(Character(scalar)) : "_"
        }.joined()
        return name.first.map { $0.isNumber } ?? true ? "_" + name : name
    }
}

extension SignalQuestion.Measure {
    package var text: String {
        switch self {
        case .count: "count"
        case .rate: "rate"
        case .share(let search): "share(\(search))"
        case .newPattern: "new_pattern"
        case .quantile(let q, let field): "quantile(\(q.plainText), \(field))"
        case .average(let field): "avg(\(field))"
        case .maximum(let field): "max(\(field))"
        case .minimum(let field): "min(\(field))"
        }
    }
    /// What it looks at; nil where it only counts.
    package var field: String? {
        switch self {
        case .count, .rate, .share, .newPattern: nil
        case .quantile(_, let field), .average(let field), .maximum(let field), .minimum(let field): field
        }
    }
}

/// `count >= 5`, `rate > 0.5/s`, `p95 > 2s`, `p99(http.size) > 1MB`, `quantile(0.9, duration) > 300ms`, `max > 10s`.
package struct SignalThreshold: Hashable, Sendable {
    package var measure: SignalQuestion.Measure
    package var comparison: SignalQuestion.Comparison
    package var limit: Double

    /// Nil where it can't be read.
    package init?(_ text: String) {
        // What stands in parentheses may be a search, with comparisons of its own.
        let start = text.lastIndex(of: ")") ?? text.startIndex
        guard
            let (comparison, place) = SignalQuestion.Comparison.allCases.lazy.compactMap({ comparison in
                text[start...].firstRange(of: comparison.rawValue).map { (comparison, $0) }
            }).min(by: { ($0.1.lowerBound, $1.0.rawValue.count) < ($1.1.lowerBound, $0.0.rawValue.count) }),
            let measure = Self.measure(Self.trimmed(text[..<place.lowerBound])),
            let limit = Self.number(text[place.upperBound...].filter { !$0.isWhitespace }, isRate: measure == .rate)
        else { return nil }
        (self.measure, self.comparison, self.limit) = (measure, comparison, limit)
    }

    private static func trimmed(_ text: Substring) -> String {
        String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }

    private static func measure(_ text: String) -> SignalQuestion.Measure? {
        let name = trimmed(text.prefix { $0 != "(" }).lowercased()
        var inside = text.drop { $0 != "(" }
        if !inside.isEmpty {
            guard inside.hasPrefix("("), inside.hasSuffix(")") else { return nil }
            inside = inside.dropFirst().dropLast()
        }
        if name == "share" { return inside.isEmpty ? nil : .share(search: trimmed(inside)) }
        let arguments = inside.split(separator: ",").map { trimmed($0) }
        switch name {
        case "new_pattern": return arguments.isEmpty ? .newPattern : nil
        case "count": return arguments.isEmpty ? .count : nil
        case "rate": return arguments.isEmpty ? .rate : nil
        case "avg", "mean": return .average(field: arguments.first ?? "duration")
        case "max": return .maximum(field: arguments.first ?? "duration")
        case "min": return .minimum(field: arguments.first ?? "duration")
        case "quantile":
            guard let q = arguments.first.flatMap(Double.init), (0...1).contains(q) else { return nil }
            return .quantile(q, field: arguments.dropFirst().first ?? "duration")
        default:
            guard name.hasPrefix("p"), let percent = percentile(name.dropFirst()) else { return nil }
            return .quantile((percent * 1e10).rounded() / 1e12, field: arguments.first ?? "duration")
        }
    }
    /// `95`, `99.9`, and `999` for 99.9.
    private static func percentile(_ text: Substring) -> Double? {
        guard !text.isEmpty, text.allSatisfy({ $0.isNumber || $0 == "." }), let number = Double(text) else { return nil }
        if number <= 100 { return number }
        return text.count <= 5 && text.hasPrefix("9") ? Double(text.prefix(2) + "." + text.dropFirst(2)) : nil
    }

    private static func number(_ text: String, isRate: Bool) -> Double? {
        let body = isRate && text.hasSuffix("/s") ? String(text.dropLast(2)) : text
        if let number = Double(body), number.isFinite { return number }
        if let span = TimeSpan(prometheus: body) { return span.seconds }
        // Lengths of time as people write them, such as 1.5s, and sizes.
        let digits = body.prefix { $0.isNumber || $0 == "." || $0 == "-" }
        guard let number = Double(digits) else { return nil }
        switch body.dropFirst(digits.count) {
        case "µs", "us": return number / 1e6
        case "ms": return number / 1e3
        case "s": return number
        case "m": return number * 60
        case "h": return number * 3600
        case "%": return number / 100
        case "B": return number
        case "kB": return number * 1e3
        case "MB": return number * 1e6
        case "GB": return number * 1e9
        case "KiB": return number * 1024
        case "MiB": return number * 1_048_576
        case "GiB": return number * 1_073_741_824
        default: return nil
        }
    }
}

extension SignalQuestion {
    /// From what `text` says.
    package init?(_ text: String, _ signal: Signal) {
        guard text.hasPrefix(signal.rawValue + ":"), let bar = text.lastIndex(of: "|") else { return nil }
        let search = text[..<bar].dropFirst(signal.rawValue.count + 1)
        var words = text[text.index(after: bar)...].split(separator: " ").map(String.init)
        var fields: [String] = []
        if let by = words.lastIndex(of: "by") {
            fields = words[(by + 1)...].joined(separator: " ").split(separator: ",").map { $0.filter { !$0.isWhitespace } }
            words.removeSubrange(by...)
        }
        var window = TimeSpan.minutes(1)
        if let place = words.lastIndex(of: "in"), place + 2 == words.count, let span = TimeSpan(prometheus: words[place + 1]) {
            window = span
            words.removeSubrange(place...)
        }
        guard let threshold = SignalThreshold(words.joined(separator: " ")) else { return nil }
        let trimmed = String(search.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
        self.init(
            signal, search: trimmed == "everything" ? "" : trimmed, measure: threshold.measure, comparison: threshold.comparison,
            limit: threshold.limit, window: window, fields: fields)
    }
}
