import Canvas
import Insight
import Rules
import Store
import Telemetry

/// What fires, as the overview shows it: in a box of its own and counted by service.
struct OverviewAlerts: Sendable {
    struct Row: Sendable {
        var labels: LabelSet
        var service: String?
        var name: String
        var about: String
        var severity: AlertSeverity
        var since: Timestamp
    }
    /// The worst first, of one severity the newest. None that is silenced or acknowledged: somebody knows of those.
    private(set) var rows: [Row] = []
    private(set) var byService: [String: (count: Int, worst: AlertSeverity)] = [:]

    init(_ context: ViewContext, _ snapshot: StoreSnapshot) {
        let subjects = AlertSubjects(snapshot, at: context.now)
        let suppressions = context.alerting.dispatcher.suppressions(at: context.now)
        for entry in context.alerting.report.history.entries where entry.isFiring(at: context.now) {
            guard !context.alerting.dispatcher.acknowledged.contains(entry.labels), !suppressions.of(entry.labels).isSuppressed else {
                continue
            }
            let service = subjects.service(of: entry.labels)
            guard context.lens.service == nil || service == context.lens.service else { continue }
            let severity = AlertSeverity(entry.severity)
            rows.append(
                Row(
                    labels: entry.labels, service: service, name: entry.name, about: Self.values(entry.labels, of: service),
                    severity: severity, since: entry.firedAt ?? entry.activeAt))
            guard let service else { continue }
            let known = byService[service] ?? (0, severity)
            byService[service] = (known.count + 1, max(known.worst, severity))
        }
        rows.sort { ($0.severity.rawValue, $0.since, $1.name, $1.about) > ($1.severity.rawValue, $1.since, $0.name, $0.about) }
    }

    /// What it is about, without the names of its labels: they stand in view 7. The service goes first, also where only its target tells it.
    private static func values(_ labels: LabelSet, of service: String?) -> String {
        let values = labels.labels.filter { !["alertname", "severity"].contains($0.name) }.map(\.value)
        return (service.map { [$0] + values.filter { $0 != service } } ?? values).joined(separator: "  ")
    }
    func worst(of service: String) -> Row? { rows.first { $0.service == service } }

    /// Rows of a box within `rows`, which it shares with what changed.
    func height(within available: Int) -> Int { rows.isEmpty || available < 7 ? 0 : min(rows.count + 2, available / 2) }

    func draw(in frame: inout Frame, _ rect: Rect, _ look: Look) {
        let theme = look.theme
        let inside = frame.box(
            rect, title: StyledText("Alerts", theme[.title]), trailing: StyledText("\(rows.count) firing", theme[rows[0].severity.role]),
            style: theme[.border]
        ).inset(columns: 1)
        let longest = rows.reduce(10) { max($0, $1.name.count) }
        Table(
            columns: [
                TableColumn<Row>("time", title: "", width: .fixed(8)) { StyledText(look.clock.time($0.since), $1.theme[.muted]) },
                TableColumn<Row>("glyph", title: "", width: .fixed(1)) { row, context in
                    StyledText(String(Character(row.severity.glyph(context.drawing))), context.theme[row.severity.role])
                },
                TableColumn<Row>("name", title: "", width: .fixed(min(longest, inside.columns / 3))) {
                    StyledText($0.name, $1.theme[$0.severity.role])
                },
                TableColumn<Row>("about", title: "", width: .flexible(minimum: 10, weight: 3)) { StyledText($0.about, $1.theme[.text]) },
            ], rows: rows, idPrefix: "alert:", showsHeader: false
        ).draw(in: &frame, inside, theme: theme)
    }
}

extension AlertSeverity {
    /// The colour of what fires with it.
    var role: Role { self >= .error ? .bad : self == .info ? .info : .warn }
    /// So that it is told without colours too.
    func glyph(_ drawing: Drawing) -> Unicode.Scalar {
        let glyphs = drawing.glyphs
        return self >= .critical ? glyphs.critical : self >= .error ? glyphs.bad : self == .info ? glyphs.bullet : glyphs.warn
    }
}
