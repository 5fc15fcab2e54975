import Glibc
import Telemetry
import TestKit
import Testing

/// The commands of scripts, as a shell runs them.
@Suite struct CommandTests {
    // MARK: - Wrong use

    @Test(arguments: [[], ["demo"], ["replay", "somewhere"], ["watch"]])
    func theDashboardRefusesWhereThereIsNoTerminal(_ arguments: [String]) {
        let run = Run(arguments)
        #expect(run.code == 2 && run.output.isEmpty)
        #expect(run.error.contains("needs a terminal") && run.error.contains("dogwatch serve") && run.error.contains("dogwatch snapshot"))
        expectSentence(run.error)
    }

    @Test func aWrongOptionNamesItselfAndANearOne() {
        for (arguments, wrong, near) in [
            (["serve", "--scrap", "x"], "--scrap", "--scrape"), (["logs", "--recoding", "x"], "--recoding", "--recording"),
            (["serve", "--oltp-http", "off"], "--oltp-http", "--otlp-http"),
        ] {
            let run = Run(arguments)
            #expect(run.code == 2)
            #expect(run.error.contains(wrong) && run.error.contains(near), "\(run.error)")
            expectSentence(run.error)
        }
    }

    @Test func aWrongCommandNamesItselfAndANearOne() {
        let run = Run(["snapshto", "map"])
        #expect(run.code == 2 && run.error.contains("\"snapshto\"") && run.error.contains("\"snapshot\""), "\(run.error)")
        #expect(Run(["logs", "a", "b"]).error.contains("Unexpected argument 'b'."))
    }

    @Test func wrongValuesAreRefusedInASentence() {
        let wrong: [([String], String)] = [
            (["snapshot", "traecs", "--file", "x"], "traces"), (["snapshot", "map"], "--recording"),
            (["snapshot", "map", "--recording", "/nonexistent"], "/nonexistent"), (["serve", "--memory", "much"], "512MiB"),
            (["serve", "--retention", "long"], "10m"),
            (["serve", "--otlp-http", "here"], "127.0.0.1:4318"), (["logs", "level>>error", "--file", "x"], "^"),
            (["serve", "--config", "/nonexistent.yaml"], "/nonexistent.yaml"), (["serve", "--scrape", "http://"], "--scrape"),
            (["logs", "--file", "/nonexistent.log"], "/nonexistent.log"), (["snapshot", "map", "--size", "80", "--file", "x"], "120x36"),
        ]
        for (arguments, hint) in wrong {
            let run = Run(arguments)
            #expect(run.code == 2 && run.output.isEmpty, "\(arguments): \(run)")
            #expect(run.error.hasPrefix("dogwatch: ") && run.error.contains(hint), "\(arguments): \(run.error)")
        }
    }

    @Test func helpAndVersionAreNoErrors() {
        let help = Run(["--help"])
        #expect(help.code == 0 && help.error.isEmpty && help.output.contains("replay") && help.output.contains("serve"))
        #expect(Run(["--version"]).code == 0)
        #expect(Run(["serve", "--help"]).output.contains("--otlp-grpc"))
    }

    // MARK: - Searching

    @Test func logsAndTracesOfARecordingAreCounted() throws {
        let incident = try Incident()
        func count(_ arguments: String...) -> String { Run(arguments + ["--recording", incident.path, "--count"]).output }
        #expect(count("logs") == "60\n")
        #expect(count("logs", "level=error") == "20\n")
        #expect(count("traces") == "60\n")
        #expect(count("traces", "service=payment status=error") == "20\n")
        #expect(count("traces", "service=nobody") == "0\n")
    }

    @Test func rowsComeAsTableJSONAndCSV() throws {
        let incident = try Incident()
        let table = Run(["logs", "level=error", "--recording", incident.path])
        #expect(table.code == 0 && table.output.contains("card refused by acquirer"))
        #expect(table.output.split(separator: "\n").count == Incident.errorLines + 1)
        let json = Run(["traces", "status=error", "--recording", incident.path, "--format", "json", "--limit", "3"])
        #expect(json.output.hasPrefix("[") && json.output.contains(Incident.traceID(57).hexadecimal))
        #expect(json.error.contains("the newest 3 of 20"))
        let csv = Run(["logs", "--recording", incident.path, "--count", "--by", "level", "--format", "csv"])
        #expect(csv.output.contains("info,40") && csv.output.contains("error,20"), "\(csv.output)")
    }

    @Test func aFileIsReadAsItLies() {
        let folder = TemporaryFolder()
        folder.write("{\"level\":\"error\",\"msg\":\"no\"}\nplain text\n{\"broken\n", to: "app.log")
        #expect(Run(["logs", "--file", folder.path + "/app.log", "--count"]).output == "3\n")
        #expect(Run(["logs", "level=error", "--file", folder.path + "/app.log", "--count"]).output == "1\n")
        folder.write(
            #"[{"traceId":"0000000000000001","id":"0000000000000002","name":"get","timestamp":1700000000000000,"duration":5000,"localEndpoint":{"serviceName":"edge"},"tags":{"error":"yes"}}]"#,
            to: "zipkin.json")
        #expect(Run(["traces", "status=error", "--file", folder.path + "/zipkin.json", "--count"]).output == "1\n")
    }

    @Test func anEmptyFileHasNoLinesAndALongLineIsCut() {
        let folder = TemporaryFolder()
        folder.write("", to: "empty.log")
        let empty = Run(["logs", "--file", folder.path + "/empty.log", "--count"])
        #expect(empty.code == 0 && empty.output == "0\n" && empty.error.isEmpty)
        folder.write(String(repeating: "x", count: 5 << 20) + "\n{\"level\":\"error\",\"msg\":\"after\"}\n", to: "long.log")
        let long = Run(["logs", "--file", folder.path + "/long.log", "--count"])
        #expect(long.output == "2\n" && long.error.contains("long.log: a line of"), "\(long)")
    }

    @Test func aRecordingCutInTheMiddleGivesWhatIsWholeAndSaysSo() throws {
        let incident = try Incident()
        try incident.cut()
        let run = Run(["traces", "--recording", incident.path, "--count"])
        #expect(run.code == 0)
        #expect((Int(run.output.dropLast()) ?? 0) < Incident.traceCount)
        #expect(run.error.hasPrefix("dogwatch: "), "\(run.error)")
        #expect(run.error.split(separator: "\n").allSatisfy { $0.hasPrefix("dogwatch: ") && $0.contains("incident") }, "\(run.error)")
        #expect(Run(["logs", "--recording", incident.path, "--count"]).output == "60\n", "the logs are whole")
    }

    // MARK: - Frames

    @Test(arguments: [
        ("overview", "payment"), ("map", "payment"), ("latency", "p99"), ("traces", "POST /check"), ("logs", "card refused"),
        ("collectors", "payment.log"),
    ])
    func aSnapshotIsOneFrameOfItsSize(_ view: String, _ text: String) throws {
        let incident = try Incident()
        let run = Run(["snapshot", view, "--recording", incident.path, "--size", "100x30"])
        #expect(run.code == 0 && run.error.isEmpty)
        let lines = run.output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        #expect(lines.count == 31 && lines.allSatisfy { $0.count <= 100 } && lines.last == "")
        #expect(lines.first?.contains("dogwatch") == true && run.output.contains(text), "\(run.output)")
    }

    @Test func aSnapshotTakesKeysAndAMoment() throws {
        let incident = try Incident()
        let waterfall = Run(["snapshot", "traces", "--recording", incident.path, "--keys", "Enter"])
        #expect(waterfall.output.contains("authorise-card"), "\(waterfall.output)")
        let early = Run(["snapshot", "logs", "--recording", incident.path, "--at", "2s", "--search", "level=error"])
        #expect(early.output.components("card refused") == 1, "\(early.output)")
        let svg = Run(["snapshot", "map", "--recording", incident.path, "--format", "svg"])
        #expect(svg.output.hasPrefix("<svg") || svg.output.hasPrefix("<?xml"))
        #expect(Run(["snapshot", "1", "--recording", incident.path, "--ascii"]).output.utf8.allSatisfy { $0 < 0x7f })
    }

    // MARK: - Checking

    @Test func aConfigurationWithAnUnknownKeyIsToldWithItsPlace() {
        let folder = TemporaryFolder()
        folder.write("scrap_configs:\n  - job_name: shop\n", to: "shop.yaml")
        let run = Run(["check", "config", folder.path + "/shop.yaml"])
        #expect(run.code == 1)
        #expect(
            run.error.contains("shop.yaml:1:1: ") && run.error.contains("\"scrap_configs\"") && run.error.contains("scrape_configs"),
            "\(run.error)")
        folder.write("scrape_configs:\n  - job_name: shop\n    static_configs:\n      - targets: ['127.0.0.1:1']\n", to: "good.yaml")
        let good = Run(["check", "config", folder.path + "/good.yaml"])
        #expect(good.code == 0 && good.output.hasSuffix("good.yaml: fine\n"), "\(good)")
        #expect(Run(["serve", "--config", folder.path + "/shop.yaml"]).code == 2)
    }

    @Test func aConfigurationIsAsGoodAsItsRuleFiles() {
        let folder = TemporaryFolder()
        let path = folder.path + "/shop.yaml"
        folder.write("rule_files: ['rules/*.yml']\n", to: "shop.yaml")
        let none = Run(["check", "config", path])
        #expect(none.code == 0 && none.error.contains("no file matches"), "\(none)")
        folder.write("groups: [{name: a, rules: [{record: b, expr: up}]}]\n", to: "rules.yml")
        folder.write("rule_files: [rules.yml]\n", to: "shop.yaml")
        let good = Run(["check", "config", path])
        #expect(good.code == 0 && good.output.hasSuffix("rules.yml: fine, 1 rule in 1 group\n"), "\(good)")
        folder.write("groups:\n- name: a\n  rules:\n  - record: b\n    expr: up +\n", to: "rules.yml")
        let bad = Run(["check", "config", path])
        #expect(bad.code == 1 && bad.error.contains("rules.yml:5:15: "), "\(bad)")
        folder.write("rule_files: [ruels.yml]\n", to: "shop.yaml")
        #expect(Run(["check", "config", path]).code == 1)
    }

    /// `dogwatch: ` and a text of one line; not a page of usage.
    private func expectSentence(_ text: String, _ location: SourceLocation = #_sourceLocation) {
        let lines = text.split(separator: "\n")
        #expect(!lines.isEmpty && lines.allSatisfy { $0.hasPrefix("dogwatch: ") }, "\(text)", sourceLocation: location)
        #expect(lines.count == 1, "\(text)", sourceLocation: location)
    }
}

extension String {
    /// How often `part` stands in it.
    fileprivate func components(_ part: String) -> Int { ranges(of: part).count }
}
