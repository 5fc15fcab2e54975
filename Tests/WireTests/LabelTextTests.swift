import Telemetry
import TestKit
import Testing

@testable import Wire

@Suite struct LabelTextTests {
    private static let names = ["a", "b", "ab", "B", "_", "__name__", "le", "a_rather_long_name_of_a_label", "\"quoted.name\""]
    private static let values = ["", "x", "é", "10.0.0.1:8080", "a value of more than fifteen bytes", "\\\\", "\\n", "say \\\"x\\\""]

    private func randomSeries(_ random: inout Seeded) -> String {
        func blank() -> String { Int.random(in: 0..<8, using: &random) == 0 ? " " : "" }
        let labels = (0..<Int.random(in: 0...6, using: &random)).map { _ in
            let (name, value) = (Self.names.randomElement(using: &random) ?? "", Self.values.randomElement(using: &random) ?? "")
            return blank() + name + blank() + "=" + blank() + "\"\(value)\"" + blank()
        }
        let name = ["up", "http_requests_total", "a:b"].randomElement(using: &random) ?? ""
        let isQuoted = Int.random(in: 0..<12, using: &random) == 0
        return isQuoted ? "{\"\(name).x\"" + labels.map { "," + $0 }.joined() + "}" : name + "{" + labels.joined(separator: ",") + "}"
    }

    private enum Reading: Equatable {
        case labels(LabelSet), problem(ExpositionError)
        /// Where several names stand twice, either may be told.
        case duplicate
    }

    /// Both ways of reading the labels of a series; the second nil where it leaves them to the first.
    private func readings(of text: String) -> (asStrings: Reading, asText: Reading?) {
        Array("\(text) 1\n".utf8).withUnsafeBufferPointer { bytes in
            let parser = ExpositionParser(bytes, format: .text)
            let range = 0..<text.utf8.count
            func read(_ body: () throws(ExpositionError) -> Reading?) -> Reading? {
                do throws(ExpositionError) { return try body() } catch {
                    if case .duplicateLabel = error.problem { return .duplicate }
                    return .problem(error)
                }
            }
            let strings = read { () throws(ExpositionError) in .labels(try parser.labels(of: range)) }
            let spans = read { () throws(ExpositionError) in
                // What stands there before is of another series.
                var spans = [LabelText.Span(name: 0..<0, value: 0..<1)].compactMap { $0 }
                let isText = try parser.appendLabels(of: range, to: &spans)
                #expect(isText || spans.count == 1)
                return isText ? .labels(LabelText(bytes, spans[1...]).labelSet) : nil
            }
            return (strings ?? .labels(LabelSet([])), spans)
        }
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func aTextHasTheLabelsThatStringsHave(seed: UInt64) {
        var random = Seeded(seed)
        var taken = 0
        for _ in 0..<3000 {
            let series = randomSeries(&random)
            let (strings, text) = readings(of: series)
            if let text {
                #expect(text == strings, "seed \(seed): \(series)")
                taken += 1
            } else {
                #expect(series.contains("\\") || series.contains("quoted") || series.contains(".x"), "seed \(seed): \(series)")
            }
        }
        #expect(taken > 500, "most of what is tested is text")
    }

    @Test func tellsWhichNamesClash() {
        Array("x{a=\"1\",job=\"2\"}".utf8).withUnsafeBufferPointer { bytes in
            var spans: [LabelText.Span] = []
            let isText = try? ExpositionParser(bytes, format: .text).appendLabels(of: 0..<bytes.count, to: &spans)
            #expect(isText == true)
            let text = LabelText(bytes, spans[...])
            #expect(text.clashes(with: LabelSet([Label("job", "y")])) && text.clashes(with: LabelSet([Label("__name__", "y")])))
            #expect(!text.clashes(with: LabelSet([Label("jo", "y"), Label("jobs", "y")])) && !text.clashes(with: LabelSet([])))
            #expect(String(decoding: text.metricName, as: UTF8.self) == "x")
        }
    }
}
