import Store
import Telemetry
import TestKit
import Testing

@testable import Runtime

@Suite struct MetricBatchIntakeTests {
    private let engine = Engine(store: TelemetryStore(seriesLimit: 3))
    private let now = Timestamp.seconds(1_700_000_000)
    private let source = Source(.otlpHTTP, "127.0.0.1:4318")

    private func labels(_ name: String) -> LabelSet { LabelSet([Label("__name__", name), Label("job", "j")]) }
    private func take(_ name: String, _ samples: [(Int64, Double)]) -> Admission {
        let series = MetricBatch.Series(labels: labels(name), samples: samples.map { Sample(now + .seconds($0.0), $0.1) })
        return engine.accept(Arrival(source: source, time: now, payload: .metrics(MetricBatch(series: [series]))))
    }
    private func samples(_ name: String) -> [Sample] {
        let metrics = engine.store.snapshot().metrics
        let all = metrics.series(named: name).flatMap { metrics.samples(of: $0, in: .distantPast ... .distantFuture) }
        return Array(all)
    }

    @Test func samplesComeIntoTheStoreUnderTheirLabelsWithMetadataAndExemplars() throws {
        let exemplar = Exemplar(labels: LabelSet([Label("trace_id", "ab")]), value: 3, time: now)
        let series = MetricBatch.Series(
            labels: labels("a"), samples: [Sample(now - .seconds(1), 1), Sample(now, 2)], exemplars: [exemplar])
        let batch = MetricBatch(series: [series], metadata: ["a": MetricMetadata(type: .gauge, help: "A.")])
        #expect(engine.accept(Arrival(source: source, time: now, payload: .metrics(batch))) == Admission(accepted: 2))
        #expect(samples("a") == series.samples)
        let metrics = engine.store.snapshot().metrics
        #expect(metrics.metadata(family: "a")?.help == "A.")
        let id = try #require(metrics.series(named: "a").first)
        #expect(metrics.exemplars(of: id, in: .distantPast ... .distantFuture) == [exemplar])
        let status = try #require(engine.store.snapshot().sources.first)
        #expect(status.items == 2 && status.health == .up && status.dropped.isEmpty && status.lastError == nil)
    }

    @Test func nativeHistogramsAreKeptAndThoseThatContradictThemselvesCounted() throws {
        func histogram(_ count: Double) -> NativeHistogram {
            NativeHistogram(count: count, sum: 4, positiveSpans: [.init(offset: 0, length: 2)], positiveBuckets: [1, 2])
        }
        let series = MetricBatch.Series(
            labels: labels("h"), histograms: [HistogramSample(now - .seconds(1), histogram(3)), HistogramSample(now, histogram(1))])
        let admission = engine.accept(Arrival(source: source, time: now, payload: .metrics(MetricBatch(series: [series]))))
        #expect(admission.accepted == 1 && admission.rejected == 1 && admission.detail.contains("contradict"))
        let metrics = engine.store.snapshot().metrics
        let id = try #require(metrics.series(named: "h").first)
        #expect(metrics.histograms(of: id).map(\.value.positiveBuckets) == [[1, 2]])
        #expect(engine.store.snapshot().sources.first?.dropped == [.malformed: 1])
    }

    @Test func whatIsRefusedIsCountedByItsReasonInBothBooksAndSaid() throws {
        #expect(take("a", [(0, 1), (5, 2)]).rejected == 0)
        #expect(take("a", [(0, 1), (5, 2), (5, 3), (6, 4)]).detail.hasPrefix("out of order sample"))
        #expect(take("b", [(0, 1), (0, 2)]).detail.hasPrefix("duplicate sample for timestamp"))
        #expect(
            take("c", [(600, 1), (601, 2)])
                == Admission(accepted: 1, rejected: 1, detail: "out of bounds: 1 samples are more than ten minutes in the future"))
        #expect(take("d", [(0, 1), (1, 1)]).detail.contains("limit of series"))
        let snapshot = engine.store.snapshot()
        #expect(snapshot.sources.first?.dropped == [.outOfOrder: 1, .duplicate: 2, .outOfBounds: 1, .seriesLimit: 2])
        #expect(snapshot.accounting.dropped[.metrics]?[.outOfOrder] == 1 && snapshot.accounting.dropped[.metrics]?[.outOfBounds] == 1)
        #expect(snapshot.accounting.dropped[.metrics]?[.duplicate] == 2)
    }
}
