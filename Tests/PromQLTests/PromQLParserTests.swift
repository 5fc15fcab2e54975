import Glibc
import Telemetry
import Testing

@testable import PromQL

@Suite struct PromQLParserTests {
    private func error(_ text: String, _ options: PromQLParser.Options = .everything) -> String {
        do {
            _ = try PromQLParser.parse(text, options: options)
            return "no error"
        } catch { return error.description }
    }
    private func node(_ text: String) throws -> Expression.Node { try PromQLParser.parse(text).node }

    @Test func powersGroupFromTheRightAndBindCloserThanSigns() throws {
        guard case .negation(let inner) = try node("-1 ^ 2 ^ 3"), case .binary(let outer) = inner.node else { return #expect(Bool(false)) }
        #expect(outer.operation == .power && outer.left.node == .number(1, spelling: nil))
        #expect(inner.range == SourceRange(1, 10))
    }

    @Test func precedenceIsOfTheOperators() throws {
        guard case .binary(let or) = try node("a or b and c == d + e * f") else { return #expect(Bool(false)) }
        guard case .binary(let and) = or.right.node, case .binary(let equal) = and.right.node else { return #expect(Bool(false)) }
        guard case .binary(let add) = equal.right.node, case .binary(let multiply) = add.right.node else { return #expect(Bool(false)) }
        #expect([or.operation, and.operation, equal.operation, add.operation, multiply.operation] == [.or, .and, .equal, .add, .multiply])
    }

    @Test func signsBeforeNumbersAreTheirs() throws {
        #expect(try node("-1") == .number(-1, spelling: nil))
        #expect(try node("--5m") == .number(300, spelling: "5m"))
        #expect(try node("0x1F") == .number(31, spelling: nil))
        #expect(try node("1_000.5e1_0") == .number(1_000.5e10, spelling: nil))
        #expect(try node("010") == .number(8, spelling: nil))
        #expect(try node("-iNf") == .number(-.infinity, spelling: nil))
    }

    @Test func selectorsKnowTheirNameMatchersAndShift() throws {
        let text = "up{job=~\"a|b\", \"x.y\"!='z',} @ 1.5 offset -2m"
        let expression = try PromQLParser.parse(text)
        guard case .vector(let selector) = expression.node else { return #expect(Bool(false)) }
        #expect(selector.name == "up" && selector.shift.at == .time(Timestamp(milliseconds: 1500)))
        #expect(selector.shift.offset == .constant(.minutes(-2)))
        let matchers = [
            LabelMatcher("job", .matches, "a|b"), LabelMatcher("x.y", .notEqual, "z"), LabelMatcher("__name__", .equal, "up"),
        ]
        #expect(selector.matchers == matchers && expression.range == SourceRange(0, text.utf8.count))
    }

    @Test func quotedNamesAreThoseOfTheMetric() throws {
        guard case .vector(let selector) = try node("{\"a.b\", c=\"\\u00e9\\x41\"}") else { return #expect(Bool(false)) }
        #expect(selector.matchers == [LabelMatcher("__name__", .equal, "a.b"), LabelMatcher("c", .equal, "éA")])
    }

    @Test func offsetsTakeOneWordButWholeParentheses() throws {
        guard case .binary(let power) = try node("a offset -2 ^ 2"), case .vector(let left) = power.left.node else {
            return #expect(Bool(false))
        }
        #expect(left.shift.offset == .constant(.seconds(-2)))
        guard case .vector(let whole) = try node("a offset (2) + 3"), case .computed = whole.shift.offset else {
            return #expect(Bool(false))
        }
    }

    @Test func keywordsMayNameMetricsAndLabels() throws {
        for text in ["sum", "by", "offset + offset", "start", "sum(sum) by (by, on, bool)", "fill + fill_left", "BY{a=\"b\"}", "min_of"] {
            #expect(error(text) == "no error", "\(text)")
        }
    }

    @Test func setOperationsMatchManyToMany() throws {
        guard case .binary(let and) = try node("a and on(x) b"), case .binary(let scaled) = try node("a * 2") else {
            return #expect(Bool(false))
        }
        #expect(and.matching?.cardinality == .manyToMany && scaled.matching == nil)
    }

    @Test(arguments: [
        ("", "unknown position: parse error: no expression found in input"),
        ("  # only a comment", "1:1: parse error: no expression found in input"),
        ("1 +\n  )", "2:4: parse error: unexpected right parenthesis ')'"),
        ("foo bar", "1:5: parse error: unexpected identifier \"bar\""),
        ("sum(foo 5)", "1:9: parse error: unexpected number \"5\" in aggregation"),
        ("sum by 5 (foo)", "1:8: parse error: unexpected number \"5\" in grouping opts, expected \"(\""),
        ("sum by (a b) (foo)", "1:11: parse error: unexpected identifier \"b\" in grouping opts, expected \",\" or \")\""),
        ("sum(a, b)", "1:1: parse error: wrong number of arguments for aggregate expression provided, expected 1, got 2"),
        ("foo{a~\"b\"}", "1:6: parse error: unexpected character inside braces: '~'"),
        ("foo{a 5}", "1:7: parse error: unexpected character inside braces: '5'"),
        ("foo{a,b=\"c\"}", "1:6: parse error: unexpected \",\" in label matching, expected label matching operator"),
        ("foo{a=b}", "1:7: parse error: unexpected identifier \"b\" in label matching, expected string"),
        ("foo{a=\"b\"", "1:10: parse error: unexpected end of input inside braces"),
        ("foo[5m", "1:7: parse error: unclosed left bracket"),
        ("foo[5m 5m]", "1:8: parse error: unexpected duration \"5m\" in subquery or range, expected \":\" or \"]\""),
        ("foo[0s]", "1:5: parse error: duration must be greater than 0"),
        ("foo[1/0]", "1:6: parse error: division by zero"),
        ("foo[]", "1:5: parse error: unexpected \"]\" in subquery or range selector, expected number, duration, step(), or range()"),
        ("(foo)[5m]", "1:6: parse error: ranges only allowed for vector selectors"),
        ("foo offset 5m[5m]", "1:14: parse error: no offset modifiers allowed before range"),
        ("foo offset x", "1:12: parse error: unexpected identifier \"x\" in offset, expected number, duration, step(), or range()"),
        ("foo @ x", "1:7: parse error: unexpected identifier \"x\" in @, expected timestamp"),
        ("foo @ 1 @ 2", "1:1: parse error: @ <timestamp> may not be set multiple times"),
        (
            "1 offset 5m",
            "1:1: parse error: offset modifier must be preceded by an instant vector selector or range vector selector or a subquery"
        ),
        ("nope(foo)", "1:1: parse error: unknown function with name \"nope\""),
        ("rate(foo)", "1:6: parse error: expected type range vector in call to function \"rate\", got instant vector"),
        ("rate(foo[1m], 2)", "1:1: parse error: expected 1 argument(s) in call to \"rate\", got 2"),
        ("abs(foo,)", "1:8: parse error: trailing commas not allowed in function call args"),
        ("1 == 1", "1:3: parse error: comparisons between scalars must use BOOL modifier"),
        ("foo + bool bar", "1:5: parse error: bool modifier can only be used on comparison operators"),
        ("1 and foo", "1:1: parse error: set operator \"and\" not allowed in binary scalar expression"),
        ("foo and on(a) group_left(b) bar", "1:1: parse error: no grouping allowed for \"and\" operation"),
        ("foo + on(a) group_left(a) bar", "1:5: parse error: label \"a\" must not occur in ON and GROUP clause at once"),
        ("-\"a\"", "1:1: parse error: unary expression only allowed on expressions of type scalar or instant vector, got \"string\""),
        ("foo{=~\"x\"}", "1:5: parse error: unexpected <op:=~> in label matching, expected identifier or \"}\""),
        ("<= 1", "1:1: parse error: unexpected <op:<=>"), (">=", "1:1: parse error: unexpected <op:>=>"),
        ("foo{a=~\"(\"}", "1:5: parse error: error parsing regexp: missing closing ): `(`"),
        ("{a=~\".*\"}", "1:1: parse error: vector selector must contain at least one non-empty matcher"),
        ("foo{__name__=\"bar\"}", "1:1: parse error: metric name must not be set twice: \"foo\" or \"bar\""),
        ("\"a\nb\"", "1:1: parse error: unterminated quoted string"),
        ("\"\\q\"", "1:1: parse error: unknown escape sequence U+0071 'q'"),
        ("1e", "1:1: parse error: bad number or duration syntax: \"1e\""),
        ("1e999", "1:1: parse error: error parsing number: strconv.ParseFloat: parsing \"1e999\": value out of range"),
        ("5mm", "1:1: parse error: bad number or duration syntax: \"5mm\""),
        ("5m3h", "1:1: parse error: not a valid duration string: \"5m3h\""),
        ("é", "1:1: parse error: unexpected character: 'é'"),
        ("info(a, b)", "1:9: parse error: expected label selectors only, got vector selector instead"),
    ])
    func errorsAreThoseOfPrometheus(_ text: String, _ message: String) { #expect(error(text) == message) }

    @Test func experimentsMustBeAskedFor() {
        #expect(error("info(a)", .stable) == "1:1: parse error: function \"info\" is not enabled")
        #expect(error("a[5m+1m]", .stable) == "1:3: parse error: experimental duration expression is not enabled")
        #expect(error("a anchored", .stable) == "1:1: parse error: anchored modifier is experimental and not enabled")
        #expect(error("a + fill(1) b", .stable) == "1:1: parse error: binop fill modifiers are experimental and not enabled")
        let limitk = "limitk() is experimental and must be enabled with --enable-feature=promql-experimental-functions"
        #expect(error("limitk(1, a)", .stable) == "1:1: parse error: " + limitk)
        for text in ["info(a)", "a[5m+step()]", "a[1m] anchored", "a + fill(1) b", "limitk(1, a)"] { #expect(error(text) == "no error") }
    }

    @Test func nestingEndsWithAPlaceOnASmallStack() {
        let texts = [
            String(repeating: "(", count: 10_000) + "1" + String(repeating: ")", count: 10_000),
            String(repeating: "-", count: 100_000) + "a", "1" + String(repeating: "^1", count: 100_000),
            "1" + String(repeating: "+1", count: 100_000), "a" + String(repeating: "[1m:]", count: 100_000),
            String(repeating: "abs(", count: 100_000), "a[" + String(repeating: "(", count: 100_000),
            "a offset " + String(repeating: "-", count: 100_000) + "1m", "a[" + String(repeating: "max_of(", count: 100_000),
            String(repeating: "sum by (a) (", count: 50_000), String(repeating: "a + on(b) ", count: 50_000) + "a",
        ]
        let messages = onSmallStack { texts.map { error($0) } }
        for (text, message) in zip(texts, messages) {
            #expect(message.contains("levels") && message.hasPrefix("1:"), "\(text.prefix(20)): \(message)")
        }
        let deep = String(repeating: "(", count: 95) + "a" + String(repeating: ")", count: 95)
        let wide = "a" + String(repeating: " + a", count: 490)
        #expect(onSmallStack { [error(deep), error(wide)] } == ["no error", "no error"])
    }

    @Test func lengthHasABound() {
        let message = error(String(repeating: " ", count: PromQLParser.lengthLimit + 1))
        #expect(message.contains("longer than") && message.contains("1:"))
    }

    @Test func selectorsAloneAreRead() throws {
        #expect(try PromQLParser.parseSelector("up{a='b'}").matchers.count == 2)
        #expect(try PromQLParser.parseSelector("{}").matchers.isEmpty, "who asks says whether all may be meant")
        for text in ["", "up + 1", "up[5m]", "5"] { #expect(throws: QueryError.self) { try PromQLParser.parseSelector(text) } }
    }

    @Test func everyFunctionIsNamedOnceInOrder() {
        let names = Function.all.map(\.name)
        #expect(names == Set(names).sorted() && names.count == 90)
        #expect(Function.all.allSatisfy { !$0.summary.isEmpty && !$0.summary.contains("\n") })
        #expect(Function.named("rate")?.arguments == [.matrix] && Function.named("RATE") == nil)
    }
}
