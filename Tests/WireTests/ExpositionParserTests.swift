import Telemetry
import TestKit
import Testing

@testable import Wire

@Suite struct ExpositionParserTests {
    /// One entry with its labels read.
    private enum Line: Equatable {
        case sample(LabelSet, Double, Int64?, Exemplar?)
        case metadata(ExpositionMetadata)
    }

    private func lines(_ page: String, _ format: ExpositionFormat = .text, isStrict: Bool = false) throws(ExpositionError) -> [Line] {
        let bytes = Array(page.utf8)
        let outcome: Result<[Line], ExpositionError> = bytes.withUnsafeBufferPointer { page in
            do throws(ExpositionError) {
                var parser = ExpositionParser(page, format: format, isStrict: isStrict)
                return .success(try walk(&parser))
            } catch { return .failure(error) }
        }
        return try outcome.get()
    }

    private func walk(_ parser: inout ExpositionParser) throws(ExpositionError) -> [Line] {
        var lines: [Line] = []
        while true {
            switch try parser.next() {
            case .end: return lines
            case .metadata(let line): lines.append(.metadata(try parser.metadata(of: line)))
            case .sample(let sample):
                var exemplar: Exemplar?
                if let range = sample.exemplar { exemplar = try parser.exemplar(of: range, at: .seconds(9)) }
                lines.append(.sample(try parser.labels(of: sample.series), sample.value, sample.time?.milliseconds, exemplar))
            }
        }
    }

    private func problem(_ page: String, _ format: ExpositionFormat = .text) -> String {
        do throws(ExpositionError) {
            _ = try lines(page, format)
            return "taken"
        } catch { return error.description }
    }

    private func series(_ name: String, _ labels: Label...) -> LabelSet { LabelSet([Label("__name__", name)] + labels) }

    @Test func readsNamesLabelsValuesAndTimes() throws {
        let page = "# HELP x a \\\\ b \\n c\n# TYPE x gauge\nx{b=\"2\", a = \"\\\\ \\\" \\n\",} 1.5e3 -7\ny -Inf\n"
        #expect(
            try lines(page) == [
                .metadata(.init(family: "x", item: .help("a \\ b \n c"))), .metadata(.init(family: "x", item: .type(.gauge))),
                .sample(series("x", Label("a", "\\ \" \n"), Label("b", "2")), 1500, -7, nil), .sample(series("y"), -.infinity, nil, nil),
            ])
    }

    @Test func readsQuotedNames() throws {
        let page = "# TYPE \"http.server.requests\" counter\n{\"http.server.requests\",\"http.method\"=\"GET\"} 3\n"
        #expect(
            try lines(page) == [
                .metadata(.init(family: "http.server.requests", item: .type(.counter))),
                .sample(series("http.server.requests", Label("http.method", "GET")), 3, nil, nil),
            ])
    }

    @Test func readsSecondsAndExemplarsOfOpenMetrics() throws {
        let page = "# TYPE a histogram\na_bucket{le=\"+Inf\"} 1 12.5 # {trace_id=\"ab\"} 0.5 1.25\n# EOF\n"
        let exemplar = Exemplar(labels: LabelSet([Label("trace_id", "ab")]), value: 0.5, time: Timestamp(milliseconds: 1250))
        let wanted = [
            Line.metadata(.init(family: "a", item: .type(.histogram))),
            .sample(series("a_bucket", Label("le", "+Inf")), 1, 12500, exemplar),
        ]
        #expect(try lines(page, .openMetrics) == wanted)
        #expect(try lines(page, .openMetrics, isStrict: true) == wanted)
    }

    @Test func anEmptyLabelValueIsNoLabel() throws {
        #expect(try lines("x{a=\"\"} 1") == [.sample(series("x"), 1, nil, nil)])
    }

    @Test func lineEndsOfTwoBytesAreTaken() throws {
        #expect(
            try lines("x 1\r\ny{a=\"b\"} 2 3\r\n") == [.sample(series("x"), 1, nil, nil), .sample(series("y", Label("a", "b")), 2, 3, nil)])
    }

    @Test(arguments: [
        ("<html><body>Sign in</body></html>", "line 1, column 1: the page is HTML, not metrics; is this the metrics URL?"),
        ("\n  {\"status\":\"UP\"}", "line 2, column 3: the page is JSON, not metrics; is this the metrics URL?"),
        ("[]", "line 1, column 1: the page is JSON, not metrics; is this the metrics URL?"),
        ("ok 1\nx{a=\"ü\"} one\n", "line 2, column 10: the value \"one\" is no number"),
        ("x{a=\"b} 1\n", "line 1, column 5: the value of this label does not end on its line; a quote is missing"),
        ("x{a=\"1\",a=\"2\"} 1\n", "line 1, column 1: the label \"a\" stands twice"),
        ("x 1 2 3\n", "line 1, column 7: \"3\" stands after the end of the sample"),
        ("x\n", "line 1, column 2: the sample has no value"),
        ("a-b 1\n", "line 1, column 2: a metric name must stand here: a letter, _ or :, then letters, digits, _ or :"),
        ("# TYPE x thing\n", "line 1, column 10: \"thing\" is no type of metric"),
        ("x 1\u{1b}[2J\n", "line 1, column 3: the value \"1\u{fffd}[2J\" is no number"),
    ])
    func saysWhatIsWrongAndWhere(page: String, sentence: String) {
        #expect(problem(page) == sentence)
    }

    @Test func refusesWhatIsNotUTF8() {
        for page in [Array("x{a=\"".utf8) + [0xff, 0xfe] + Array("\"} 1\n".utf8), Array("# HELP x ".utf8) + [0xc0, 0x80, 0x0a]] {
            guard case .failure(let error) = ExpositionConformanceTests.read(page, format: .text, isStrict: false) else {
                Issue.record("taken")
                continue
            }
            #expect(error.problem == .notUTF8)
        }
    }

    @Test func aTornOpenMetricsPageIsRefused() {
        #expect(problem("a 1\n", .openMetrics).contains("# EOF"))
    }

    @Test func limitsAreKept() {
        let labels = (0...ExpositionLimits.labelsPerSeries).map { "l\($0)=\"1\"" }.joined(separator: ",")
        #expect(problem("x{\(labels)} 1\n").contains("256"))
        #expect(problem("x{a=\"\(String(repeating: "v", count: ExpositionLimits.labelValueBytes + 1))\"} 1\n").contains("65536"))
        #expect(problem("x{a=\"1\"}\(String(repeating: " ", count: ExpositionLimits.lineBytes)) 1\n").contains("262144"))
    }

    @Test func aKnownLineStandsOnlyWhereTheWholeSeriesDoes() throws {
        let page = Array("x_total 1\nx{a=\"1\"} 2\nx {a=\"1\"} 3\nx 4\n# HELP x y\n# HELP x yz\n".utf8)
        let fingerprinter = LineFingerprinter()
        try page.withUnsafeBufferPointer { page in
            var parser = ExpositionParser(page, format: .text)
            var found: [Bool] = []
            for known in ["x", "x{a=\"1\"}", "x", "x", "# HELP x y", "# HELP x y"] {
                let line = Array(known.utf8).withUnsafeBufferPointer { ExpositionLine($0, series: SeriesID(1), by: fingerprinter) }
                found.append(parser.stands(line, by: fingerprinter))
                _ = try parser.next()
            }
            #expect(found == [false, true, false, true, true, false])
        }
    }

    @Test func knownLinesAreReadAsFarAsTheyArePlain() throws {
        let lines = ["# HELP a b", "a{b=\"1\"}", "c", "d{}", "e"]
        let cases = [
            ("# HELP a b\na{b=\"1\"} 1\nc -2.5\nd{} 1e+09\ne NaN\n", 5), ("# HELP a b\na{b=\"1\"} 1\nc 2 1000\nd{} 3\ne 4\n", 2),
            ("# HELP a b\na{b=\"2\"} 1\n", 1), ("# HELP a bc\n", 0), ("# HELP a b\na{b=\"1\"}  1\n", 1), ("# HELP a b\na{b=\"1\"} x\n", 1),
            ("# HELP a b\r\n", 0), ("# HELP a b\na{b=\"1\"} 1\nc 1", 2), ("", 0), ("# HELP a b", 0),
            ("# HELP a b\na{b=\"1\"} 1\nc {} 1\n", 2),
        ]
        let fingerprinter = LineFingerprinter()
        let known = lines.enumerated().map { place, text in
            Array(text.utf8).withUnsafeBufferPointer { ExpositionLine($0, series: SeriesID(UInt32(place)), by: fingerprinter) }
        }
        for (text, count) in cases {
            var ids = [SeriesID](repeating: .unresolved, count: lines.count)
            var values = [Double](repeating: 0, count: lines.count)
            let read = Array(text.utf8).withUnsafeBufferPointer { page in
                known.withUnsafeBufferPointer { known in
                    ids.withUnsafeMutableBufferPointer { ids in
                        values.withUnsafeMutableBufferPointer { values in
                            var parser = ExpositionParser(page, format: .text)
                            return parser.readKnown(known, from: 0, by: fingerprinter, ids: ids.baseAddress!, values: values.baseAddress!)
                        }
                    }
                }
            }
            #expect(read.lines == count && read.samples == max(0, count - 1), "\(text)")
            if count == 5 {
                #expect(ids[..<4] == [1, 2, 3, 4].map { SeriesID($0) }[...] && values[..<3] == [1, -2.5, 1e9] && values[3].isNaN)
            }
        }
    }

    @Test func theFormatIsKnownByTypeOrEnding() {
        func recognise(_ type: String, _ body: String) -> String {
            Array(body.utf8).withUnsafeBufferPointer {
                ExpositionFormat.recognise(contentType: type, body: $0).map { "\($0.format) \($0.isStrict)" } ?? "none"
            }
        }
        #expect(recognise("application/openmetrics-text; version=1.0.0; charset=utf-8", "") == "openMetrics true")
        #expect(recognise("text/plain; version=0.0.4", "x 1\n# EOF\n") == "text false")
        #expect(recognise("", "x 1\n# EOF\n") == "openMetrics false")
        #expect(recognise("text/html", "x 1\n") == "text false")
        #expect(recognise("application/vnd.google.protobuf; proto=x", "") == "none")
    }

    @Test(arguments: 0..<40) func noBytesMakeItTrap(seed: UInt64) {
        var random = Seeded(seed)
        let seeds = [
            "x{a=\"b\",c=\"d\"} 1 2 # {t=\"1\"} 1 2\n", "# TYPE x histogram\nx_bucket{le=\"1\"} 1\nx_bucket{le=\"+Inf\"} 2\n# EOF\n",
            "{\"q\",a=\"\\\\\"} NaN\n",
        ]
        let alphabet = Array("x{}=\",\\# \t\n\r1.e+-NaInf_:E".utf8) + [0, 0xff, 0xc3, 0xbc]
        for _ in 0..<500 {
            var page = Array((seeds.randomElement(using: &random) ?? "").utf8)
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let place = Int.random(in: 0..<page.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: page[place] = alphabet.randomElement(using: &random) ?? 0
                case 1: page.insert(alphabet.randomElement(using: &random) ?? 0, at: place)
                default: page.removeLast(min(page.count - 1, Int.random(in: 0...3, using: &random)))
                }
            }
            _ = ExpositionConformanceTests.read(page, format: .text, isStrict: false)
            _ = ExpositionConformanceTests.read(page, format: .openMetrics, isStrict: false)
            _ = ExpositionConformanceTests.read(page, format: .openMetrics, isStrict: true)
        }
    }
}
