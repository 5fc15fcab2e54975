import Glibc
import TestKit
import Testing

/// `dogwatch check metrics` beside `promtool check metrics`.
@Suite struct CheckMetricsTests {
    private let folder = TemporaryFolder()

    @Test func aPageIsReadFromAFileOrStandardInput() {
        folder.write("# HELP up Whether it is.\n# TYPE up gauge\nup 1\n", to: "good.txt")
        folder.write("a 1\n", to: "unnamed.txt")
        folder.write("a one\n", to: "broken.txt")
        let good = Run(["check", "metrics", folder.path + "/good.txt"])
        #expect(good.code == 0 && good.output == folder.path + "/good.txt: fine\n" && good.error.isEmpty, "\(good)")
        let piped = Child(["check", "metrics"], input: folder.path + "/unnamed.txt").finish()
        #expect(piped.code == 3 && piped.error == "-:1:1: a no help text\n", "\(piped)")
        let broken = Run(["check", "metrics", folder.path + "/broken.txt", folder.path + "/unnamed.txt"])
        #expect(broken.code == 1 && broken.error.hasPrefix(folder.path + "/broken.txt:1:3: ") && broken.error.contains("unnamed.txt:1:1: "))
        #expect(Run(["check", "metrics", folder.path + "/none.txt"]).code == 2)
        #expect(Run(["check", "metrics", "--format", "yaml", folder.path + "/good.txt"]).code == 2)
    }

    private static let promtool: String? = ["/usr/bin/promtool", "/usr/local/bin/promtool"].first { access($0, X_OK) == 0 }

    @Test(.enabled(if: promtool != nil, "promtool is not installed"))
    func promtoolSaysTheSameOfRandomPages() throws {
        let promtool = try #require(Self.promtool)
        var random = Seeded(20)
        var codes: [Int32: Int] = [:]
        for number in 0..<80 {
            let page = RandomPage.make(using: &random)
            folder.write(page, to: "page.txt")
            let path = folder.path + "/page.txt"
            let theirs = Child(["check", "metrics"], path: promtool, input: path).finish()
            let ours = Child(["check", "metrics", "--format", "text"], input: path).finish()
            #expect(ours.code == theirs.code, "page \(number) of seed 20:\n\(page)\n\(theirs.error)\n\(ours.error)")
            codes[theirs.code, default: 0] += 1
            guard theirs.code == 3 else { continue }
            let told = ours.error.split(separator: "\n").map { line in line.split(separator: " ", maxSplits: 1).last ?? "" }
            #expect(told == theirs.error.split(separator: "\n"), "page \(number) of seed 20:\n\(page)")
        }
        #expect(codes.values.allSatisfy { $0 > 5 } && codes.count >= 2, "the pages are of all sorts: \(codes)")
    }
}

/// Pages near enough to right ones that both verdicts are common.
private enum RandomPage {
    private static let names = [
        "a", "a_total", "a_seconds", "a_ms", "a_count", "a_sum", "a_bucket", "http_requestsTotal", "a:b", "x_histogram", "gauge_x",
        "x_gauge_histogram", "kilobytes", "a_minutes", "thermometers", "x_s_b", "_s", "_count", "a_kelvins", "A_MS", "a_info",
    ]
    private static let types = ["counter", "gauge", "histogram", "summary", "untyped", "gauge_histogram", "Counter"]
    private static let labels = ["le=\"1\"", "quantile=\"0.5\"", "quantile=\"+Inf\"", "fooBar=\"x\"", "a=\"b\"", "a=\"\\n\"", "b = \"é\""]
    private static let oddLines = [
        "", "  ", "#", "# HELP", "# TYPE a", "#HELP a_x y", "# HELP 1a x", "# TYPE a unknown", "a 1_0", "a 0x10", "a{1b=\"\"} 1", "a 1 1.5",
        "a{a=\"1\",a=\"2\"} 1", "# HELP a \\q", "a .", "a 1 2 3", "a{b=\"\\q\"} 1", "a +nan", "a{,} 1", "a{b=\"1\"",
    ]
    private static let values = ["1", "1.5", "NaN", "-1e5", "+Inf", "-infinity", "1.", ".5", "1e-400"]

    static func make(using random: inout Seeded) -> String {
        (0..<Int.random(in: 1...8, using: &random)).map { _ in line(using: &random) + "\n" }.joined()
    }

    private static func line(using random: inout Seeded) -> String {
        func pick(_ words: [String]) -> String { words.randomElement(using: &random) ?? "" }
        let name = pick(names)
        switch Int.random(in: 0..<20, using: &random) {
        case 0..<4: return "# TYPE \(name) \(pick(types))"
        case 4..<8: return "# HELP \(name) \(pick(["x", "x \\n y", "", "\\\\"]))"
        case 8: return pick(oddLines)
        case 9..<13:
            let chosen = Set((0..<3).map { _ in pick(labels) }).sorted()
            return "\(name){\(chosen.joined(separator: ","))}\(pick([" ", "\t", ""]))\(pick(values))"
        default: return "\(pick(["", "", "  "]))\(name) \(pick(values))\(pick(["", "", " 12", "  -5", " +5"]))"
        }
    }
}
