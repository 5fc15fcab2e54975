import Search
import TestKit
import Testing

@Suite struct SearchParserTests {
    @Test(arguments: [
        ("", ""),
        ("service=order", "service=order"),
        ("service=order status=error", "service=order status=error"),
        ("a=1 or b=2 c=3", "a=1 or (b=2 c=3)"),
        ("not a=1 b=2", "(not a=1) b=2"),
        ("!a=1", "not a=1"),
        ("!!a=1", "a=1"),
        ("a!=1 b!~x.*", "a!=1 b!~\"x.*\""),
        ("(a=1 or b=2) c=3", "(a=1 or b=2) c=3"),
        ("\"words in the text\"", "\"words in the text\""),
        ("timeout", "\"timeout\""),
        ("name~\"POST .*\"", "name~\"POST .*\""),
        ("url=http://x/y?a=b&c=d", "url=\"http://x/y?a=b&c=d\""),
        ("(name~^(GET|POST)$)", "name~\"^(GET|POST)$\""),
        ("http.response.status_code>=500", "http.response.status_code>=500"),
        ("duration > 500ms", "duration>500ms"),
        ("name=~x", "name~x"),
        ("(service=gateway) >> (db.system.name=postgresql status=error)", "(service=gateway) >> (db.system.name=postgresql status=error)"),
        ("service=a > service=b", "(service=a) > (service=b)"),
        ("root", "root"),
        ("root > name=x", "(root) > (name=x)"),
        ("a=1 and b=2", "a=1 b=2"),
        ("a=\"say \\\"x\\\"\"", "a=\"say \\\"x\\\"\""),
        ("order=1 android", "order=1 \"android\""),
    ])
    func searchesAreReadAsMeant(_ text: String, _ meaning: String) {
        let search = ParsedSearch(text)
        #expect(search.error == nil)
        #expect(search.expression.description == meaning)
    }

    @Test(arguments: [
        ("service=", 9, ""),
        ("a=1 (b=2", 5, "a=1 b=2"),
        ("a=1 )", 5, "a=1"),
        ("a=1 or", 7, "a=1"),
        ("or a=1", 1, "a=1"),
        ("not", 4, ""),
        ("=5", 1, ""),
        ("\"open", 1, "\"open\""),
        ("name~\"a(\" b=1", 8, "b=1"),
        ("(a=1) >>", 9, "a=1"),
        ("()", 1, ""),
        (">> a=1", 1, ""),
    ])
    func aHalfTypedSearchKeepsWhatCanBeReadAndPointsAtTheRest(_ text: String, _ column: Int, _ rest: String) {
        let search = ParsedSearch(text)
        #expect(search.error?.position?.column == column)
        #expect(search.error?.position?.line == 1)
        if text != ">> a=1" { #expect(search.expression.description == rest) }
    }

    @Test func whatIsPrintedReadsTheSame() {
        for text in ["a=1 or not (b=2 c!=3)", "((a=1) >> (b=2)) > (c~x)", "! \"x y\" root or level>=warn"] {
            let once = ParsedSearch(text).expression.description
            #expect(ParsedSearch(once).error == nil)
            #expect(ParsedSearch(once).expression.description == once)
        }
    }

    @Test func randomTextNeverTraps() {
        var random = Seeded(1)
        let alphabet = Array("ab=~!<>()\" ornt5.\\é\n")
        for _ in 0..<20_000 {
            let text = String(
                (0..<Int.random(in: 0...20, using: &random)).map { _ in alphabet[Int.random(in: alphabet.indices, using: &random)] })
            for schema in [SearchSchema.logs, .traces] { _ = CompiledSearch(ParsedSearch(text), schema: schema) }
        }
    }

    @Test func endlessBracketsAreRefused() {
        let search = ParsedSearch(String(repeating: "(", count: 4000))
        #expect(search.error != nil)
        #expect(ParsedSearch(String(repeating: "!", count: 4000) + "a=1").error == nil)
        #expect(ParsedSearch(String(repeating: "a ", count: 4000)).error?.message.contains("4096") == true)
    }
}
