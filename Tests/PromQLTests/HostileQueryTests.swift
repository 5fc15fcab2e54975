@testable import PromQL
import Telemetry
import TestKit
import Testing

/// Queries that nobody means well with: each ends soon, with an error that says where, or with an answer.
@Suite struct HostileQueryTests {
    private static let model = {
        var model = ModelQuerier()
        for k in 0...60 { model.set(LabelSet([Label("__name__", "up"), Label("job", "a")]), Int64(k) * 10_000, .float(Double(k))) }
        return model
    }()
    private static func ask(_ text: String, _ options: QueryOptions = QueryOptions()) throws(QueryError) -> QueryValue {
        try Query(text).instant(at: .seconds(600), over: model, options: options).value
    }
    private static func failure(_ text: String, _ options: QueryOptions = QueryOptions()) -> QueryError? {
        do throws(QueryError) { _ = try ask(text, options) } catch { return error }
        return nil
    }
    /// Soon, even where tests are slow and run side by side: what explodes would take hours.
    private static func soon(_ body: () -> Void) -> Bool { ContinuousClock().measure(body) < .seconds(20) }
    private static func times(_ text: String, _ count: Int) -> String { String(repeating: text, count: count) }

    @Test(arguments: [
        times("(", 10_000) + "1" + times(")", 10_000), times("(", 10_000), times("-", 10_000) + "1", times("abs(", 10_000) + "up",
        times("sum(", 10_000) + "up" + times(")", 10_000), "up" + times("[1m:1s]", 10_000), "up" + times(" + up", 10_000),
        "1" + times(" ^ 1", 10_000), times("max_over_time(", 1000) + "up" + times("[1m:1s])", 1000), "up" + times(" offset 1m", 10_000),
        times("{", 10_000), times("[", 10_000), "up[" + times("(", 10_000) + "1" + times(")", 10_000) + "]", times("\"", 9999),
    ])
    func whatNestsOrGoesOnForeverIsRefusedWithItsPlace(_ text: String) {
        let isSoon = Self.soon {
            let problems = onSmallStack {
                guard case .syntax(let message, let range, let position) = Self.failure(text) else { return ["no syntax error"] }
                let isPlaced = range.start <= range.end && range.end <= text.utf8.count && position.line == 1 && position.column >= 1
                return message.isEmpty || !isPlaced ? ["\(message) at \(range), \(position)"] : []
            }
            #expect(problems.isEmpty, "\(text.prefix(40))")
        }
        #expect(isSoon, "\(text.prefix(40))")
    }

    @Test func aMegabyteOfQueryIsRefusedOrRead() {
        let limit = PromQLParser.lengthLimit
        let labels = (0..<30_000).map { "l\($0)=\"x\"" }.joined(separator: ",")
        let (good, bad) = (
            [
                "up{\(labels)}", "up" + Self.times(" ", limit - 2), "\"" + Self.times("é", limit / 2 - 2) + "\"",
                "up{job=~\"" + Self.times("a|", 400_000) + "\"}", "sum by (" + Self.times("a,", 500_000) + "a) (up)",
            ], ["up" + Self.times(" ", limit), "up" + Self.times("\n", limit - 3) + ")"]
        )
        for (text, isGood) in good.map({ ($0, true) }) + bad.map({ ($0, false) }) {
            var failure: QueryError?
            let isSoon = Self.soon { failure = Self.failure(text) }
            #expect(isSoon && (failure == nil) == isGood, "\(text.prefix(20))")
        }
    }

    @Test(arguments: [
        times("9", 100_000), "1e" + times("9", 1000), "0x" + times("F", 1000), times("9", 400) + "d", "up[" + times("9", 400) + "d]",
        "up[999999999999y]", "up offset 999999999999y", "up @ 1e300", "up @ " + times("9", 400), "up[1e300]", "up[300y]", "up offset -1e18",
        "up[300y:1ms]", "vector(1) @ Inf", "predict_linear(up[1m], 1e308)", "1." + times("0", 100_000) + "1", "1e-" + times("9", 1000),
    ])
    func giantNumbersAreNumbersOrErrors(_ text: String) {
        let isSoon = Self.soon {
            switch Self.failure(text) {
            case .syntax(let message, _, let position): #expect(!message.isEmpty && position.line == 1, "\(text.prefix(40))")
            default: break
            }
        }
        #expect(isSoon, "\(text.prefix(40))")
    }

    @Test(arguments: [
        "(a+)+$", "(.*)*x", "((((((((((a{0,99}){0,99}){0,99}){0,99}))))))", times("(a|aa)+", 50), "(x+x+)+y",
        times("a?", 500) + times("a", 500),
        ".{1000}.{1000}", "(.{1,1000}){1,1000}", times("(", 5000) + times(")", 5000), "\\\\pN{1000}",
    ])
    func regularExpressionsThatExplodeElsewhereDoNot(_ pattern: String) {
        let isSoon = Self.soon {
            for text in ["up{job=~\"\(pattern)\"}", "label_replace(up, \"x\", \"$1\", \"job\", \"\(pattern)\")"] {
                switch Self.failure(text) {
                case .tooManySamples, .cancelled: Issue.record("\(pattern.prefix(40)): neither an answer nor an error of the pattern")
                case .syntax(let message, _, _), .execution(let message): #expect(message.utf8.count < 20_000)
                case nil: break
                }
            }
        }
        #expect(isSoon, "\(pattern.prefix(40))")
    }

    @Test(arguments: [
        "max_over_time(up[10m:1ms])", "count_over_time(vector(1)[290y:1ms])", "sum_over_time(vector(time())[50y:1s])",
        "absent_over_time(vector(1)[100y:1ms] offset 100y)",
    ])
    func whatNeedsTooManySamplesIsRefused(_ text: String) {
        var options = QueryOptions()
        options.sampleLimit = 50_000
        let isSoon = Self.soon { #expect(Self.failure(text, options) == .tooManySamples(limit: 50_000)) }
        #expect(isSoon)
    }
}
