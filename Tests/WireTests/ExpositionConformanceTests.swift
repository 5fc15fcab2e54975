import Telemetry
import TestKit
import Testing

@testable import Wire

/// The verdicts of other projects' test data.
@Suite(.enabled(if: Conformance.isPresent, "needs ../shared/conformance")) struct ExpositionConformanceTests {
    /// Reads a whole page as a scrape does that knows nothing of earlier ones.
    static func read(_ body: [UInt8], format: ExpositionFormat, isStrict: Bool) -> Result<Int, ExpositionError> {
        body.withUnsafeBufferPointer { bytes in
            do throws(ExpositionError) { return .success(try walk(bytes, format, isStrict)) } catch { return .failure(error) }
        }
    }

    private static func walk(_ bytes: UnsafeBufferPointer<UInt8>, _ format: ExpositionFormat, _ isStrict: Bool) throws(ExpositionError)
        -> Int
    {
        var parser = ExpositionParser(bytes, format: format, isStrict: isStrict)
        var samples = 0
        while true {
            switch try parser.next() {
            case .end: return samples
            case .metadata(let line): _ = try parser.metadata(of: line)
            case .sample(let sample):
                samples += 1
                _ = try parser.labels(of: sample.series)
                if let exemplar = sample.exemplar { _ = try parser.exemplar(of: exemplar, at: Timestamp(milliseconds: 0)) }
            }
        }
    }

    private static func index(_ folder: String) -> [[String]] {
        guard let root = Conformance.folder else { return [] }
        let lines = String(decoding: contents(of: root + "/" + folder + "/INDEX.tsv"), as: UTF8.self).split(separator: "\n").dropFirst()
        return lines.map { $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init) }
    }

    @Test func everyExpositionIsTakenOrRefusedAsItsIndexSays() throws {
        let root = try #require(Conformance.folder)
        for row in Self.index("exposition") {
            let isOpenMetrics = row[0].contains(".om.") || row[0].contains("openmetrics")
            let outcome = Self.read(
                contents(of: root + "/exposition/" + row[0]), format: isOpenMetrics ? .openMetrics : .text, isStrict: false)
            switch (row[1], outcome) {
            case ("error", .success): Issue.record("\(row[0]) was taken: \(row[2])")
            case (_, .failure(let error)) where row[1].hasPrefix("ok") && !row[1].contains("or error") && !row[1].contains("error under"):
                Issue.record("\(row[0]) was refused: \(error)")
            default: break
            }
        }
    }

    @Test func everyStrictOpenMetricsCaseIsTakenOrRefusedAsItsIndexSays() throws {
        let root = try #require(Conformance.folder)
        for row in Self.index("openmetrics") {
            let outcome = Self.read(contents(of: root + "/openmetrics/cases/" + row[0]), format: .openMetrics, isStrict: true)
            switch (row[1], outcome) {
            case ("must_fail", .success): Issue.record("\(row[0]) was taken")
            case ("must_parse", .failure(let error)): Issue.record("\(row[0]) was refused: \(error)")
            default: break
            }
        }
    }

    @Test func everyGatewayPageIsTaken() throws {
        let root = try #require(Conformance.folder)
        var taken = 0
        for row in Self.index("gateways") where row[0].hasSuffix(".txt") {
            let page = contents(of: root + "/gateways/" + row[0])
            let known = page.withUnsafeBufferPointer { ExpositionFormat.recognise(contentType: "", body: $0) }
            switch Self.read(page, format: known?.format ?? .text, isStrict: false) {
            case .success(let count): taken += count > 0 ? 1 : 0
            case .failure(let error): Issue.record("\(row[0]): \(error)")
            }
        }
        #expect(taken > 20)
    }
}
