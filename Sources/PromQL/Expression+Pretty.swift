extension Expression {
    /// Bytes of a line, beyond which an expression is split.
    package static let lineLimit = 100

    /// The query over as many lines as it needs, indented as Prometheus's formatter does.
    package func pretty(lineLimit: Int = Expression.lineLimit) -> String { pretty(0, lineLimit) }

    private func pretty(_ level: Int, _ limit: Int) -> String {
        let indent = String(repeating: "  ", count: level)
        let line = text
        let isLong = line.utf8.count > limit
        switch node {
        case .negation(let inner), .plus(let inner):
            let sign = if case .negation = node { "-" } else { "+" }
            return indent + sign + inner.pretty(level, limit).drop { $0 == " " || $0 == "\n" }
        case .subquery(let subquery): return isLong ? subquery.inner.pretty(level, limit) + subquery.suffix : line
        case _ where !isLong: return indent + line
        case .parentheses(let inner): return "\(indent)(\n\(inner.pretty(level + 1, limit))\n\(indent))"
        case .binary(let binary):
            let left = binary.isPowerOfInfinity ? indent + "  Inf" : binary.left.pretty(level + 1, limit)
            return "\(left)\n\(indent)\(binary.head)\n\(binary.right.pretty(level + 1, limit))"
        case .aggregation(let aggregation):
            let parameter = aggregation.parameter.map { $0.pretty(level + 1, limit) + ",\n" } ?? ""
            return "\(indent)\(aggregation.head)(\n\(parameter)\(aggregation.inner.pretty(level + 1, limit))\n\(indent))"
        case .call(let call):
            let arguments = call.arguments.map { $0.pretty(level + 1, limit) }.joined(separator: ",\n")
            return "\(indent)\(call.function.name)(\n\(arguments)\n\(indent))"
        default: return indent + line
        }
    }
}
