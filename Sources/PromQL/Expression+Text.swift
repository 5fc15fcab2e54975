import Telemetry

extension Expression {
    /// The query in Prometheus's normal form, on one line; reading it gives the same expression (matchers are sorted).
    package var text: String {
        var out = ""
        write(to: &out)
        return out
    }

    func write(to out: inout String) {
        switch node {
        case .number(let value, let spelling): out += spelling ?? value.plainText
        case .string(let text): out += quoted(text)
        case .parentheses(let inner): inner.write(to: &out, between: "(", ")")
        case .negation(let inner): inner.write(to: &out, between: "-", "")
        case .plus(let inner): inner.write(to: &out, between: "+", "")
        case .binary(let binary):
            if binary.isPowerOfInfinity { out += "Inf" } else { binary.left.write(to: &out) }
            binary.right.write(to: &out, between: " \(binary.head) ", "")
        case .aggregation(let aggregation):
            if let parameter = aggregation.parameter { parameter.write(to: &out, between: aggregation.head + "(", ", ") }
            aggregation.inner.write(to: &out, between: aggregation.parameter == nil ? aggregation.head + "(" : "", ")")
        case .call(let call): call.write(to: &out)
        case .vector(let selector): out += selector.text
        case .matrix(let matrix): out += matrix.text
        case .subquery(let subquery): subquery.inner.write(to: &out, between: "", subquery.suffix)
        }
    }

    private func write(to out: inout String, between before: String, _ after: String) {
        out += before
        write(to: &out)
        out += after
    }
}

extension BinaryExpression {
    /// A sign before the infinity would go to the whole power.
    var isPowerOfInfinity: Bool { operation == .power && left.node == .number(.infinity, spelling: nil) }
    /// The operator with its modifiers: `* on (a) group_left (b)`.
    var head: String { operation.rawValue + (returnsBool ? " bool" : "") + (matching?.text ?? "") }
}

extension BinaryExpression.Matching {
    fileprivate var text: String {
        let groups = cardinality == .manyToOne || cardinality == .oneToMany
        var text = ""
        if !labels.isEmpty || isOn || groups { text += " \(isOn ? "on" : "ignoring") (\(list(labels)))" }
        if groups { text += " group_\(cardinality == .manyToOne ? "left" : "right") (\(list(include)))" }
        if let fillLeft, fillLeft == fillRight { return text + " fill (\(fillLeft.plainText))" }
        if let fillLeft { text += " fill_left (\(fillLeft.plainText))" }
        if let fillRight { text += " fill_right (\(fillRight.plainText))" }
        return text
    }
}

/// Names for `by (…)` and its like, quoted where they would be read as something else.
private func list(_ names: [String]) -> String {
    names.map { name in
        let isWord = isPlainName(name) && Token.words[name.lowercased()]?.canNameLabel != false
        return isWord ? name : quoted(name)
    }.joined(separator: ", ")
}

func isPlainName(_ name: String) -> Bool {
    guard let first = name.utf8.first, isLetter(first) else { return false }
    return name.utf8.allSatisfy { isLetter($0) || isDigit($0) }
}

extension Aggregation {
    /// `sum by (a) `: all before the parenthesis.
    var head: String {
        if isWithout { return "\(operation.rawValue) without (\(list(grouping))) " }
        return grouping.isEmpty ? operation.rawValue : "\(operation.rawValue) by (\(list(grouping))) "
    }
}

extension Call {
    fileprivate func write(to out: inout String) {
        out += function.name + "("
        for (index, argument) in arguments.enumerated() {
            if index > 0 { out += ", " }
            argument.write(to: &out)
        }
        out += ")"
    }
}

extension LabelMatcher {
    /// `name="value"`, as PromQL reads it.
    package var text: String { (isPlainName(name) ? name : quoted(name)) + operation.rawValue + quoted(value) }
}

extension VectorSelector {
    package var text: String {
        let modifier = modifier.map { " \($0.rawValue)" } ?? ""
        return series + shift.atText + modifier + shift.offsetText
    }
    /// The name and the braces.
    fileprivate var series: String {
        let texts = matchers.filter { matcher in
            matcher.name != LabelSet.nameLabel || matcher.operation != .equal || matcher.value != self.name || matcher.value.isEmpty
        }.map(\.text).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let name = name ?? ""
        return texts.isEmpty && !name.isEmpty ? name : name + "{" + texts.joined(separator: ",") + "}"
    }
}

extension MatrixSelector {
    fileprivate var text: String {
        let modifier = selector.modifier.map { " \($0.rawValue)" } ?? ""
        return selector.series + "[" + range.text + "]" + modifier + selector.shift.atText + selector.shift.offsetText
    }
}

extension Subquery {
    /// All behind the inner expression.
    var suffix: String { "[\(range.text):\(step?.text ?? "")]" + shift.atText + shift.offsetText }
}

extension TimeShift {
    fileprivate var atText: String {
        switch at {
        case nil: ""
        case .start: " @ start()"
        case .end: " @ end()"
        case .time(let time): " @ " + fixed(Double(time.milliseconds) / 1000, decimals: 3)
        }
    }
    fileprivate var offsetText: String {
        switch offset {
        case .constant(.zero): return ""
        case .constant(let span) where span < .zero: return " offset -" + (.zero - span).queryText
        case .constant(let span): return " offset " + span.queryText
        case .computed(let expression):
            // An offset takes one word only, but for what begins with a parenthesis or two signs.
            let text = expression.text
            guard expression.isBinaryBelowSigns, !text.hasPrefix("("), !text.hasPrefix("--") else { return " offset " + text }
            return " offset " + (text.hasPrefix("-") ? "+" : "++") + text
        }
    }
}

extension Expression {
    fileprivate var isBinaryBelowSigns: Bool {
        switch node {
        case .binary: true
        case .negation(let inner), .plus(let inner): inner.isBinaryBelowSigns
        default: false
        }
    }
}

extension DurationExpression {
    fileprivate var text: String {
        switch self {
        case .constant(let span): span.queryText
        case .computed(let expression): expression.text
        }
    }
}

extension TimeSpan {
    /// `1w`, `1h30m`, `500ms`: years and weeks only where they are whole; seconds as a number for what milliseconds can't say.
    var queryText: String {
        guard nanoseconds.isMultiple(of: 1_000_000) else { return seconds.plainText }
        let units: [(String, Int64)] = [("y", 31_536_000_000), ("w", 604_800_000)]
        let milliseconds = nanoseconds / 1_000_000
        for (index, unit) in units.enumerated() where milliseconds != 0 && milliseconds.isMultiple(of: unit.1) {
            // Whole years are whole; else whole weeks are.
            return "\(milliseconds / unit.1)\(units[index].0)"
        }
        return prometheus
    }
}
