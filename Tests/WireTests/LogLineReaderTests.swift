import Telemetry
import Testing

@testable import Wire

@Suite struct LogLineReaderTests {
    /// 2026-11-21T06:43:13Z.
    private let arrival = Timestamp.seconds(1_795_243_393)

    private func read(
        _ text: String, format: LogFormat = .auto, fields: LogFieldNames = .init(), labels: [Label] = []
    ) -> (records: [LogRecord], batches: [LogBatch], outcome: LogLineReader.Outcome) {
        let lines = LogLines(bytes: Array(text.utf8), labels: labels, format: format, fields: fields)
        let (batches, outcome) = LogLineReader().read(lines, arrival: arrival)
        return (batches.flatMap(\.records), batches, outcome)
    }
    private func only(_ text: String) throws -> LogRecord { try #require(read(text).records.first) }

    @Test func takesALineOfTheUsualKind() throws {
        let (records, batches, _) = read(
            #"{"timestamp":"2026-11-21T06:43:12.250Z","level":"ERROR","service":"order","message":"card refused","trace_id":"0af7651916cd43dd8448eb211c80319c","span_id":"b7ad6b7169203331","http":{"status":502},"items":[1,2]}"#
        )
        let record = try #require(records.first)
        #expect(record.time == PreciseTime(nanoseconds: 1_795_243_392_250_000_000))
        #expect(record.severity == .error && record.severityText == "ERROR" && record.message == "card refused")
        #expect(record.traceID.hexadecimal == "0af7651916cd43dd8448eb211c80319c" && record.spanID.hexadecimal == "b7ad6b7169203331")
        #expect(record.attributes == [Attribute("http.status", .int(502)), Attribute("items", .array([.int(1), .int(2)]))])
        #expect(batches.map(\.resource.serviceName) == ["order"])
    }

    @Test func accessLogGetsAMessageAndALevel() throws {
        let record = try only(
            #"{"timestamp":"2026-11-21T06:43:13.001Z","service":"gateway","method":"GET","path":"/users/login","status":429,"flags":"RL","duration_ms":3,"upstream":null,"trace_id":"0af7651916cd43dd8448eb211c80319c"}"#
        )
        #expect(record.message == "GET /users/login 429 3 ms RL")
        #expect(record.severity == .warn && record.severityText.isEmpty)
        #expect(try only(#"{"method":"GET","path":"/","status":503,"level":"info"}"#).severity == .info)
        #expect(try only(#"{"method":"GET","path":"/","status":503}"#).severity == .error)
    }

    @Test(arguments: [
        #""2026-11-21T06:43:12Z""#, #""2026-11-21T07:43:12+01:00""#, #""2026-11-21 06:43:12""#, #""2026/11/21 06:43:12,000""#,
        #""2026-11-21T06:43:12.000000000Z""#, "1795243392", "1795243392000", "1795243392000000", "1795243392000000000", "1795243392.0",
        #""1795243392""#, #""1795243392000""#, #""1795243392.000""#, #""2026-11-21T05:13:12 -0130""#,
    ]) func timesAreReadInAllTheirForms(_ form: String) throws {
        for name in ["timestamp", "ts", "time", "@timestamp", "t", "eventTime", "datetime", "date", "start_time"] {
            #expect(
                try only("{\"\(name)\":\(form),\"msg\":\"x\"}").time == PreciseTime(nanoseconds: 1_795_243_392_000_000_000),
                "\(name) \(form)")
        }
    }

    @Test(arguments: ["12", #""1970-01-01T00:00:01Z""#, #""2100-01-01T00:00:00Z""#, #""yesterday""#])
    func impossibleTimesBecomeTheArrival(_ form: String) throws {
        let record = try only("{\"time\":\(form),\"msg\":\"x\"}")
        #expect(record.time == arrival.precise)
        #expect(record.attributes.map(\.key) == ["log.time"])
    }

    @Test(arguments: [
        (#""level":"warning""#, Severity.warn), (#""severity":"ERR""#, .error), (#""lvl":"D""#, .debug),
        (#""levelname":"CRITICAL""#, .fatal),
        (#""level":30"#, .info), (#""level":50"#, .error), (#""log":{"level":"info"}"#, .info), (#""severity_number":14"#, Severity(14)),
        (#""PRIORITY":"3""#, .error), (#""short_message":"m","level":4"#, .warn), (#""level":"weird""#, .unspecified),
    ]) func levelsAreReadInAllTheirForms(_ member: String, _ expected: Severity) throws {
        #expect(try only("{\(member),\"x\":1}").severity == expected)
    }

    @Test(arguments: [
        #""trace_id":"5759e988bd862e3fe1be46a994272793""#, #""traceId":"5759E988BD862E3FE1BE46A994272793""#,
        #""trace":{"id":"5759e988bd862e3fe1be46a994272793"}"#, #""xray_trace_id":"1-5759e988-bd862e3fe1be46a994272793""#,
        #""traceID":"Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1""#,
        #""otelTraceID":"5759e988-bd86-2e3f-e1be-46a994272793""#,
        #""traceparent":"00-5759e988bd862e3fe1be46a994272793-00f067aa0ba902b7-01""#,
    ]) func traceIDsAreReadInAllTheirForms(_ member: String) throws {
        #expect(try only("{\(member)}").traceID.hexadecimal == "5759e988bd862e3fe1be46a994272793")
    }

    @Test func datadogIDsAreDecimal() throws {
        let record = try only(#"{"dd.trace_id":"255","dd.span_id":16,"msg":"x"}"#)
        #expect(record.traceID == TraceID(high: 0, low: 255) && record.spanID == SpanID(16) && record.attributes.isEmpty)
    }

    @Test func idsThatAreNoneStayAttributes() throws {
        #expect(try only(#"{"trace_id":"-","msg":"x"}"#).attributes == [Attribute("trace_id", .string("-"))])
    }

    @Test func configuredNamesComeFirst() throws {
        let fields = LogFieldNames(level: "a.b", message: "note")
        let record = try #require(read(#"{"message":"no","note":"yes","a":{"b":"error"},"level":"info"}"#, fields: fields).records.first)
        #expect(record.message == "yes" && record.severity == .error)
        #expect(Set(record.attributes.map(\.key)) == ["message", "level"])
    }

    @Test(arguments: [
        ("2026-11-21 06:43:12,000 ERROR something broke", Severity.error), ("[2026-11-21T06:43:12Z] [warn] careful", .warn),
        ("2026/11/21 06:43:12 [error] 7#7: upstream", .error), ("2026-11-21T06:43:12Z level=info msg=x", .info),
        ("2026-11-21T06:43:12Z nothing to report about an error", .unspecified),
    ]) func textLinesGiveTimeAndLevel(_ line: String, _ severity: Severity) throws {
        let record = try only(line)
        #expect(record.time == PreciseTime(nanoseconds: 1_795_243_392_000_000_000))
        #expect(record.severity == severity && record.message == line)
    }

    @Test func linesThatAreNotJSONAreKeptAndCounted() {
        let (records, _, outcome) = read("{\"a\":\nplain\r\n\n{\"msg\":\"x\"}\n", format: .json)
        #expect(records.map(\.message) == ["{\"a\":", "plain", "x"])
        #expect(outcome.lines == 3 && outcome.malformed == 2 && !outcome.detail.isEmpty)
        #expect(read("plain\n").outcome.malformed == 0)
        #expect(read("{\"level\": \n").outcome.malformed == 1)
    }

    @Test func textWithoutATimeTakesThatOfTheLineBefore() {
        let text = """
            started
            2023-11-14 22:13:20 ERROR boom
            Traceback (most recent call last):
            {"msg":"json tells its own time or none"}
            {"ts":1700000009,"msg":"later"}
              at x.py:1
            """
        let reader = LogLineReader()
        let times = reader.read(LogLines(bytes: Array(text.utf8)), arrival: arrival).batches.flatMap(\.records).map(\.time)
        let (first, later) = (Timestamp.seconds(1_700_000_000).precise, Timestamp.seconds(1_700_000_009).precise)
        #expect(times == [arrival.precise, first, first, arrival.precise, later, later])
        #expect(
            reader.read(LogLines(bytes: Array(text.utf8)), arrival: .seconds(1_700_000_009)).batches.flatMap(\.records)[2].time == first)
        let next = reader.read(LogLines(bytes: Array("at y.py:2".utf8)), arrival: arrival).batches.flatMap(\.records)
        #expect(next.map(\.time) == [arrival.precise], "what came apart is not one stack trace")
    }

    @Test func endlessLinesAreCut() throws {
        let (records, _, outcome) = read(String(repeating: "x", count: LogLineReader.maximumLine + 5) + "\nnext\n")
        #expect(records.map(\.message.utf8.count) == [LogLineReader.maximumLine, 4])
        #expect(outcome.tooLarge == 1 && records[0].attributes.map(\.key) == ["log.cut"])
    }

    @Test func badUTF8IsRepaired() {
        let lines = LogLines(bytes: [0x61, 0xff, 0x62, 0x0a])
        #expect(LogLineReader().read(lines, arrival: arrival).batches.flatMap(\.records).map(\.message) == ["a\u{fffd}b"])
    }

    @Test func labelsAndServicesMakeTheResource() {
        let (_, batches, _) = read(
            "{\"service\":\"a\",\"msg\":\"1\"}\n{\"app\":\"b\",\"msg\":\"2\"}\n{\"service\":\"a\",\"msg\":\"3\"}\nx\n",
            labels: [Label("env", "lab"), Label("service", "fallback")])
        #expect(batches.map(\.resource.serviceName) == ["a", "b", "fallback"])
        #expect(batches.map(\.records.count) == [2, 1, 1])
        #expect(batches.allSatisfy { $0.resource.text("env") == "lab" })
    }

    @Test func aLongLevelIsKeptButNotRemembered() {
        let reader = LogLineReader()
        let level = String(repeating: "x", count: 1000)
        let lines = LogLines(bytes: Array(#"{"level":"\#(level)","message":"m"}"#.utf8))
        #expect(reader.read(lines, arrival: arrival).batches.flatMap(\.records).map(\.severityText) == [level])
        #expect(reader.levels.isEmpty)
    }
}
