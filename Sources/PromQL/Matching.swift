import Telemetry

/// Which series of two sides belong together: each gets the number of its signature, the labels that are compared.
struct Signatures {
    private(set) var left: [Int] = []
    private(set) var right: [Int] = []
    private(set) var count = 0

    init(_ matching: BinaryExpression.Matching, _ leftLabels: LabelTable, _ rightLabels: LabelTable, _ symbols: Symbols) {
        let selection = LabelSelection(matching.labels.map(symbols.symbol), isOn: matching.isOn, name: symbols.name)
        var index = LabelIndex(capacity: leftLabels.count)
        var key: [SymbolPair] = []
        func number(_ labels: LabelTable) -> [Int] {
            (0..<labels.count).map {
                selection.select(labels[$0], into: &key)
                return index.insert(key[...]).row
            }
        }
        left = number(leftLabels)
        right = number(rightLabels)
        count = index.count
    }
    static func areUnique(_ signatures: [Int], of count: Int) -> Bool {
        var seen = [Bool](repeating: false, count: count)
        for signature in signatures {
            if seen[signature] { return false }
            seen[signature] = true
        }
        return true
    }
}

/// The labels of a result of two matched series, `many` being the side that may have several.
struct ResultLabels {
    private let matching: BinaryExpression.Matching
    private let listed: [Symbol]
    private let include: [Symbol]
    private let dropsMetadata: Bool
    private let symbols: Symbols

    init(_ matching: BinaryExpression.Matching, _ operation: BinaryExpression.Operation, _ symbols: Symbols) {
        self.matching = matching
        self.symbols = symbols
        dropsMetadata = operation.dropsName
        include = matching.include.map(symbols.symbol)
        listed = matching.labels.map(symbols.symbol)
    }
    func make(_ many: ArraySlice<SymbolPair>, _ one: ArraySlice<SymbolPair>, into out: inout [SymbolPair]) {
        out.removeAll(keepingCapacity: true)
        for pair in many {
            if dropsMetadata, symbols.isMetadata(pair.name) { continue }
            if matching.cardinality == .oneToOne, listed.contains(pair.name) != matching.isOn { continue }
            out.append(pair)
        }
        for name in include {
            out.set(name, one.first { $0.name == name }?.value ?? .empty)
        }
    }
}

extension Planner {
    /// `vector op vector`. Where each signature stands once on each side, series meet series and nothing is kept; otherwise step by step.
    func matched(_ binary: BinaryExpression, _ range: SourceRange, _ left: Operator, _ right: Operator) throws(QueryError) -> Operator {
        let matching = binary.matching ?? BinaryExpression.Matching()
        let signatures = Signatures(matching, left.labels, right.labels, run.symbols)
        if binary.operation.isSet { return try setOperation(binary.operation, left, right, signatures) }
        let operation = PointOperation(operation: binary.operation, returnsBool: binary.returnsBool, range: range, run: run)
        let job = MatchJob(left: left, right: right, matching: matching, signatures: signatures, operation: operation)
        if let paired = try PairedOperator.make(job) { return paired }
        return try StepwiseMatch.match(job)
    }

    private func setOperation(
        _ operation: BinaryExpression.Operation, _ left: Operator, _ right: Operator, _ signatures: Signatures
    ) throws(QueryError) -> Operator {
        if operation == .or { return try union(left, right, signatures) }
        let presence = try Presence(right, signatures.right, of: signatures.count)
        return MaskOperator(left, signatures.left, presence, keepsPresent: operation == .and)
    }
    private func union(_ left: Operator, _ right: Operator, _ signatures: Signatures) throws(QueryError) -> Operator {
        let left = try Matrix.collecting(left)
        let masked = MaskOperator(right, signatures.right, try Presence(left, signatures.left, of: signatures.count), keepsPresent: false)
        return try merged([left, masked])
    }

    /// All series of `parts`; those of equal labels become one, where both or neither are to lose their names.
    func merged(_ parts: [Operator]) throws(QueryError) -> Operator {
        var index = LabelIndex(capacity: parts.reduce(0) { $0 + $1.count })
        for part in parts {
            for row in 0..<part.count { _ = index.insert(part.labels[row], dropsName: losesName(part, row), heedsDrops: true) }
        }
        if parts.count == 1, index.count == parts[0].count { return parts[0] }
        let matrix = try Matrix.make(run, parts[0].grid, index.table)
        let row = Row(count: matrix.grid.count)
        for part in parts {
            for source in 0..<part.count {
                try part.fill(source, row)
                try matrix.merge(index.find(part.labels[source], dropsName: losesName(part, source)) ?? 0, row)
            }
        }
        return matrix
    }
    private func losesName(_ part: Operator, _ row: Int) -> Bool {
        part.labels.dropsName[row] && part.labels[row].contains { run.symbols.isMetadata($0.name) }
    }
}

extension Matrix {
    /// Lays `from` over series `row`; throws where both have a point at one step.
    func merge(_ row: Int, _ from: Row) throws(QueryError) {
        for step in 0..<grid.count where !isAbsent(from.values[step]) {
            if isPresent(row, step) { throw .execution(message: "vector cannot contain metrics with the same labelset") }
            set(row, step, .float(from.values[step]))
        }
        for entry in from.histograms {
            if isPresent(row, entry.step) { throw .execution(message: "vector cannot contain metrics with the same labelset") }
            set(row, entry.step, .histogram(entry.value))
        }
    }
}

/// At which steps any series of a signature has a point.
struct Presence {
    private var present: [Bool]
    private let steps: Int
    init(_ source: Operator, _ signatures: [Int], of count: Int) throws(QueryError) {
        steps = source.grid.count
        try source.run.hold(count.multipliedReportingOverflow(by: steps).partialValue / 8)
        present = Array(repeating: false, count: count * steps)
        let row = Row(count: steps)
        for index in 0..<source.count {
            try source.fill(index, row)
            let base = signatures[index] * steps
            for step in 0..<steps where !isAbsent(row.values[step]) { present[base + step] = true }
            for histogram in row.histograms { present[base + histogram.step] = true }
        }
    }
    @inline(__always) func at(_ signature: Int, _ step: Int) -> Bool { present[signature * steps + step] }
}

/// A side of `and`, `unless` or `or`: its points where the other side has (or hasn't) a partner.
final class MaskOperator: Operator {
    private let inner: Operator
    private let signatures: [Int]
    private let presence: Presence
    private let keepsPresent: Bool
    init(_ inner: Operator, _ signatures: [Int], _ presence: Presence, keepsPresent: Bool) {
        self.inner = inner
        self.signatures = signatures
        self.presence = presence
        self.keepsPresent = keepsPresent
        super.init(inner.run, inner.grid, inner.labels)
    }
    override func fill(_ row: Int, _ out: Row) throws(QueryError) {
        try inner.fill(row, out)
        let signature = signatures[row]
        for step in 0..<out.count where presence.at(signature, step) != keepsPresent { out.values[step] = absent }
        if !out.histograms.isEmpty { out.histograms.removeAll { presence.at(signature, $0.step) != keepsPresent } }
    }
}
