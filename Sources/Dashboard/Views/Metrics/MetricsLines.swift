import Canvas
import Insight
import Telemetry

/// The series of all expressions shown, in the order of the legend: the greatest first.
struct MetricsLines {
    struct Line: Sendable {
        var id: MetricsState.LineID
        var line: PanelLine
        var unit: ValueUnit
        /// By which its colour is chosen; stays while the answer has the same series.
        var ordinal: Int
        /// At the crosshair, or the newest one; NaN where there is none.
        var value: Double
    }
    let lines: [Line]
    /// The moment whose values are told.
    let index: Int
    /// Labels that tell the series of each expression apart.
    private let telling: [Character: [String]]
    private let names: [Character: String]
    private let legend: MetricsState.Legend
    let hasSeveral: Bool

    init(_ model: MetricsModel, _ state: MetricsState) {
        let index = state.cursor.flatMap { model.steps.index(of: $0) } ?? model.steps.count - 1
        let shown = state.picture == .heatmap ? Array(state.shown.dropFirst()) : state.shown
        var lines: [Line] = []
        var telling: [Character: [String]] = [:]
        var names: [Character: String] = [:]
        for entry in shown {
            guard let answer = model.answers[entry.text] else { continue }
            names[entry.letter] = answer.name
            telling[entry.letter] = TellingLabels.of(answer.lines.map(\.labels))
            for line in answer.lines {
                let value = state.cursor == nil ? line.values.last ?? .nan : line.values.indices.contains(index) ? line.values[index] : .nan
                lines.append(
                    Line(
                        id: .init(letter: entry.letter, labels: line.labels), line: line, unit: state.unit ?? answer.unit,
                        ordinal: lines.count,
                        value: value))
            }
        }
        self.lines =
            shown.count > 1 || state.picture == .heatmap
            ? lines : lines.sorted { (Self.rank($1.value), $0.ordinal) < (Self.rank($0.value), $1.ordinal) }
        self.index = index
        self.telling = telling
        self.names = names
        legend = state.legend
        hasSeveral = shown.count > 1
    }

    private static func rank(_ value: Double) -> Double { value.isNaN ? -.infinity : value }

    func index(of id: MetricsState.LineID?) -> Int? { id.flatMap { id in lines.firstIndex { $0.id == id } } }

    /// The labels that the legend shows of `line`, by name and value.
    func labels(of line: Line) -> [Label] {
        let labels = line.id.labels
        switch legend {
        case .all: return labels.labels
        case .only(let name): return labels[name].map { [Label(name, $0)] } ?? []
        case .telling: return (telling[line.id.letter] ?? []).map { Label($0, labels[$0] ?? "") }
        }
    }

    /// As one word after the other; what there is nothing to tell of is named by its metric, or as the only one.
    func title(of line: Line, _ theme: Theme) -> StyledText {
        let labels = labels(of: line)
        let isBare: Bool = if case .only = legend { true } else { labels.count == 1 && legend == .telling }
        guard !labels.isEmpty else {
            let name = line.id.labels.metricName
            let others = line.id.labels.removing([LabelSet.nameLabel]).labels
            if name.isEmpty, others.isEmpty { return StyledText(names[line.id.letter] ?? "", theme[.text]) }
            return StyledText(name.isEmpty ? others.map(\.value).joined(separator: " ") : name, theme[.text])
        }
        return labels.reduce(into: StyledText()) { text, label in
            if !text.isEmpty { text.append("  ") }
            if !isBare { text.append(label.name + "=", theme[.muted]) }
            text.append(label.value.isEmpty ? "\"\"" : label.value, theme[.text])
        }
    }

    /// The names of all labels, for the legend to go through.
    var labelNames: [String] { Set(lines.flatMap { $0.id.labels.labels.map(\.name) }).sorted() }
}
