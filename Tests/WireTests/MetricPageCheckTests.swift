import Telemetry
import TestKit
import Testing

@testable import Wire

@Suite struct MetricPageCheckTests {
    private func problems(_ page: String, as format: MetricPageFormat = .text) -> [String] {
        do throws(Diagnostic) {
            return try MetricPageCheck.problems(of: Array(page.utf8), as: format).map { $0.diagnostic(source: "").description }
        } catch { return ["refused \(error)"] }
    }

    @Test func namesAgainstTheRulesAreToldWithTheirPlace() {
        #expect(problems("# HELP up Whether it is.\n# TYPE up gauge\nup 1\n") == [])
        #expect(
            problems("# TYPE a_ms counter\na_ms{fooBar=\"é\", le=\"1\"} 1\nb_minutes 2\n") == [
                "1:1: a_ms counter metrics should have \"_total\" suffix",
                "2:6: a_ms label names should be written in 'snake_case' not 'camelCase'",
                "1:1: a_ms metric names should not contain abbreviated units", "1:1: a_ms no help text",
                "2:18: a_ms non-histogram metrics should not have \"le\" label", "3:1: b_minutes no help text",
                "3:1: b_minutes use base unit \"seconds\" instead of \"minutes\"",
            ])
        #expect(
            problems("# HELP x_gauge_histogram h\n# TYPE x_gauge_histogram gauge\nx_gauge_histogram 1\n")
                == ["gauge", "gauge_histogram", "histogram"].map {
                    "1:1: x_gauge_histogram metric name should not include type '\($0)'"
                })
        #expect(problems("# HELP gauge_s h\ngauge_s 1\n").count == 1)
    }

    @Test func theBucketsOfOneHistogramAreToldOnce() {
        let page =
            "# HELP h x\n# TYPE h histogram\nh_bucket{aB=\"1\",le=\"1\"} 1\nh_bucket{aB=\"1\",le=\"+Inf\"} 1\nh_sum{aB=\"1\"} 1\nh_count{aB=\"2\"} 1\n"
        #expect(
            problems(page) == [
                "3:10: h label names should be written in 'snake_case' not 'camelCase'",
                "6:9: h label names should be written in 'snake_case' not 'camelCase'",
            ])
    }

    @Test func aPageThatWritersOfTheFormatDoNotWriteIsRefusedWithItsPlace() {
        for (page, place) in [
            ("a 1", "1:4"), ("a 1\n# TYPE a gauge\n", "2:8"), ("# TYPE a unknown\n", "1:10"), ("a{x=\"1\",x=\"2\"} 1\n", "1:9"),
            ("a 1 2 3\n", "1:6"), ("a 1e400\n", "1:3"), ("a 1 \n", "1:5"), ("{__name__=\"a\"} 1\n", "1:1"),
            ("a{__name__=\"b\"} 1\n", "1:3"),
            ("# HELP a \\q\n", "1:10"), ("# HELP a b\n# HELP a c\n", "2:8"), ("# TYPE s summary\ns{quantile=\"x\"} 1\n", "2:3"),
            ("a{b=\"\\q\"} 1\n", "1:6"), ("a 1\r\n", "1:3"), ("a{,} 1\n", "1:3"), ("a{b=\"1\" c=\"2\"} 1\n", "1:9"),
        ] {
            #expect(
                problems(page).first?.hasPrefix("refused \(place): ") == true && problems(page).count == 1, "\(page): \(problems(page))")
        }
        #expect(problems("a{b=\"\u{0}\",} +inf -5\n  \n#\n# TYPE\na-1\n") == ["1:1: a no help text"])
    }

    @Test func openMetricsAndProtobufAreCheckedByWhatTheyCallTheirCounters() throws {
        let page = "# HELP a x\n# TYPE a counter\na_total{le=\"1\"} 1\na_created 1\n# TYPE b_total gauge\nb_total 1\n# EOF\n"
        #expect(MetricPageFormat(of: Array(page.utf8)) == .openmetrics)
        #expect(
            problems(page, as: .openmetrics) == [
                "3:1: a_total non-histogram metrics should not have \"le\" label", "5:1: b_total no help text",
                "5:1: b_total non-counter metrics should not have \"_total\" suffix",
            ])
        #expect(problems("a 1\n", as: .openmetrics).first?.hasPrefix("refused 2:1: ") == true)
        // A family `a` of type counter with one metric of value 1.
        let metric: [UInt8] = [0x22, 11, 0x1a, 9, 9] + [0, 0, 0, 0, 0, 0, 0xf0, 0x3f]
        let family: [UInt8] = [0x0a, 1, 0x61, 0x18, 0] + metric
        let message = [UInt8(family.count)] + family
        #expect(MetricPageFormat(of: message) == .protobuf)
        let found = try MetricPageCheck.problems(of: message, as: .protobuf)
        #expect(
            found.map(\.text) == ["counter metrics should have \"_total\" suffix", "no help text"]
                && found.allSatisfy { $0.position == nil })
        #expect(throws: Diagnostic.self) { try MetricPageCheck.problems(of: Array(message.dropLast()), as: .protobuf) }
    }

    @Test func bytesOfAnySortGiveAnAnswer() {
        var random = Seeded(7)
        let alphabet = Array("a_ms{le=\"1\",} 1\n#HELP TYPE histogram\\\r\t\0é-+:".utf8) + [0xff]
        for _ in 0..<3000 {
            let page = (0..<Int.random(in: 0...60, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? 0 }
            for format in MetricPageFormat.allCases { _ = try? MetricPageCheck.problems(of: page, as: format) }
        }
    }

    @Test func aHugeLineAndManyLabelsAreRefused() {
        let many = "a{" + (0..<300).map { "l\($0)=\"\"" }.joined(separator: ",") + "} 1\n"
        #expect(problems(many).first?.contains("256") == true)
        #expect(problems("a{b=\"" + String(repeating: "x", count: 1 << 18) + "\"} 1\n").first?.hasPrefix("refused 1:1: ") == true)
    }
}
