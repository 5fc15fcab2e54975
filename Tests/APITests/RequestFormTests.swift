import Ports
import Telemetry
import Testing

@testable import API

@Suite struct RequestFormTests {
    private func form(_ query: String, body: String? = nil) throws -> RequestForm {
        try RequestForm(
            HTTPRequest(
                method: body == nil ? "GET" : "POST", path: "/", query: query,
                headers: body == nil ? [] : [("content-type", "application/x-www-form-urlencoded; charset=utf-8")],
                body: Array((body ?? "").utf8)))
    }

    @Test func readsQueriesAndForms() throws {
        let form = try form("query=b&x=%41+%2b&x=2&flag", body: "query=up%7Ba%3D%22%C3%A9%22%7D&match[]=a&match%5B%5D=b&empty=")
        #expect(form["query"] == "up{a=\"é\"}")
        #expect(form.all("x") == ["A +", "2"])
        #expect(form.all("match[]") == ["a", "b"])
        #expect(form["flag"] == nil)
        #expect(form["empty"] == nil)
    }

    @Test(arguments: [
        ("a=%zz", "invalid URL escape \"%zz\""), ("a=%4", "invalid URL escape \"%4\""), ("a=1;b=2", "invalid semicolon separator in query"),
        ("a=%ff", "it is not UTF-8"),
    ])
    func refusesTornForms(_ query: String, _ detail: String) {
        #expect(throws: APIFailure(.badData, "error parsing form values: \(detail)")) { try form(query) }
    }

    @Test func giantFormsAreRefused() throws {
        let many = Array(repeating: "match[]=up", count: RequestForm.countLimit)
        #expect(try form("", body: many.joined(separator: "&")).all("match[]").count == RequestForm.countLimit)
        let more = (many + ["x=1"]).joined(separator: "&")
        let tooMany = APIFailure(.badData, "error parsing form values: more than 10000 parameters")
        #expect(throws: tooMany) { try form(more) }
        #expect(throws: tooMany) { try form("y=1", body: many.joined(separator: "&")) }
        #expect(throws: APIFailure(.badData, "error parsing form values: http: POST too large")) {
            try form("", body: "query=" + String(repeating: "1", count: RequestForm.sizeLimit))
        }
    }

    static let times: [(String, Int64)] = [
        ("0", 0), ("1.5", 1500), ("-1", -1000), ("1435781451.781", 1_435_781_451_781), ("1e3", 1_000_000),
        ("2015-07-01T20:10:51.781Z", 1_435_781_451_781),
        ("2015-07-01T20:10:51Z", 1_435_781_451_000), ("2015-07-01T22:10:51.781999+02:00", 1_435_781_451_781),
        ("1969-12-31T23:59:59.5Z", -500),
        ("2024-02-29T00:00:00-00:30", 1_709_166_600_000), ("0001-01-01T00:00:00Z", -62_135_596_800_000),
    ]
    @Test(arguments: times)
    func readsTimes(_ text: String, _ milliseconds: Int64) throws { #expect(try RequestForm.time(text).milliseconds == milliseconds) }

    @Test(arguments: [
        "", "x", "2023-02-29T00:00:00Z", "2023-01-01", "2023-01-01T24:00:00Z", "2023-01-01T00:00:00", "2023-13-01T00:00:00Z", "nan", "inf",
        "1_0", "0x10", "2023-01-01T00:00:00.Z", "2023-01-01T00:00:00Zx",
    ])
    func refusesOtherTimes(_ text: String) {
        #expect(throws: APIFailure(.badData, "cannot parse \"\(text)\" to a valid timestamp")) { try RequestForm.time(text) }
    }

    @Test func timesBeyondAllBoundsSaturate() throws {
        #expect(try RequestForm.time("-292273086-05-16T16:47:06Z") == .distantPast)
        #expect(try RequestForm.time("+292277025-08-18T07:12:54.999999999Z") == .distantFuture)
        #expect(try RequestForm.time("1e300").milliseconds > 9_000_000_000_000_000_000)
        #expect(try RequestForm.time("-1e300").milliseconds < -9_000_000_000_000_000_000)
    }

    @Test func readsSpans() throws {
        #expect(try RequestForm.span("15") == .seconds(15))
        #expect(try RequestForm.span("0.5") == .milliseconds(500))
        #expect(try RequestForm.span("1h30m") == .minutes(90))
        #expect(throws: APIFailure(.badData, "cannot parse \"1e10\" to a valid duration. It overflows int64")) {
            try RequestForm.span("1e10")
        }
        #expect(throws: APIFailure(.badData, "cannot parse \"5 m\" to a valid duration")) { try RequestForm.span("5 m") }
    }

    @Test func timesAreWrittenAsTheyAreRead() throws {
        for text in [
            "2015-07-01T20:10:51.781Z", "1970-01-01T00:00:00Z", "2024-02-29T23:59:59Z", "1969-12-31T23:59:59.500Z", "0001-01-01T00:00:00Z",
        ] {
            #expect(try RequestForm.time(text).rfc3339 == text)
        }
    }

    @Test func namesAreUnescaped() {
        for (escaped, name) in [
            ("U__http_2e_status", "http.status"), ("U__a__b", "a_b"), ("plain_name", "plain_name"), ("U__bad_zz_", "U__bad_zz_"),
            ("U__cut_2e", "U__cut_2e"), ("U___1f600_", "\u{1f600}"),
        ] {
            #expect(unescapedName(escaped) == name)
        }
    }
}
