import Telemetry
import Testing

@testable import PromQL

@Suite struct ExpressionTests {
    @Test func comparisonOfNumbersIsAScalar() {
        let one = Expression(.number(1, spelling: nil), SourceRange(0, 1))
        let two = Expression(.number(2, spelling: nil), SourceRange(9, 10))
        let binary = BinaryExpression(.less, one, two, returnsBool: true, operatorRange: SourceRange(2, 3))
        #expect(Expression(.binary(binary), SourceRange(0, 10)).type == .scalar)
    }
}
