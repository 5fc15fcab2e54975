import Telemetry
import TestKit
import Testing

@testable import Wire

@Suite struct ExpositionFileReaderTests {
    private func read(_ reader: inout ExpositionFileReader, _ text: String) -> (batch: MetricBatch, errors: [ExpositionError]) {
        var errors: [ExpositionError] = []
        let batch = Array(text.utf8).withUnsafeBufferPointer { reader.read($0) { errors.append($0) } }
        return (batch, errors)
    }

    /// Newlines are counted many at a time: in blocks of every length, and where each byte is one.
    @Test(arguments: 0..<20) func aBadLineIsToldWithItsNumberHoweverMuchCameBefore(seed: UInt64) {
        var random = Seeded(seed)
        var reader = ExpositionFileReader(.text)
        var before = 0
        for _ in 0..<4 {
            let lines = Int.random(in: 0...20_000, using: &random)
            let isBlank = Bool.random(using: &random)
            let text = (0..<lines).map { isBlank ? "\n" : "x{n=\"\(seed)\"} \($0) \(before + $0)\n" }.joined()
            let (batch, errors) = read(&reader, text + "bad\n" + (isBlank ? "" : "y 1 1\n"))
            #expect(errors.map(\.position.line) == [before + lines + 1])
            #expect(batch.sampleCount == (isBlank ? 0 : lines + 1))
            before += lines + (isBlank ? 1 : 2)
        }
    }

    @Test func samplesOfSeveralSeriesInTurnGoToTheirOwn() {
        var reader = ExpositionFileReader(.text)
        let text = (0..<100).map { "x{n=\"\($0 % 7)\"} \($0) \($0 / 7)\n" }.joined()
        let batch = read(&reader, text).batch
        #expect(batch.series.count == 7 && batch.sampleCount == 100)
        for series in batch.series { #expect(series.samples.map(\.time.milliseconds) == (0..<series.samples.count).map { Int64($0) }) }
    }
}
