import Telemetry

extension Planner {
    /// `count_values("label", v)`: how many series have each value, the value becoming a label.
    func countValues(_ aggregation: Aggregation, _ label: String, _ inner: Operator) throws(QueryError) -> Operator {
        guard !label.isEmpty else { throw .execution(message: "invalid label name \(quoted(label))") }
        let symbols = run.symbols
        let grouping = aggregation.grouping + (aggregation.isWithout ? [] : [label])
        let selection = LabelSelection(grouping.map(symbols.symbol), isOn: !aggregation.isWithout, name: symbols.name)
        let name = symbols.symbol(label)
        var (index, counts) = (LabelIndex(), [[Double]]())
        var (labels, key) = ([SymbolPair](), [SymbolPair]())
        let row = Row(count: inner.grid.count)
        for source in 0..<inner.count {
            try inner.fill(source, row)
            try run.checkCancellation(cost: 1 + row.count / 4)
            for step in 0..<row.count {
                let text: String
                if !isAbsent(row.values[step]) {
                    text = row.values[step].plainText
                } else if let histogram = row.histogram(at: step) {
                    text = histogram.description
                } else {
                    continue
                }
                labels = Array(inner.labels[source])
                labels.set(name, symbols.symbol(text))
                selection.select(labels[...], into: &key)
                let (group, isNew) = index.insert(key[...])
                if isNew {
                    try run.hold(row.count)
                    counts.append(Array(repeating: 0, count: row.count))
                }
                counts[group][step] += 1
            }
        }
        let matrix = Matrix(run, inner.grid, index.table)
        for (group, list) in counts.enumerated() {
            for step in list.indices where list[step] > 0 { matrix.set(group, step, .float(list[step])) }
        }
        return matrix
    }
}
