import Patterns
import Telemetry

extension Planner {
    /// `label_replace(v, dst, replacement, src, regex)`: by labels alone; series that become alike are put together.
    func labelReplace(_ call: Call, _ grid: StepGrid) throws(QueryError) -> Operator {
        let (destination, replacement) = (try string(call, 1), try string(call, 2))
        let (source, text) = (try string(call, 3), try string(call, 4))
        let pattern: Pattern
        do { pattern = try Pattern(text, dotMatchesNewline: true) } catch {
            throw .execution(message: "invalid regular expression in label_replace(): \(text)")
        }
        if destination.isEmpty { throw .execution(message: "invalid destination label name in label_replace(): \(destination)") }
        let inner = try vector(try argument(call, 0), grid)
        let name = run.symbols.symbol(source)
        var made: [Symbol: Symbol?] = [:]
        return try relabeled(inner, destination) { (row) throws(QueryError) in
            let value = inner.labels.value(name, row: row)
            if let known = made[value] { return known }
            let expanded = pattern.captures(of: run.symbols.text(value)).map { run.symbols.symbol(pattern.expand(replacement, with: $0)) }
            made[value] = .some(expanded)
            return expanded
        }
    }

    /// `label_join(v, dst, separator, src…)`.
    func labelJoin(_ call: Call, _ grid: StepGrid) throws(QueryError) -> Operator {
        let (destination, separator) = (try string(call, 1), try string(call, 2))
        var sources: [Symbol] = []
        for index in 3..<max(call.arguments.count, 3) {
            let source = try string(call, index)
            if source.isEmpty { throw .execution(message: "invalid source label name in label_join(): \(source)") }
            sources.append(run.symbols.symbol(source))
        }
        if destination.isEmpty { throw .execution(message: "invalid destination label name in label_join(): \(destination)") }
        let inner = try vector(try argument(call, 0), grid)
        return try relabeled(inner, destination) { (row) throws(QueryError) in
            run.symbols.symbol(sources.map { run.symbols.text(inner.labels.value($0, row: row)) }.joined(separator: separator))
        }
    }

    /// `inner` with one label set anew; nil leaves a series as it is.
    private func relabeled(
        _ inner: Operator, _ destination: String, _ value: (Int) throws(QueryError) -> Symbol?
    ) throws(QueryError) -> Operator {
        let name = run.symbols.symbol(destination)
        var (table, labels) = (LabelTable(), [SymbolPair]())
        for row in 0..<inner.count {
            labels = Array(inner.labels[row])
            var drops = inner.labels.dropsName[row]
            if let value = try value(row) {
                labels.set(name, value)
                // A name given on purpose stays.
                if name == run.symbols.name { drops = false }
            }
            table.append(labels, dropsName: drops)
            try run.checkCancellation()
        }
        return try merged([RelabeledOperator(inner, table)])
    }
}

final class RelabeledOperator: Operator {
    private let inner: Operator
    init(_ inner: Operator, _ labels: LabelTable) {
        self.inner = inner
        super.init(inner.run, inner.grid, labels)
    }
    override func fill(_ row: Int, _ out: Row) throws(QueryError) { try inner.fill(row, out) }
}
