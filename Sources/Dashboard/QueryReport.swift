import Canvas
import PromQL
import Telemetry

/// The answer to a query as scripts and people read it: rows, or a chart.
package struct QueryReport: Sendable {
    private let series: [ResultSeries]
    /// Of a string or scalar, which have no labels.
    private let single: (time: Timestamp, text: String)?
    private let number: @Sendable (Double) -> String

    /// `number` writes a value.
    package init(_ value: QueryValue, number: @escaping @Sendable (Double) -> String) {
        self.number = number
        switch value {
        case .scalar(let time, let value):
            single = (time, number(value))
            series = [ResultSeries(labels: LabelSet(sorted: []), floats: [Sample(time, value)])]
        case .string(let time, let text): (single, series) = ((time, text), [])
        case .vector(let series), .matrix(let series): (single, self.series) = (nil, series)
        }
    }

    // MARK: Rows

    /// A column for each label that any series has (the name first), then time and value; a row for each sample.
    package var table: ExportTable {
        if let single { return ExportTable(columns: ["time", "value"], rows: [[Self.time(single.time), single.text]]) }
        let names = Set(series.flatMap { $0.labels.labels.map(\.name) }).sorted()
        let columns = names.filter { $0 == LabelSet.nameLabel } + names.filter { $0 != LabelSet.nameLabel }
        var rows: [[String]] = []
        for entry in series {
            let labels = columns.map { entry.labels[$0] ?? "" }
            let floats = entry.floats.map { (time: $0.time, text: number($0.value)) }
            let histograms = entry.histograms.map { (time: $0.time, text: $0.value.description) }
            for point in (floats + histograms).sorted(by: { $0.time < $1.time }) {
                rows.append(labels + [Self.time(point.time), point.text])
            }
        }
        return ExportTable(columns: columns.map { $0 == LabelSet.nameLabel ? "metric" : $0 } + ["time", "value"], rows: rows)
    }
    private static func time(_ time: Timestamp) -> String {
        let clock = ClockText()
        return clock.date(time) + "T" + clock.timeWithMilliseconds(time) + "Z"
    }

    // MARK: Chart

    /// Lines that a legend can still be read beside.
    private static let lineLimit = 12
    private static let marks: [Unicode.Scalar] = ["*", "+", "x", "o", "#", "@", "%", "=", "~", "&", "s", "v"]

    /// The lines over `range`, with a legend of the newest values below; nil where no series has a number.
    package func chart(over range: ClosedRange<Timestamp>, size: Size, drawing: Drawing, theme: Theme) -> Frame? {
        let lines = series.filter { !$0.floats.isEmpty }
        guard !lines.isEmpty else { return nil }
        let shown = lines.prefix(min(Self.lineLimit, max(size.rows / 3, 1)))
        var frame = Frame(size, drawing: drawing)
        let extra = lines.count > shown.count ? 1 : 0
        let (legend, plot) = Rect(column: 0, row: 0, columns: size.columns, rows: size.rows).cutBottom(shown.count + extra)
        let count = max(size.columns * 2, 2)
        let drawn = shown.enumerated().map { index, entry in
            LineChart.Series(
                values(of: entry, over: range, count: count), style: theme.series(index), mark: Self.marks[index % Self.marks.count])
        }
        LineChart(
            drawn, range: valueRange(of: shown), marks: TimeMarks.of(range, columns: size.columns, ClockText()),
            labels: { ValueText.ticks($0, .plain) }
        )
        .draw(in: &frame, plot, theme: theme)
        for (index, entry) in shown.enumerated() {
            let mark = drawing == .ascii ? String(Self.marks[index % Self.marks.count]) : "━"
            let row = Rect(column: legend.column, row: legend.row + index, columns: legend.columns, rows: 1)
            let newest = entry.floats.last.map { number($0.value) } ?? ""
            frame.write(
                StyledText(mark, theme.series(index)) + StyledText(" \(Self.title(entry.labels))  \(newest)", theme[.text]), in: row,
                .leading)
        }
        if extra > 0 {
            let row = Rect(column: legend.column, row: legend.row + shown.count, columns: legend.columns, rows: 1)
            frame.write(StyledText("and \(lines.count - shown.count) more", theme[.muted]), in: row, .leading)
        }
        return frame
    }

    /// `up{job="shop"}`.
    private static func title(_ labels: LabelSet) -> String {
        let others = labels.labels.filter { $0.name != LabelSet.nameLabel }.map { "\($0.name)=\(ExportTable.quoted($0.value))" }
        return labels.metricName + (others.isEmpty && !labels.metricName.isEmpty ? "" : "{" + others.joined(separator: ", ") + "}")
    }

    /// The newest value at each of `count` moments; NaN where none is near.
    private func values(of entry: ResultSeries, over range: ClosedRange<Timestamp>, count: Int) -> [Double] {
        let span = Double((range.upperBound - range.lowerBound).nanoseconds)
        let steps = zip(entry.floats, entry.floats.dropFirst()).map { ($1.time - $0.time).nanoseconds }
        // Samples farther apart than their usual step leave a gap.
        let usual = Double(steps.min() ?? Int64(max(span, 1)))
        var out: [Double] = []
        var next = 0
        for index in 0..<count {
            let moment = range.lowerBound + TimeSpan(nanoseconds: Int64(span * Double(index) / Double(count - 1)))
            while next < entry.floats.count, entry.floats[next].time <= moment { next += 1 }
            guard next > 0, Double((moment - entry.floats[next - 1].time).nanoseconds) < max(usual, span / Double(count - 1)) + 1 else {
                out.append(.nan)
                continue
            }
            out.append(entry.floats[next - 1].value)
        }
        return out
    }
    private func valueRange(of lines: ArraySlice<ResultSeries>) -> ClosedRange<Double>? {
        let known = lines.lazy.flatMap(\.floats).map(\.value).filter(\.isFinite)
        guard let low = known.min(), let top = known.max(), low < 0, top <= low else { return nil }
        return low...0
    }
}
