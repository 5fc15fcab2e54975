import Telemetry
import TestKit
import Testing

@testable import Wire

@Suite struct RemoteWriteTests {
    /// Fields of a protobuf message, written by hand.
    private func field(_ number: UInt8, _ content: [UInt8]) -> [UInt8] { [number << 3 | 2, UInt8(content.count)] + content }
    private func label(_ name: String, _ value: String) -> [UInt8] { field(1, field(1, Array(name.utf8)) + field(2, Array(value.utf8))) }
    private func fixed(_ number: UInt8, _ value: Double) -> [UInt8] {
        [number << 3 | 1] + withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) }
    }
    private let name: [UInt8] = [1 << 3 | 2, 13] + [10, 8] + Array("__name__".utf8) + [18, 1, 97]

    @Test func aRequestWrittenByHandIsRead() throws {
        let sample = field(2, fixed(1, 1.5) + [16, 0x80, 0x01])
        let exemplar = field(3, label("trace_id", "ab") + fixed(2, 7) + [24, 5])
        let metadata = field(3, [8, 1] + field(2, Array("a".utf8)) + field(4, Array("Help.".utf8)) + field(5, Array("seconds".utf8)))
        let body = field(1, name + label("b", "c") + sample + exemplar) + metadata
        let (batch, outcome) = try RemoteWrite.decode(body)
        let labels = LabelSet([Label("__name__", "a"), Label("b", "c")])
        #expect(
            batch.series == [
                MetricBatch.Series(
                    labels: labels, samples: [Sample(Timestamp(milliseconds: 128), 1.5)],
                    exemplars: [
                        Exemplar(labels: LabelSet([Label("trace_id", "ab")]), value: 7, time: Timestamp(milliseconds: 5))
                    ])
            ])
        #expect(batch.metadata == ["a": MetricMetadata(type: .counter, help: "Help.", unit: "seconds")])
        #expect(outcome.rejectedCount == 0 && outcome.detail.isEmpty)
    }

    @Test func anIntegerHistogramsBucketsAreAddedUp() throws {
        // count 6, sum 2.5, schema 1, one span of three buckets from -1, deltas +1 +1 +1 packed, reset hint NO, time 9.
        let histogram = field(
            4,
            [8, 6] + fixed(3, 2.5) + [32, 2] + field(11, [8, 1, 16, 3]) + field(12, [2, 2, 2]) + [14 << 3, 2, 15 << 3, 9])
        let (batch, outcome) = try RemoteWrite.decode(field(1, name + histogram))
        let expected = NativeHistogram(
            resetHint: .notReset, schema: 1, count: 6, sum: 2.5, positiveSpans: [.init(offset: -1, length: 3)], positiveBuckets: [1, 2, 3])
        #expect(batch.series.first?.histograms == [HistogramSample(Timestamp(milliseconds: 9), expected)])
        #expect(outcome.detail == "")
    }

    @Test(
        arguments: [
            ([8, 6, 32, 24], "schema is 12"), ([8, 6, 32, 2, 90, 4, 8, 1, 16, 3, 98, 2, 2, 2], "its spans are of 3 buckets"),
            ([8, 2, 32, 2, 90, 4, 8, 1, 16, 1, 98, 1, 6], "its count says"), ([90, 4, 8, 0, 16, 1, 98, 1, 1], "negative count"),
            ([90, 4, 8, 0, 16, 1, 90, 4, 8, 1, 16, 1, 98, 2, 2, 0], "negative offset"),
        ] as [([UInt8], String)])
    func aHistogramThatIsNoneIsLeftOutWithItsReason(_ bytes: [UInt8], _ reason: String) throws {
        let (batch, outcome) = try RemoteWrite.decode(field(1, name + field(2, fixed(1, 1)) + field(4, bytes)))
        #expect(batch.series.first?.histograms == [] && batch.series.first?.samples.count == 1)
        #expect(outcome.rejected == [.malformed: 1])
        #expect(outcome.detail.contains(reason), "\(outcome.detail)")
    }

    @Test func seriesWhoseLabelsNameNoneAreLeftOutWithTheirSamples() throws {
        let sample = field(2, fixed(1, 1)) + field(2, fixed(1, 2))
        for (labels, reason) in [
            (label("a", "b"), "no metric name"), (name + name, "twice"),
            (name + label("a", "1") + label("b", "2") + label("a", "3"), "twice"),
            (name + field(1, field(1, [0xff]) + field(2, [0x61])), "UTF-8"), (name + label("", "x"), "without a name"),
        ] {
            let (batch, outcome) = try RemoteWrite.decode(field(1, labels + sample) + field(1, name + sample))
            #expect(batch.series.count == 1 && outcome.rejected == [.malformed: 2])
            #expect(outcome.detail.contains(reason), "\(outcome.detail)")
        }
    }

    @Test func whatIsWrittenIsReadBackBitForBit() throws {
        for seed in 1...40 as ClosedRange<UInt64> {
            let batch = RandomBatch(seed: seed).batch()
            let (read, outcome) = try RemoteWrite.decode(RemoteWrite.encode(batch))
            #expect(outcome == WireOutcome(), "seed \(seed)")
            #expect("\(read.series)" == "\(batch.series)" && read.metadata == batch.metadata, "seed \(seed)")
            let bits = { (batch: MetricBatch) in batch.series.flatMap { $0.samples.map(\.value.bitPattern) } }
            #expect(bits(read) == bits(batch), "seed \(seed)")
        }
    }

    @Test func bytesThatAreCutOrChangedGiveAnErrorOrSamplesAndNeverATrap() throws {
        var random = Seeded(3)
        for seed in 1...10 as ClosedRange<UInt64> {
            let whole = RemoteWrite.encode(RandomBatch(seed: seed).batch())
            for _ in 0..<300 {
                var bytes = Array(whole.prefix(Int.random(in: 0...whole.count, using: &random)))
                for _ in 0..<Int.random(in: 0...4, using: &random) where !bytes.isEmpty {
                    bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
                }
                _ = try? RemoteWrite.decode(bytes)
            }
        }
    }
}
