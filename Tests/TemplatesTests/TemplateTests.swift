import Telemetry
import TestKit
import Testing

@testable import Templates

/// What Go's `text/template` and Prometheus's functions give for the same.
struct TemplateTests {
    private let data = TemplateValue.object([
        "Labels": .map(["job": .string("shop"), "instance": .string("order.prod.example:9104")]), "Value": .float(0.375),
        "ExternalLabels": .map(["cluster": .string("lab")]), "ExternalURL": .string("http://dw:9090/base"),
    ])
    private func expand(_ text: String, _ surroundings: TemplateSurroundings = .init(externalURL: "http://dw:9090/base"))
        throws(TemplateError) -> String
    {
        let scope = TemplateScope.prometheus(surroundings)
        return try Template(text, scope: scope).expand(data, scope: scope)
    }

    @Test(arguments: [
        ("plain", "plain"), ("{{ $labels.job }} at {{ $value }}", "shop at 0.375"), ("{{ .Labels.job }}", "shop"),
        ("{{ $labels.missing }}|", "|"),
        ("{{ $externalLabels.cluster }} {{ externalURL }} {{ pathPrefix }}", "lab http://dw:9090/base /base"),
        ("a  {{- 1 -}}  b", "a1b"), ("x{{/* note */}}y", "xy"), ("x {{- /* note */ -}} y", "xy"),
        ("{{ if gt $value 0.3 }}high{{ else }}low{{ end }}", "high"),
        ("{{ if eq $labels.job \"a\" \"shop\" }}yes{{ else if true }}other{{ end }}", "yes"),
        ("{{ if false }}a{{ else if eq 1 1 }}b{{ else }}c{{ end }}", "b"),
        ("{{ with $labels.none }}{{ . }}{{ else }}nothing{{ end }}", "nothing"),
        ("{{ range $k, $v := $labels }}{{ $k }}={{ $v }};{{ end }}", "instance=order.prod.example:9104;job=shop;"),
        ("{{ $x := 1 }}{{ range $i, $e := $labels }}{{ $x = 2 }}{{ end }}{{ $x }}", "2"),
        ("{{ define \"t\" }}<{{ . }}>{{ end }}{{ template \"t\" $labels.job }}", "<shop>"),
        ("{{ define \"t\" }}{{ .arg0 }}-{{ .arg1 }}{{ end }}{{ template \"t\" args 1 \"b\" }}", "1-b"),
        ("{{ printf \"%.2f|%5s|%-5s|%05d|%q|%v|%t\" $value \"ab\" \"ab\" 42 \"x\" 1.5 true }}", "0.38|   ab|ab   |00042|\"x\"|1.5|true"),
        ("{{ $value | humanizePercentage }}", "37.5%"), ("{{ 1234567.0 | humanize }}", "1.235M"), ("{{ humanize 0.00012 }}", "120u"),
        ("{{ humanize1024 1536.0 }}", "1.5ki"), ("{{ humanizeDuration 93784.0 }}", "1d 2h 3m 4s"),
        ("{{ humanizeDuration 0.0123 }}", "12.3ms"),
        ("{{ humanizeDuration 59.5 }}", "59.5s"), ("{{ humanizeTimestamp 1446723119.041 }}", "2015-11-05 11:31:59.041 +0000 UTC"),
        ("{{ (1446723119.0 | toTime).Format \"Jan 2, 15:04\" }}", "Nov 5, 11:31"),
        ("{{ \"hello world\" | title }} {{ toUpper \"x\" }}", "Hello World X"),
        ("{{ stripPort $labels.instance }} {{ stripDomain $labels.instance }}", "order.prod.example order:9104"),
        ("{{ stripDomain \"10.0.0.1:80\" }}", "10.0.0.1:80"), ("{{ stripPort \"[::1]:80\" }}", "::1"),
        ("{{ reReplaceAll \"(\\\\w+)\\\\.prod\\\\.\" \"$1-\" $labels.instance }}", "order-example:9104"),
        ("{{ match \"^order\" $labels.instance }}", "true"), ("{{ graphLink \"up == 0\" }}", "/graph?g0.expr=up+%3D%3D+0&g0.tab=0"),
        ("{{ and true 0 }} {{ or 0 \"\" \"x\" }} {{ not 1 }} {{ len \"abc\" }} {{ index $labels \"job\" }}", "0 x false 3 shop"),
        ("{{ 1000000.0 }} {{ 123456.0 }} {{ 0.00001 }} {{ print 1 2 \"a\" 3 }}", "1e+06 123456 1e-05 1 2a3"),
        ("{{ if and (gt $value 0.1) (lt $value 1.0) }}in{{ end }}", "in"), ("{{ range 3 }}{{ . }}{{ end }}", "012"),
        ("{{ range $i, $e := $labels }}{{ if eq $i \"job\" }}{{ break }}{{ end }}{{ $i }}{{ end }}", "instance"),
        ("{{ parseDuration \"1h30m\" }} {{ toDuration 90.5 }}", "5400 1m30.5s"), ("{{ printf \"%s %d\" \"a\" }}", "a %!d(MISSING)"),
    ])
    func expandsAsGo(_ text: String, _ wanted: String) throws { #expect(try expand(text) == wanted) }

    @Test func asksForQueries() throws {
        let surroundings = TemplateSurroundings { text throws(TemplateError) in
            text == "up" ? [(LabelSet([Label("instance", "b")]), 1), (LabelSet([Label("instance", "a")]), 0)] : []
        }
        let text =
            "{{ range query \"up\" | sortByLabel \"instance\" }}{{ .Labels.instance }}={{ .Value }} {{ end }}{{ query \"up\" | first | label \"instance\" }}"
        #expect(try expand(text, surroundings) == "a=0 b=1 b")
        #expect(throws: TemplateError.self) { try expand("{{ query \"none\" | first | value }}", surroundings) }
    }

    @Test(arguments: [
        ("{{ $label.x }}", "undefined variable \"$label\""), ("{{ nope 1 }}", "function \"nope\" not defined"),
        ("{{ if }}x{{ end }}", "missing value for if"),
        ("{{ if true }}x", "unexpected EOF"), ("{{ end }}", "unexpected {{end}}"), ("{{ 1", "unclosed action"),
        ("{{ \"x }}", "unterminated quoted string"),
        ("{{ break }}", "{{break}} outside {{range}}"), ("{{ ( 1 }}", "unclosed left paren"), ("{{ }}", "empty command"),
    ])
    func tellsWhatIsWrong(_ text: String, _ message: String) {
        #expect(throws: TemplateError.syntax(line: 1, message: message)) { try Template(text, scope: .prometheus()) }
    }

    @Test(arguments: [
        "{{ 1 | lt \"a\" }}", "{{ humanize \"x\" }}", "{{ .Labels.job.x }}", "{{ template \"none\" }}", "{{ index \"abc\" 9 }}",
    ])
    func throwsWhileExpanding(_ text: String) { #expect(throws: TemplateError.self) { try expand(text) } }

    @Test func boundsWorkAndDepth() {
        let nested = String(repeating: "{{ if true }}", count: 200)
        #expect(throws: TemplateError.self) { try Template(nested, scope: .prometheus()) }
        #expect(throws: TemplateError.self) { try expand("{{ range 1000000 }}{{ range 1000000 }}x{{ end }}{{ end }}") }
        #expect(throws: TemplateError.self) { try expand("{{ define \"t\" }}{{ template \"t\" . }}{{ end }}{{ template \"t\" . }}") }
    }

    /// What grows between functions is bounded like what is written; without it each of these would double for ever, or nearly.
    @Test(arguments: [
        "{{ $x := \"aaaa\" }}STEPS",
        "{{ $x := \"aaaa\" }}" + String(repeating: "{{ $x = reReplaceAll \"a\" \"aaaaaaaa\" $x }}", count: 20),
        "{{ $x := list 1 2 }}" + String(repeating: "{{ $x = list $x $x }}", count: 60) + "{{ len $x }}",
        "{{ $x := dict \"a\" 1 }}" + String(repeating: "{{ $x = dict \"a\" $x \"b\" $x }}", count: 60) + "{{ toJson $x }}",
        "{{ $x := printf \"%1000s\" \"\" }}{{ range 1000000 }}{{ $x = printf \"%s%s\" $x \"a\" }}{{ end }}",
    ])
    func boundsWhatGrowsWithinIt(_ text: String) {
        let text = text.replacing("STEPS", with: String(repeating: "{{ $x = print $x $x }}", count: 40))
        for scope in [TemplateScope.prometheus(), .notification()] {
            guard let template = try? Template(text, scope: scope) else { continue }
            #expect(throws: TemplateError.self) { try template.expand(.none, scope: scope) }
        }
        #expect((try? Template(text, scope: .notification())) != nil)
    }

    /// Whatever a template says, it gives a text or an error.
    @Test func neverTrapsOnGarbage() {
        var random = Seeded(4)
        let words = [
            "{{", "}}", "-", " ", "if", "range", "end", "else", "$x", ":=", ".", ".a", "(", ")", "|", "printf", "\"%d\"", "1", "1e9", "'",
            "\"", "`", "/*", "*/", "len", "index", "with", "define", "template", "\u{301}", "\\", "💥",
        ]
        for _ in 0..<20_000 {
            let text = (0..<Int.random(in: 1...14, using: &random)).map { _ in words.randomElement(using: &random) ?? "" }.joined()
            _ = try? expand(text)
        }
    }
}
