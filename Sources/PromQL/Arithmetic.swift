import Glibc
import Telemetry

extension BinaryExpression.Operation {
    /// Between two numbers: the result, and for a comparison whether it holds (the result is then the left number).
    @inline(__always)
    func apply(_ left: Double, _ right: Double) -> (value: Double, holds: Bool) {
        switch self {
        case .add: (left + right, true)
        case .subtract: (left - right, true)
        case .multiply: (left * right, true)
        case .divide: (left / right, true)
        case .modulo: (fmod(left, right), true)
        case .power: (pow(left, right), true)
        case .atan2: (Glibc.atan2(left, right), true)
        case .equal: (left, left == right)
        case .notEqual: (left, left != right)
        case .less: (left, left < right)
        case .lessOrEqual: (left, left <= right)
        case .greater: (left, left > right)
        case .greaterOrEqual: (left, left >= right)
        case .and, .or, .unless, .trimUpper, .trimLower: (left, false)
        }
    }
    /// Between scalars a comparison is 0 or 1.
    func scalar(_ left: Double, _ right: Double) -> Double {
        let (value, holds) = apply(left, right)
        return isComparison ? (holds ? 1 : 0) : value
    }
    /// The values mean something else than before, so the name goes.
    var dropsName: Bool {
        switch self {
        case .add, .subtract, .multiply, .divide, .modulo, .power, .atan2: true
        default: false
        }
    }
}

/// A binary operation between two points: what it gives, nil for nothing.
struct PointOperation {
    let operation: BinaryExpression.Operation
    let returnsBool: Bool
    /// Of the whole binary expression.
    let range: SourceRange
    let run: Evaluation

    /// Nil where the types don't go together; `holds` is false where a comparison filters the point out.
    func apply(_ left: PointValue, _ right: PointValue) -> (value: PointValue, holds: Bool)? {
        guard case .float(let a) = left, case .float(let b) = right else { return applyHistograms(left, right) }
        if operation == .trimLower || operation == .trimUpper {
            run.notes.incompatibleTypes("float", operation.rawValue, "float", range)
            return nil
        }
        let (value, holds) = operation.apply(a, b)
        if returnsBool { return (.float(holds ? 1 : 0), true) }
        return (.float(value), holds)
    }
}

/// `vector op scalar` or `scalar op vector`.
final class VectorScalarOperator: Operator {
    private let inner: Operator
    private let scalar: StepValues
    private let isScalarLeft: Bool
    private let operation: PointOperation

    init(_ inner: Operator, _ scalar: StepValues, isScalarLeft: Bool, _ operation: PointOperation) {
        self.inner = inner
        self.scalar = scalar
        self.isScalarLeft = isScalarLeft
        self.operation = operation
        let drops = operation.operation.dropsName || operation.returnsBool
        super.init(inner.run, inner.grid, drops ? inner.labels.droppingNames() : inner.labels)
    }

    override func fill(_ row: Int, _ out: Row) throws(QueryError) {
        try inner.fill(row, out)
        if !out.histograms.isEmpty || operation.operation == .trimLower || operation.operation == .trimUpper { return fillPoints(out) }
        switch operation.operation {
        case .add: each(out) { $0 + $1 }
        case .subtract: each(out) { $0 - $1 }
        case .multiply: each(out) { $0 * $1 }
        case .divide: each(out) { $0 / $1 }
        case .equal: compare(out) { $0 == $1 }
        case .notEqual: compare(out) { $0 != $1 }
        case .less: compare(out) { $0 < $1 }
        case .lessOrEqual: compare(out) { $0 <= $1 }
        case .greater: compare(out) { $0 > $1 }
        case .greaterOrEqual: compare(out) { $0 >= $1 }
        default: fillPoints(out)
        }
    }
    /// Replaces every float by what `body` makes of the left and the right number.
    @inline(__always)
    private func each(_ out: Row, _ body: (Double, Double) -> Double) {
        let (values, isScalarLeft) = (out.values, isScalarLeft)
        switch scalar {
        case .constant(let number):
            for step in 0..<out.count where !isAbsent(values[step]) {
                values[step] = isScalarLeft ? body(number, values[step]) : body(values[step], number)
            }
        case .each(let numbers):
            for step in 0..<out.count where !isAbsent(values[step]) {
                values[step] = isScalarLeft ? body(numbers[step], values[step]) : body(values[step], numbers[step])
            }
        }
    }
    /// Of a comparison the vector's value goes on, on whichever side it stands.
    @inline(__always)
    private func compare(_ out: Row, _ holds: (Double, Double) -> Bool) {
        let isLeft = isScalarLeft
        if operation.returnsBool { return each(out) { holds($0, $1) ? 1 : 0 } }
        each(out) { holds($0, $1) ? (isLeft ? $1 : $0) : absent }
    }
    private func fillPoints(_ out: Row) {
        let histograms = out.histograms
        if !histograms.isEmpty { out.histograms = [] }
        for step in 0..<out.count where !isAbsent(out.values[step]) {
            guard case .float(let value)? = result(.float(out.values[step]), step) else {
                out.values[step] = absent
                continue
            }
            out.values[step] = value
        }
        for entry in histograms {
            switch result(.histogram(entry.value), entry.step) {
            case .float(let value)?: out.values[entry.step] = value
            case .histogram(let value)?: out.histograms.append(StepHistogram(step: entry.step, value: value))
            case nil: break
            }
        }
    }
    private func result(_ point: PointValue, _ step: Int) -> PointValue? {
        let number = PointValue.float(scalar[step])
        guard let (value, holds) = isScalarLeft ? operation.apply(number, point) : operation.apply(point, number), holds else { return nil }
        // Of a comparison the vector's value goes on, on whichever side it stands.
        return operation.operation.isComparison && !operation.returnsBool ? point : value
    }
}

/// `-vector`.
final class NegationOperator: Operator {
    private let inner: Operator
    init(_ inner: Operator) {
        self.inner = inner
        super.init(inner.run, inner.grid, inner.labels.droppingNames())
    }
    override func fill(_ row: Int, _ out: Row) throws(QueryError) {
        try inner.fill(row, out)
        for step in 0..<out.count where !isAbsent(out.values[step]) { out.values[step] = -out.values[step] }
        for index in out.histograms.indices { out.histograms[index].value.scale(by: -1) }
    }
}
