import Telemetry
import TestKit
import Testing
import Wire

@testable import Recordings

@Suite struct LoneFileReaderTests {
    private let files = MemoryFiles()
    private let now = Timestamp.seconds(1_800_000_000)

    private func open(_ text: String, blockLength: Int = 1 << 20) throws(Diagnostic) -> LoneFileReader {
        files.all["it"] = Array(text.utf8)
        return try LoneFileReader("it", files: files, now: now, blockLength: blockLength)
    }
    private func all(_ reader: LoneFileReader) -> [Arrival] {
        var arrivals: [Arrival] = []
        while let arrival = reader.next() { arrivals.append(arrival) }
        return arrivals
    }
    private func lines(_ arrivals: [Arrival]) -> [UInt8] {
        arrivals.flatMap { if case .lines(let lines) = $0.payload { lines.bytes } else { [UInt8]() } }
    }
    private func spans(_ arrivals: [Arrival]) -> [Span] {
        arrivals.flatMap { if case .spans(let spans) = $0.payload { spans.batches.flatMap(\.spans) } else { [Span]() } }
    }
    private func request(_ id: Int, seconds: Int) -> String {
        #"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"4bf92f3577b34da6a3ce929d0e0e4736","spanId":"000000000000000\#(id)","name":"a","startTimeUnixNano":"\#(seconds)000000000","endTimeUnixNano":"\#(seconds + 1)000000000"}]}]}]}"#
    }

    @Test func requestsALineComeAtTheTimeOfTheirSpans() throws {
        let reader = try open(request(1, seconds: 1_700_000_000) + "\n\n" + request(2, seconds: 1_700_000_100) + "\n")
        #expect(reader.from == .seconds(1_700_000_000))
        let arrivals = all(reader)
        #expect(arrivals.map(\.time) == [.seconds(1_700_000_001), .seconds(1_700_000_101)])
        #expect(spans(arrivals).map(\.spanID) == [SpanID(1), SpanID(2)])
        #expect(arrivals.allSatisfy { $0.source == Source(.file, "it") } && reader.warnings.isEmpty)
    }

    @Test func aRequestOverSeveralLinesIsOneRequest() throws {
        let reader = try open(request(1, seconds: 1_700_000_000).replacing(",", with: ",\n"))
        #expect(spans(all(reader)).count == 1 && reader.warnings.isEmpty)
    }

    @Test func aBadLineLosesOnlyItself() throws {
        let reader = try open(request(1, seconds: 1_700_000_000) + "\n{\"resourceSpans\":[\n" + request(2, seconds: 1_700_000_100) + "\n")
        #expect(spans(all(reader)).count == 2)
        #expect(reader.warnings.map(\.position) == [SourcePosition(line: 2, column: 1)])
    }

    @Test func timesNeverGoBackAndNeverLieInTheFuture() throws {
        let reader = try open([1_700_000_100, 1_700_000_000, 4_102_444_800].map { request(1, seconds: $0) }.joined(separator: "\n"))
        #expect(all(reader).map(\.time) == [.seconds(1_700_000_101), .seconds(1_700_000_101), now])
    }

    @Test func logsComeWholeWhateverTheirLength() throws {
        var text = "{\"level\":\"info\",\"msg\":\"first\"}\n"
        for number in 0..<20_000 {
            text += "{\"level\":\"info\",\"msg\":\"line \(number)\",\"pad\":\"\(String(repeating: "p", count: number % 60))\"}\n"
        }
        text += "the last one has no newline"
        let arrivals = all(try open(text))
        #expect(arrivals.count > 3 && lines(arrivals) == Array(text.utf8))
        #expect(
            arrivals.allSatisfy {
                if case .lines(let lines) = $0.payload { lines.bytes.count < 2 * LoneFileReader.pieceLength } else { false }
            })
    }

    @Test func linesWithoutATimeComeWithThoseAroundThem() throws {
        let text = "2023-11-14 22:13:20,000 ERROR main: boom\nTraceback (most recent call last):\n  File \"x.py\", line 1\n"
        let reader = try open(text)
        #expect(reader.from == .seconds(1_700_000_000) && all(reader).map(\.time) == [.seconds(1_700_000_000)])
        #expect(all(try open("no time\nnone here either\n")).map(\.time) == [now])
    }

    @Test func anEndlessLineIsCutOnceAndTheNextIsWhole() throws {
        let text = "{\"msg\":\"first\"}\n" + String(repeating: "y", count: 4 << 20) + "\n{\"msg\":\"last\"}\n"
        let read = lines(all(try open(text)))
        #expect(read.count { $0 == 0x0a } == 3)
        #expect(read.count < 2 * LogLineReader.maximumLine && read.suffix(15) == Array("{\"msg\":\"last\"}\n".utf8)[...])
        let torn = lines(all(try open("{\"msg\":\"first\"}\n" + String(repeating: "y", count: 4 << 20))))
        #expect(torn.count { $0 == 0x0a } == 2)
    }

    @Test func anEmptyFileIsAnEmptyLog() throws {
        let reader = try open("")
        #expect(reader.next() == nil && reader.from == nil && reader.to == nil && reader.warnings.isEmpty)
    }

    @Test func aPageOfMetricsIsOneScrape() throws {
        let arrivals = all(try open("# TYPE a counter\na_total 1\n# EOF\n"))
        guard case .scrape(let scrape)? = arrivals.first?.payload else { throw Diagnostic(message: "no scrape") }
        #expect(arrivals.count == 1 && scrape.contentType.hasPrefix("application/openmetrics-text") && scrape.started == now)
    }

    @Test func metricsInOTLPComeAtTheTimeOfTheirPoints() throws {
        func request(_ value: Int, _ seconds: Int) -> String {
            let points = #"[{"asInt":"\#(value)","timeUnixNano":"\#(seconds)000000000"}]"#
            let sum = #"{"aggregationTemporality":1,"isMonotonic":true,"dataPoints":\#(points)}"#
            return #"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"a","sum":\#(sum)}]}]}]}"#
        }
        let reader = try open(request(2, 1_700_000_000) + "\n" + request(3, 1_700_000_010) + "\n")
        #expect(reader.from == .seconds(1_700_000_000))
        let arrivals = all(reader)
        #expect(arrivals.map(\.time) == [.seconds(1_700_000_000), .seconds(1_700_000_010)])
        var values: [Double] = []
        for case .metrics(let batch) in arrivals.map(\.payload) { values += batch.series.flatMap(\.samples).map(\.value) }
        #expect(values == [2, 5], "deltas are added up")
    }

    @Test func exportsOfZipkinAreRead() throws {
        let reader = try open(
            #"[{"traceId":"1","id":"2","name":"get","timestamp":1700000000000000,"duration":5000,"localEndpoint":{"serviceName":"edge"}}]"#)
        #expect(spans(all(reader)).map(\.name) == ["get"] && reader.from == .seconds(1_700_000_000))
    }

    @Test func whatIsNoTelemetryIsRefusedInASentence() {
        #expect(throws: Diagnostic.self) { try open("\u{7f}ELF\u{0}\u{1}\u{2}\u{3}\u{0}\u{0}\u{0}\u{0}") }
        #expect(throws: Diagnostic(source: "gone", message: "no such file")) { try LoneFileReader("gone", files: files, now: now) }
    }

    /// Whatever the bytes: a diagnostic or arrivals, never a trap, and an end.
    @Test(arguments: 0..<40) func anyBytesComeToAnEnd(seed: UInt64) {
        var random = Seeded(seed)
        var bytes = Array((request(1, seconds: 1_700_000_000) + "\n" + #"[{"traceId":"1","id":"2"}]"# + "\n# TYPE a counter\n").utf8)
        for _ in 0..<Int.random(in: 1...60, using: &random) {
            bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
        }
        files.all["it"] = Array(bytes.shuffled(using: &random).prefix(Int.random(in: 0...bytes.count, using: &random))) + bytes
        guard let reader = try? LoneFileReader("it", files: files, now: now) else { return }
        #expect(all(reader).count <= bytes.count)
    }

    // MARK: Samples with times of their own

    private func samples(_ arrivals: [Arrival]) -> [LabelSet: [Sample]] {
        var all: [LabelSet: [Sample]] = [:]
        for case .metrics(let batch) in arrivals.map(\.payload) {
            for series in batch.series { all[series.labels, default: []] += series.samples }
        }
        return all
    }

    @Test func samplesKeepTheirTimesAndLabels() throws {
        let reader = try open(
            "# TYPE x counter\nx{job=\"shop\"} 1 1700000000000\nx{job=\"shop\"} 2 1700000015000\ny -1.5e3 1700000005000\n")
        #expect(reader.from == .seconds(1_700_000_000))
        let arrivals = all(reader)
        #expect(
            samples(arrivals) == [
                LabelSet([Label("__name__", "x"), Label("job", "shop")]): [
                    Sample(.seconds(1_700_000_000), 1), Sample(.seconds(1_700_000_015), 2),
                ],
                LabelSet([Label("__name__", "y")]): [Sample(.seconds(1_700_000_005), -1500)],
            ])
        #expect(arrivals.map(\.time) == [.seconds(1_700_000_015)] && reader.warnings.isEmpty && reader.to == .seconds(1_700_000_015))
    }

    @Test func openMetricsFilesTellTheirTimesInSeconds() throws {
        let reader = try open("# TYPE x counter\nx_total 1 1700000000.5 # {trace_id=\"a\"} 1\nx_total 2 1700000015\n# EOF\n")
        let arrivals = all(reader)
        #expect(
            samples(arrivals) == [
                LabelSet([Label("__name__", "x_total")]): [
                    Sample(Timestamp(milliseconds: 1_700_000_000_500), 1), Sample(.seconds(1_700_000_015), 2),
                ]
            ])
        guard case .metrics(let batch)? = arrivals.first?.payload else {
            Issue.record("no samples came")
            return
        }
        #expect(batch.metadata["x"]?.type == .counter && batch.series[0].exemplars.count == 1 && reader.warnings.isEmpty)
    }

    @Test func badSampleLinesAreToldWithTheirPlaces() throws {
        let reader = try open("x 1 1000\nx one 2000\nx{a=\"1\",a=\"2\"} 1 3000\nx 4\n\n# comment\nx{ 5 5000\nx 6 6000\n<x>\nx 7 7000")
        #expect(samples(all(reader)) == [LabelSet([Label("__name__", "x")]): [1, 6, 7].map { Sample(.seconds($0), Double($0)) }])
        #expect(reader.warnings.map(\.position?.line) == [2, 3, 4, 7, 9])
        #expect(reader.warnings.first?.position?.column == 3 && reader.warnings.first?.source == "it")
    }

    @Test func aPageWithoutTimesIsStillAPage() throws {
        let arrivals = all(try open("# TYPE x counter\nx 1\ny 2 1700000000000\n"))
        guard case .scrape? = arrivals.first?.payload else {
            Issue.record("no page came")
            return
        }
    }

    /// Against one parser for the whole text, whatever stands where blocks end.
    @Test(arguments: 0..<6) func blocksCutNothing(seed: UInt64) throws {
        var random = Seeded(seed)
        var text = ""
        var expected: [LabelSet: [Sample]] = [:]
        var bad = 0
        for number in 0..<100 {
            let pad = String(repeating: "p", count: Int.random(in: 0..<300, using: &random))
            let labels = LabelSet([Label("__name__", "m\(number % 250)"), Label("pad", pad)])
            for round in 0..<Int.random(in: 1..<60, using: &random) {
                let (value, time) = (Double(Int.random(in: 0..<1000, using: &random)) / 8, Int64(1_000 * number + round))
                text += "m\(number % 250){pad=\"\(pad)\"} \(value) \(time)\n"
                expected[labels, default: []].append(Sample(Timestamp(milliseconds: time), value))
            }
            guard Int.random(in: 0..<20, using: &random) == 0 else { continue }
            bad += 1
            text += pick(["broken", "x{a=\"\(String(repeating: "v", count: 20_000))\"} 1 1"], &random) + "\n"
        }
        let reader = try open(text, blockLength: 5000)
        // Labels without a value are none.
        let wanted = Dictionary(expected.map { (LabelSet($0.labels), $1) }, uniquingKeysWith: +)
        #expect(samples(all(reader)) == wanted && reader.warnings.count == bad, "seed \(seed)")
    }
    private func pick(_ choices: [String], _ random: inout Seeded) -> String { choices.randomElement(using: &random) ?? "" }
}
