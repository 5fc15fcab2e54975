import Canvas
import Insight
import Telemetry

extension OverviewView {
    /// Names and versions take what they need, so that the reason of a bad health has room.
    static func columns(_ rows: [ServiceRow], _ alerts: OverviewAlerts) -> [TableColumn<ServiceRow>] {
        let names = min(max(rows.map { Canvas.columns(of: $0.name) }.max() ?? 0, 12), 26)
        let versions = min(max(rows.map { versionText($0).count }.max() ?? 0, 8), 24)
        var columns = [
            TableColumn<ServiceRow>("worst", title: "", width: .fixed(1)) { row, context in
                let health = row.health.onScreen
                return StyledText(String(Character(health.glyph(context.drawing))), context.theme[health.role])
            },
            TableColumn(
                "service", title: "service", width: .flexible(minimum: min(names, 20), weight: 8, maximum: names), truncation: .middle
            ) {
                StyledText($0.name, $1.theme.service($0.name).bold)
            },
            TableColumn("rate", title: "rate", width: .fixed(8), alignment: .trailing) {
                $0.requests > 0
                    ? StyledText(Quantity.rate($0.rate), $1.theme[.text]) : StyledText($0.traffic == .zero ? "0/s" : "–", $1.theme[.faint])
            },
            TableColumn("rates", title: "", width: .flexible(minimum: 8, weight: 1, maximum: 20), priority: 3) { row, context in
                spark(row.series.map(\.rate), row.health.isBad ? .sparkline : .edge, context)
            },
            TableColumn("errors", title: "errors", width: .fixed(7), alignment: .trailing) { row, context in
                guard let share = row.errorShare else { return StyledText("–", context.theme[.faint]) }
                return StyledText(Quantity.percent(share), context.theme[row.errors == 0 ? .muted : share >= 0.1 ? .bad : .warn])
            },
            TableColumn("error-shares", title: "", width: .flexible(minimum: 8, weight: 1, maximum: 20), priority: 5) { row, context in
                // A few failures among many must not look like an outage, so the picture is high only from one in four up.
                let shares = row.series.map { $0.errorShare ?? .nan }
                let top = max(shares.lazy.filter(\.isFinite).max() ?? 0, 0.25)
                return spark(shares, row.errors == 0 ? .faint : .levelError, context, maximum: top)
            },
            TableColumn("p50", title: "p50", width: .fixed(7), alignment: .trailing, priority: 2) { cell($0.p50, $1) },
            TableColumn("p95", title: "p95", width: .fixed(7), alignment: .trailing) { cell($0.p95, $1) },
            TableColumn("p95s", title: "", width: .flexible(minimum: 8, weight: 1, maximum: 20), priority: 4) { row, context in
                spark(row.series.map { $0.p95?.seconds ?? .nan }, row.health.isBad ? .p95 : .edge, context)
            },
            TableColumn("p99", title: "p99", width: .fixed(7), alignment: .trailing, priority: 1) { cell($0.p99, $1) },
            TableColumn("versions", title: "versions", width: .flexible(minimum: 8, weight: 8, maximum: versions), priority: 2) {
                row, context in
                let all = versionText(row)
                let first = row.versions.first.map { name(of: $0) } ?? ""
                let text = all.count <= context.width ? all : "\(first) +\(row.versions.count - 1)"
                return StyledText(text, context.theme[row.versions.count > 1 ? .info : .muted])
            },
            TableColumn("why", title: "health", width: .flexible(minimum: 16, weight: 4), priority: 6) { row, context in
                StyledText(why(row), context.theme[row.saturation.first?.isAlarming == true ? .bad : row.health.onScreen.role])
            },
        ]
        if let place = columns.firstIndex(where: { $0.id == "why" }), !alerts.byService.isEmpty {
            columns.insert(alertColumn(alerts), at: place)
        }
        return columns
    }
    private static func alertColumn(_ alerts: OverviewAlerts) -> TableColumn<ServiceRow> {
        TableColumn("alerts", title: "alerts", width: .fixed(6), priority: 1) { row, context in
            guard let own = alerts.byService[row.name] else { return StyledText("") }
            return StyledText("\(String(Character(own.worst.glyph(context.drawing)))) \(own.count)", context.theme[own.worst.role])
        }
    }

    static func name(of version: ServiceRow.Version) -> String { version.version.isEmpty ? "–" : version.version }
    private static func versionText(_ row: ServiceRow) -> String { row.versions.map { name(of: $0) }.joined(separator: " ") }

    /// What the other columns don't tell: what is full, else how many failed, else what the report says.
    private static func why(_ row: ServiceRow) -> String {
        if let alarm = row.saturation.first, alarm.isAlarming || row.health == .healthy { return alarm.sentence }
        if row.errors > 0, row.health.isBad { return "\(Quantity.count(row.errors)) of \(Quantity.count(row.requests)) failed" }
        return row.health == .healthy ? "" : row.reason
    }

    private static func spark(_ values: [Double], _ role: Role, _ context: CellContext, maximum: Double? = nil) -> StyledText {
        Sparkline(values, maximum: maximum).styled(width: context.width, drawing: context.drawing, style: context.theme[role])
    }

    private static func cell(_ span: TimeSpan?, _ context: CellContext) -> StyledText {
        guard let span else { return StyledText("–", context.theme[.faint]) }
        return StyledText(Quantity.duration(nanoseconds: Double(span.nanoseconds)), context.theme[.text])
    }
}

extension Insight.Health {
    var isBad: Bool { self >= .late }
}
