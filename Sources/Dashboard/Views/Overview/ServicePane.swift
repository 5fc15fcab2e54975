import Canvas
import Insight
import Telemetry

/// What the chosen service is about: why it is how it is, its last minutes as pictures, its operations.
struct ServicePane {
    var row: ServiceRow
    var operations: [OperationReport.Operation]
    var look: Look
    private var theme: Theme { look.theme }

    func draw(in frame: inout Frame, _ rect: Rect) {
        let health = row.health.onScreen
        let trailing = StyledText("\(String(Character(health.glyph(look.drawing)))) \(row.health.name)", theme[health.role])
        let inside = frame.box(rect, title: StyledText(row.name, theme.service(row.name).bold), trailing: trailing, style: theme[.border])
            .inset(columns: 1)
        let lines = Array(facts.prefix(max(inside.rows / 2, 1)))
        for (offset, line) in lines.enumerated() { frame.write(line, at: Point(inside.column, inside.row + offset), width: inside.columns) }
        var rest = inside.cutTop(lines.count).rest
        let needed = operations.count + 1
        if row.requests > 0, rest.rows >= min(needed, 5) + 5 {
            let (pictures, below) = rest.cutTop(min(max((rest.rows - needed - 2) / 3, 1), 4) * 3 + 2)
            drawPictures(&frame, pictures.inset(rows: 1))
            rest = below
        }
        guard rest.rows >= 2 else { return }
        let shown = Array(operations.prefix(rest.rows - 1))
        Table(
            columns: Self.operationColumns, rows: shown, whenEmpty: StyledText("No spans in this window.", theme[.muted]),
            idPrefix: "operation:"
        ).draw(in: &frame, rest, theme: theme)
        if shown.count < operations.count {
            let more = StyledText(" \(operations.count - shown.count) more operations ", theme[.muted])
            frame.write(more, at: Point(rect.column + 2, rect.endRow - 1), width: rect.columns - 4)
        }
    }

    // MARK: - Pictures

    /// Rate, errors and p95 over the window under one another, each with the most it was.
    private func drawPictures(_ frame: inout Frame, _ rect: Rect) {
        let height = rect.rows / 3
        let peakRate = row.series.map(\.rate).max() ?? 0
        let shares = row.series.map { $0.errorShare ?? .nan }
        let peakShare = shares.lazy.filter(\.isFinite).max() ?? 0
        let p95 = row.series.map { $0.p95.map { Double($0.nanoseconds) } ?? .nan }
        let peakP95 = p95.lazy.filter(\.isFinite).max() ?? 0
        let pictures: [(title: String, values: [Double], top: Double, peak: String, role: Role)] = [
            ("rate", row.series.map(\.rate), peakRate, Quantity.rate(peakRate), .sparkline),
            ("errors", shares, max(peakShare, 0.25), Quantity.percent(peakShare), .levelError),
            ("p95", p95, peakP95, Quantity.duration(nanoseconds: peakP95), .p95),
        ]
        for (index, picture) in pictures.enumerated() {
            let band = Rect(column: rect.column, row: rect.row + index * height, columns: rect.columns, rows: height)
            let (label, plot) = (height > 2 ? band.cutTop(1).rest : band).cutLeft(20)
            let place = Point(label.column, label.endRow - 1)
            frame.write(picture.title, at: place, style: theme[.header], width: 7)
            frame.write(
                StyledText("max \(picture.peak)", theme[.muted]), in: Rect(column: place.column + 7, row: place.row, columns: 12, rows: 1),
                .trailing)
            Sparkline(stretched(picture.values, to: plot.columns), maximum: picture.top).draw(in: &frame, plot, style: theme[picture.role])
        }
    }

    /// Each value several columns wide where there are more columns than values.
    private func stretched(_ values: [Double], to width: Int) -> [Double] {
        guard !values.isEmpty, width > values.count else { return values }
        return (0..<width).map { values[$0 * values.count / width] }
    }

    // MARK: - Facts

    private var facts: [StyledText] {
        var lines: [StyledText] = []
        if !row.reason.isEmpty, row.health != .healthy { lines.append(StyledText(row.reason, theme[row.health.onScreen.role])) }
        // Instances say the same of the same thing: once is enough.
        var told: [String] = []
        for signal in row.saturation where told.count < 4 && !told.contains(signal.sentence) {
            told.append(signal.sentence)
            lines.append(StyledText(signal.sentence, theme[signal.isAlarming ? .bad : .muted]))
        }
        if row.errorLogs > 0 {
            lines.append(
                StyledText("\(Quantity.count(row.errorLogs)) error \(row.errorLogs == 1 ? "line" : "lines") in its logs", theme[.warn]))
        }
        if row.versions.count > 1 { lines += row.versions.prefix(4).map(line) }
        return lines
    }

    /// A version in columns of its own, so that canary and baseline stand under one another.
    private func line(_ version: ServiceRow.Version) -> StyledText {
        let name = version.version.isEmpty ? "no version" : version.version
        let widest = min(row.versions.prefix(4).map { columns(of: $0.version) }.max() ?? 0, 24)
        var line = StyledText(name + String(repeating: " ", count: max(widest - columns(of: name), 0)), theme[.info])
        line.append(leading(Quantity.rate(version.rate), 10), theme[.text])
        line.append(leading(Quantity.percent(version.errorShare), 7) + " errors", theme[version.errorShare >= 0.1 ? .bad : .text])
        if let p95 = version.p95 {
            line.append("  p95" + leading(Quantity.duration(nanoseconds: Double(p95.nanoseconds)), 8), theme[.text])
        }
        return line
    }

    private func leading(_ text: String, _ width: Int) -> String { String(repeating: " ", count: max(width - text.count, 0)) + text }

    private static let operationColumns: [TableColumn<OperationReport.Operation>] = [
        TableColumn("name", title: "operation", width: .flexible(minimum: 14)) { StyledText($0.name, $1.theme[.text]) },
        TableColumn("kind", title: "kind", width: .fixed(8), priority: 3) { StyledText($0.kind.name, $1.theme[.muted]) },
        TableColumn("rate", title: "rate", width: .fixed(8), alignment: .trailing) { StyledText(Quantity.rate($0.rate), $1.theme[.text]) },
        TableColumn("errors", title: "errors", width: .fixed(7), alignment: .trailing, priority: 1) {
            StyledText(Quantity.percent($0.errorShare), $1.theme[$0.errors == 0 ? .muted : $0.errorShare >= 0.1 ? .bad : .warn])
        },
        TableColumn("p95", title: "p95", width: .fixed(8), alignment: .trailing, priority: 2) {
            StyledText(Quantity.duration(nanoseconds: Double($0.p95.nanoseconds)), $1.theme[.text])
        },
    ]
}
