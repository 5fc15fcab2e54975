import Store
import Telemetry

extension MetricSnapshot {
    /// All native histograms of a series, ascending by time.
    func histograms(of id: SeriesID) -> [HistogramSample] {
        let columns = Telemetry.SampleColumns()
        read(id, in: .distantPast ... .distantFuture, into: columns)
        return columns.histograms.map { HistogramSample(Timestamp(milliseconds: columns.times[$0.index]), $0.value) }
    }
}
