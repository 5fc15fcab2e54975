import Patterns
import Telemetry
import Testing

@Suite struct PatternTemplateTests {
    @Test func capturesTheGroupsOfAWholeMatch() throws {
        let pattern = try Pattern("(?P<host>[^:]+)(:(\\d+))?")
        #expect(pattern.captures(of: "shop:80") == ["shop:80", "shop", ":80", "80"])
        #expect(pattern.captures(of: "schön") == ["schön", "schön", nil, nil])
        #expect(pattern.captures(of: "") == nil)
        #expect(try Pattern("a*").captures(of: "") == [""])
        #expect(try Pattern("(a*)b").captures(of: "xb") == nil)
        #expect(pattern.groupNames == ["host", nil, nil])
        let many = try Pattern(String(repeating: "(.)", count: 50))
        #expect(many.captures(of: String(repeating: "x", count: 50))?.count == 51)
    }

    @Test(arguments: [
        ("$1", "shop"), ("${1}x", "shopx"), ("$1x", ""), ("$host-$2", "shop-80"), ("${host}", "shop"), ("$$1", "$1"), ("$0", "shop:80"),
        ("$9", ""), ("a$", "a$"), ("${1", "${1"), ("${}", "${}"), ("$-", "$-"), ("$99999999999999999999", ""), ("plain", "plain"),
        ("$none.", "."), ("é$1é", "é"), ("é${1}é", "éshopé"), ("$2$1", "80shop"),
    ])
    func expandsAsGoDoes(_ template: String, _ expanded: String) throws {
        let pattern = try Pattern("(?P<host>[^:]+):(\\d+)")
        let captures = try #require(pattern.captures(of: "shop:80"))
        #expect(pattern.expand(template, with: captures) == expanded)
    }

    @Test func errorsAreSaidInGosWords() {
        let sources = ["(a", "a)", "[z-a]", "*", "a**", "a{2,1}", "\\", "(?<a)", "\\8", "(a{1000}){1000}"]
        let errors = sources.map { source in
            do throws(PatternError) {
                _ = try Pattern(source)
                return "none"
            } catch { return error.prometheusText }
        }
        #expect(
            errors == [
                "error parsing regexp: missing closing ): `(a`", "error parsing regexp: unexpected ): `a)`",
                "error parsing regexp: invalid character class range: `z-a`",
                "error parsing regexp: missing argument to repetition operator: `*`",
                "error parsing regexp: invalid nested repetition operator: `**`", "error parsing regexp: invalid repeat count: `{2,1}`",
                "error parsing regexp: trailing backslash at end of expression",
                "error parsing regexp: invalid or unsupported Perl syntax: `(?<`",
                "error parsing regexp: invalid escape sequence: `\\8`", "error parsing regexp: invalid repeat count: `{1000}`",
            ])
    }
}
