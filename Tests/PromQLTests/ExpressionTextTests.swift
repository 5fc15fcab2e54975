import Telemetry
import TestKit
import Testing

@testable import PromQL

@Suite struct ExpressionTextTests {
    private func text(_ query: String) throws -> String { try PromQLParser.parse(query).text }

    @Test(arguments: [
        ("sum by() (a)", "sum(a)"), ("sum(a)without()", "sum without () (a)"), ("SUM(a) BY (x,\"y.z\")", "sum by (x, \"y.z\") (a)"),
        ("a{b='c',a!~\"d\"}", "a{a!~\"d\",b=\"c\"}"), ("{\"a\"}", "{__name__=\"a\"}"), ("a{}", "a"),
        ("a[60s:7d]offset-1w@5", "a[1m:1w] @ 5.000 offset -1w"), ("a[365d]", "a[1y]"), ("a[90]", "a[1m30s]"), ("60m", "1h"),
        ("a+on()group_left b", "a + on () group_left () b"), ("a*ignoring(x)fill(1)b", "a * ignoring (x) fill (1) b"),
        ("a and on(without_) b", "a and on (without_) b"), ("1e3 - -Inf", "1000 - -Inf"), ("-(1)", "-(1)"), ("- 1 ^ 2", "-1 ^ 2"),
        ("a offset +-2 ^ 2", "a offset +-2 ^ 2"), ("a [ 1m*step() ] anchored", "a[1m * step()] anchored"),
        ("'\\u00e9\\t'", "\"é\\t\""), ("count_values('x', a)", "count_values(\"x\", a)"),
        ("sum(a) by (\"without\")", "sum by (\"without\") (a)"),
    ])
    func normalFormIsThatOfPrometheus(_ query: String, _ normal: String) throws { #expect(try text(query) == normal) }

    @Test func longQueriesAreSplitAtTheirParts() throws {
        let query = "histogram_quantile(0.9, sum by (le) (rate(a[5m]))) > 1"
        #expect(try PromQLParser.parse(query).pretty() == query)
        let wanted = """
              histogram_quantile(
                0.9,
                sum by (le) (
                  rate(a[5m])
                )
              )
            >
              1
            """
        #expect(try PromQLParser.parse(query).pretty(lineLimit: 15) == wanted)
    }

    @Test func whatIsPrintedReadsBackTheSame() throws {
        for seed in UInt64(0)..<3000 {
            var random = RandomQuery(seed)
            let query = random.query()
            let first = try #require(throwsNothing { try PromQLParser.parse(query) }, "seed \(seed): \(query)")
            for text in [first.text, first.pretty(lineLimit: 20)] {
                let second = try #require(throwsNothing { try PromQLParser.parse(text) }, "seed \(seed): \(query)\nprinted \(text)")
                #expect(bare(first) == bare(second), "seed \(seed): \(query)\nprinted \(text)\nagain \(second.text)")
            }
        }
    }

    @Test func numbersHaveTheirShortestDigits() {
        #expect(
            [0.1, 1e21, 1.5e-7, -12.25e3, 5e-300].map { (number: Double) in number.plainText } == [
                "0.1", "1000000000000000000000", "0.00000015", "-12250", "0." + String(repeating: "0", count: 299) + "5",
            ])
        #expect(
            [fixed(1.5, decimals: 3), fixed(-0.0005, decimals: 3), fixed(9.9996, decimals: 3), fixed(3, decimals: 0)] == [
                "1.500", "-0.001", "10.000", "3",
            ])
    }
}

private func throwsNothing<Result>(_ body: () throws -> Result) -> Result? { try? body() }

/// Without places, and with matchers sorted: what two texts of one query share.
private func bare(_ expression: Expression) -> Expression {
    let node: Expression.Node =
        switch expression.node {
        // No NaN equals another.
        case .number(let value, let spelling): .number(value.isNaN ? -999 : value, spelling: spelling)
        case .string: expression.node
        case .parentheses(let inner): .parentheses(bare(inner))
        case .negation(let inner): .negation(bare(inner))
        case .plus(let inner): .plus(bare(inner))
        case .binary(let binary): .binary(bare(binary))
        case .aggregation(let aggregation): .aggregation(bare(aggregation))
        case .call(let call): .call(Call(call.function, call.arguments.map(bare)))
        case .vector(let selector): .vector(bare(selector))
        case .matrix(let matrix): .matrix(MatrixSelector(bare(matrix.selector), selectorRange: nowhere, range: bare(matrix.range)))
        case .subquery(let subquery):
            .subquery(
                Subquery(bare(subquery.inner), range: bare(subquery.range), step: subquery.step.map(bare), shift: bare(subquery.shift)))
        }
    return Expression(node, nowhere)
}
private let nowhere = SourceRange(0, 0)

private func bare(_ binary: BinaryExpression) -> BinaryExpression {
    BinaryExpression(
        binary.operation, bare(binary.left), bare(binary.right), returnsBool: binary.returnsBool, matching: binary.matching,
        operatorRange: nowhere)
}

private func bare(_ aggregation: Aggregation) -> Aggregation {
    Aggregation(
        aggregation.operation, bare(aggregation.inner), parameter: aggregation.parameter.map(bare), grouping: aggregation.grouping,
        isWithout: aggregation.isWithout)
}

private func bare(_ selector: VectorSelector) -> VectorSelector {
    let matchers = selector.matchers.sorted { $0.text < $1.text }
    return VectorSelector(name: selector.name, matchers: matchers, shift: bare(selector.shift), modifier: selector.modifier)
}

private func bare(_ shift: TimeShift) -> TimeShift { TimeShift(at: shift.at, offset: bare(shift.offset)) }

private func bare(_ duration: DurationExpression) -> DurationExpression {
    if case .computed(let expression) = duration { .computed(bare(expression)) } else { duration }
}
