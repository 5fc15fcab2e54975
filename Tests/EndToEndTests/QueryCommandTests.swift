import TestKit
import Testing

/// `dogwatch query`, as a shell runs it.
@Suite struct QueryCommandTests {
    private func query(_ expression: String, _ options: [String], _ incident: Incident) -> Run {
        Run(["query", expression, "--recording", incident.path] + options)
    }

    @Test func tablesJSONAndCSVOfARecording() throws {
        let incident = try Incident()
        let table = query("http_requests_total", ["--at", "20s"], incident)
        #expect(
            table.output == """
                METRIC               CODE  INSTANCE        JOB      TIME                      VALUE
                http_requests_total  200   127.0.0.1:9100  payment  2023-11-14T22:13:40.000Z  105

                """, "\(table)")
        #expect(table.code == 0 && table.error.isEmpty)
        #expect(
            query("sum(http_requests_total)", ["--at", "1700000020", "--format", "json"], incident).output
                == #"{"resultType":"vector","result":[{"metric":{},"value":[1700000020,"105"]}]}"# + "\n")
        #expect(
            query(
                "sum(http_requests_total) / 2", ["--at", "2023-11-14T22:13:40Z", "--range", "10s", "--step", "5s", "--format", "csv"],
                incident
            ).output
                == "time,value\r\n2023-11-14T22:13:30.000Z,17.5\r\n2023-11-14T22:13:35.000Z,35\r\n2023-11-14T22:13:40.000Z,52.5\r\n")
        #expect(
            query("time()", ["--at", "1700000001.5"], incident).output
                == "TIME                      VALUE\n2023-11-14T22:13:21.500Z  1700000001.5\n")
        #expect(query("absent_metric", [], incident).output == "TIME  VALUE\n")
    }

    @Test func aChartIsDrawn() throws {
        let run = query("http_requests_total", ["--range", "1m", "--format", "chart", "--size", "60x12", "--ascii"], try Incident())
        let lines = run.output.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(run.code == 0 && lines.count == 13, "\(run)")
        #expect(
            lines.dropLast().last?.hasPrefix("* http_requests_total{code=\"200\", instance=\"127.0.0.1:9100\"") == true, "\(run.output)")
        #expect(lines.first?.contains("*") == true || lines.dropFirst().first?.contains("*") == true, "\(run.output)")
        let empty = query("absent_metric", ["--format", "chart"], try Incident())
        #expect(empty.code == 1 && empty.error == "dogwatch: there is nothing to draw: the answer has no series with numbers.\n")
    }

    @Test func mistakesAreToldWithACaret() throws {
        let incident = try Incident()
        let wrong = query("sum(rate(x[5m]) by", [], incident)
        #expect(wrong.code == 2 && wrong.output.isEmpty)
        let lines = wrong.error.split(separator: "\n")
        #expect(
            lines.count == 3 && lines[0].hasPrefix("dogwatch: 1:") && lines[1] == "  sum(rate(x[5m]) by" && lines[2].hasSuffix("^"),
            "\(wrong.error)")
        let types = query("é_x +\n  rate(up)", [], incident)
        #expect(types.code == 2, "\(types)")
        let both = query("http_requests_total * on() group_left() {job=~\".+\"}", ["--at", "20s"], incident)
        #expect(both.code == 1 && both.error.hasPrefix("dogwatch: the query failed: "), "\(both.error)")
        for (options, hint) in [
            (["--step", "5s"], "--range"), (["--range", "much"], "--range"), (["--range", "1d", "--step", "1s"], "11,000"),
            (["--at", "yesterday"], "yesterday"),
            (["--url", "http://127.0.0.1:1"], "--recording"), (["--size", "9"], "--size"),
        ] {
            let run = query("up", options, incident)
            #expect(run.code == 2 && run.error.contains(hint), "\(options): \(run.error)")
        }
        #expect(Run(["query", "up"]).code == 2)
    }

    @Test func asksWhatServesTheAPI() throws {
        let incident = try Incident()
        let server = try Server(["--load", incident.path])
        let url = "127.0.0.1:\(server.api)"
        func ask(_ expression: String, _ options: [String]) -> Run { Run(["query", expression, "--url", url] + options) }
        for options in [
            ["--at", "1700000020", "--format", "json"], ["--at", "1700000040", "--range", "30s", "--step", "10s", "--format", "json"],
        ] {
            let run = ask("http_requests_total", options)
            #expect(run.code == 0 && run.output == query("http_requests_total", options, incident).output, "\(run)")
        }
        let wrong = ask("sum(", [])
        #expect(wrong.code == 2 && wrong.error.contains("\n  sum(\n") && wrong.error.contains("^"), "\(wrong.error)")
        let failed = ask("http_requests_total * on() group_left() {job=~\".+\"}", ["--at", "1700000020"])
        #expect(failed.code == 1 && failed.error.contains("has no answer"), "\(failed.error)")
        #expect(Run(["query", "up", "--url", "http://127.0.0.1:1"]).error.contains("can't be asked"))
        let other = Run(["query", "up", "--url", "http://127.0.0.1:\(server.http)"])
        #expect(other.code == 1 && other.error.contains("does not answer as Prometheus does"), "\(other.error)")
    }
}
