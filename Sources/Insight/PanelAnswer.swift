import PromQL
import Telemetry

/// One series of a panel, a value for each of its moments.
package struct PanelLine: Hashable, Sendable {
    package var labels: LabelSet
    /// NaN where there is none.
    package var values: [Double]
    package init(labels: LabelSet, values: [Double]) {
        self.labels = labels
        self.values = values
    }

    package var last: Double? { values.last { !$0.isNaN } }
    package var least: Double? { values.lazy.filter { !$0.isNaN }.min() }
    package var greatest: Double? { values.lazy.filter { !$0.isNaN }.max() }
    package var mean: Double? {
        let known = values.filter { !$0.isNaN }
        return known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
    }
}

/// What an expression came to over the moments of a panel.
package struct PanelAnswer: Sendable {
    /// In the order of the answer; at most `lineLimit`, those with the greatest values.
    package var lines: [PanelLine] = []
    /// Series of native histograms, one for each moment that has one.
    package var histograms: [(labels: LabelSet, values: [NativeHistogram?])] = []
    /// Of the whole answer.
    package var seriesCount = 0
    package var error: QueryError?
    package var annotations = Annotations()
    /// For this answer alone: none where nothing was new.
    package var samplesRead = 0
    /// For all its moments.
    package var samplesOfAll = 0
    package var unit = ValueUnit.plain
    /// What a series without labels is called: `p95` of a quantile, else the expression.
    package var name = ""

    /// More lines than that tell nothing, and cost at every frame.
    package static let lineLimit = 1000

    package init(error: QueryError) { self.error = error }

    package init(_ answer: QueryAnswer, _ steps: PanelSteps, unit: ValueUnit = .plain) {
        self.unit = unit
        annotations = answer.annotations
        samplesRead = answer.statistics.totalSamples
        switch answer.value {
        case .scalar(let time, let value):
            seriesCount = 1
            lines = [PanelLine(labels: LabelSet([]), values: Self.spread([Sample(time, value)], steps))]
        case .string: break
        case .vector(let series), .matrix(let series): take(series, steps)
        }
    }

    private mutating func take(_ series: [ResultSeries], _ steps: PanelSteps) {
        seriesCount = series.count
        lines = series.filter { !$0.floats.isEmpty }.map { PanelLine(labels: $0.labels, values: Self.spread($0.floats, steps)) }
        if lines.count > Self.lineLimit {
            let peaks = lines.map { $0.greatest ?? -.infinity }
            let kept = Set(lines.indices.sorted { (peaks[$1], $0) < (peaks[$0], $1) }.prefix(Self.lineLimit))
            lines = lines.indices.filter(kept.contains).map { lines[$0] }
        }
        histograms = series.filter { !$0.histograms.isEmpty }.prefix(Self.lineLimit).map { ($0.labels, Self.spread($0.histograms, steps)) }
    }

    private static func spread(_ samples: [Sample], _ steps: PanelSteps) -> [Double] {
        var values = [Double](repeating: .nan, count: steps.count)
        for sample in samples { if let index = steps.index(of: sample.time) { values[index] = sample.value } }
        return values
    }
    private static func spread(_ samples: [HistogramSample], _ steps: PanelSteps) -> [NativeHistogram?] {
        var values = [NativeHistogram?](repeating: nil, count: steps.count)
        for sample in samples { if let index = steps.index(of: sample.time) { values[index] = sample.value } }
        return values
    }
}
