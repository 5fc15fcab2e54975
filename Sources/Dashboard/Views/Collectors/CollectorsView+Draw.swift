import Canvas
import Store
import Telemetry

extension CollectorsView {
    package static func draw(_ model: Model, _ state: State, size: Size, _ look: Look) -> Frame {
        var frame = look.frame(size)
        let selected = selectedIndex(model, state)
        let detailRows = state.isAlone ? 0 : size.rows < 24 ? 5 : 7
        let storeRows = state.isAlone ? 0 : 6
        let (store, rest) = Rect(size).cutTop(storeRows)
        let (detail, table) = rest.cutBottom(detailRows)
        if storeRows > 0 { drawStore(&frame, store, model, look) }
        drawSources(&frame, table, model, selected, look)
        if detailRows > 0 {
            drawDetail(&frame, detail, model.rows.indices.contains(selected) ? model.rows[selected] : nil, model.now, look)
        }
        return frame
    }

    // MARK: - The store

    private static func drawStore(_ frame: inout Frame, _ rect: Rect, _ model: Model, _ look: Look) {
        let theme = look.theme
        let accounting = model.accounting
        let total = StyledText(
            "\(Quantity.bytes(Double(accounting.totalBytes))) of \(Quantity.bytes(Double(accounting.budget.bytes)))", theme[.muted])
        let inside = frame.box(rect, title: StyledText("Store", theme[.title]), trailing: total, style: theme[.border])
        let budget = Double(max(accounting.budget.bytes, 1))
        for (index, signal) in [Signal.metrics, .logs, .traces].enumerated() where index < inside.rows - 1 {
            let row = inside.row + 1 + index
            let bytes = Double(accounting.bytes[signal] ?? 0)
            var column = inside.column + 1
            frame.write(signal.rawValue, at: Point(column, row), style: theme[.strong])
            column += 9
            let width = barWidth(inside)
            if width > 0 {
                let bar = Bar(bytes / budget).styled(width: width, drawing: look.drawing, style: theme[.gauge], track: theme[.gaugeTrack])
                frame.write(bar, at: Point(column, row))
                column += width + 1
            }
            for (text, width) in cells(signal, accounting, model.now, theme) where column + width < inside.endColumn {
                frame.write(text, in: Rect(column: column, row: row, columns: width, rows: 1), .trailing)
                column += width + 1
            }
        }
        drawStoreHeader(&frame, inside, look)
    }

    private static let storeColumns = [("held", 9), ("kept", 17), ("taken", 9), ("evicted", 8), ("dropped", 8), ("oldest", 8)]

    /// Where there is little room, the numbers have it.
    private static func barWidth(_ inside: Rect) -> Int { inside.columns < 96 ? 0 : min(inside.columns / 5, 28) }

    private static func drawStoreHeader(_ frame: inout Frame, _ inside: Rect, _ look: Look) {
        let width = barWidth(inside)
        var column = inside.column + 1 + 9 + (width > 0 ? width + 1 : 0)
        for (title, width) in storeColumns where column + width < inside.endColumn {
            frame.write(
                StyledText(title, look.theme[.header]), in: Rect(column: column, row: inside.row, columns: width, rows: 1), .trailing)
            column += width + 1
        }
    }

    private static func cells(_ signal: Signal, _ accounting: StoreAccounting, _ now: Timestamp, _ theme: Theme) -> [(StyledText, Int)] {
        let kept =
            switch signal {
            case .metrics: "\(Quantity.count(accounting.seriesCount)) series"
            case .logs: "\(Quantity.count(accounting.logCount)) lines"
            case .traces: "\(Quantity.count(accounting.spanCount)) spans"
            }
        let evicted = accounting.evicted[signal] ?? 0
        let dropped = accounting.dropped[signal]?.values.reduce(0, &+) ?? 0
        let oldest = accounting.oldest[signal].map { age(of: $0, at: now) } ?? "–"
        let texts = [
            StyledText(Quantity.bytes(Double(accounting.bytes[signal] ?? 0)), theme[.text]), StyledText(kept, theme[.text]),
            StyledText(Quantity.compact(Double(accounting.ingested[signal] ?? 0)), theme[.muted]),
            StyledText(Quantity.compact(Double(evicted)), theme[evicted > 0 ? .warn : .faint]),
            StyledText(Quantity.compact(Double(dropped)), theme[dropped > 0 ? .warn : .faint]), StyledText(oldest, theme[.muted]),
        ]
        return zip(texts, storeColumns).map { ($0, $1.1) }
    }

    private static func age(of moment: Timestamp, at now: Timestamp) -> String {
        let span = max(now - moment, .zero)
        return span < .seconds(1)
            ? "<1 s"
            : span < .seconds(100) ? "\(span.nanoseconds / 1_000_000_000) s" : Quantity.duration(nanoseconds: Double(span.nanoseconds))
    }

    // MARK: - The sources

    private static func drawSources(_ frame: inout Frame, _ rect: Rect, _ model: Model, _ selected: Int, _ look: Look) {
        let theme = look.theme
        let bad = model.rows.count { $0.health == .down }
        var trailing = StyledText(bad > 0 ? "\(bad) down" : "", theme[.bad])
        if model.hidden > 0 { trailing.append("  \(model.hidden) filtered out", theme[.muted]) }
        let inside = frame.box(rect, title: StyledText("Sources", theme[.title]), trailing: trailing, style: theme[.borderFocused])
            .inset(columns: 1)
        let visible = max(inside.rows - 1, 1)
        let table = Table(
            columns: columns(model.rows, model.now), rows: model.rows, selected: model.rows.isEmpty ? nil : selected,
            firstRow: Table<SourceStatus>.firstRow(showing: selected, from: 0, visible: visible, count: model.rows.count),
            whenEmpty: StyledText(
                model.hidden > 0
                    ? "No source fits the filter; Esc in / clears it."
                    : "Nothing is collected. Start with --scrape URL or --logs GLOB, or send spans to the receivers.", theme[.muted]),
            showsHeader: !model.rows.isEmpty,
            scrollBarColumn: rect.endColumn - 1)
        table.draw(in: &frame, inside, theme: theme)
    }

    private static func columns(_ rows: [SourceStatus], _ now: Timestamp) -> [TableColumn<SourceStatus>] {
        let names = min(max(rows.map { Canvas.columns(of: $0.source.name) }.max() ?? 0, 20), 60)
        return [
            TableColumn("health", title: "", width: .fixed(1)) { status, context in
                StyledText(String(Character(status.cellHealth.glyph(context.drawing))), context.theme[status.cellHealth.role])
            },
            TableColumn("kind", title: "kind", width: .fixed(12)) { StyledText($0.source.kind.rawValue, $1.theme[.muted]) },
            TableColumn("name", title: "source", width: .flexible(minimum: min(names, 22), weight: 8, maximum: names), truncation: .middle)
            {
                StyledText($0.source.name, $1.theme[$0.health == .down ? .strong : .text])
            },
            TableColumn("state", title: "state", width: .fixed(8), priority: 3) {
                StyledText($0.health.rawValue, $1.theme[$0.cellHealth.role])
            },
            TableColumn("items", title: "items", width: .fixed(8), alignment: .trailing, priority: 2) {
                StyledText(Quantity.compact(Double($0.items)), $1.theme[.text])
            },
            TableColumn("rate", title: "rate", width: .fixed(8), alignment: .trailing, priority: 1) {
                StyledText($0.recent.perSecond(at: now).map { Quantity.rate($0) } ?? "–", $1.theme[.text])
            },
            TableColumn("recent", title: "last minute", width: .fixed(11), priority: 6) {
                Sparkline($0.recent.history(at: now).dropLast()).styled(width: 11, drawing: $1.drawing, style: $1.theme[.edge])
            },
            TableColumn("took", title: "took", width: .fixed(7), alignment: .trailing, priority: 5) {
                StyledText(
                    $0.scrapeDuration.map { Quantity.duration(nanoseconds: Double($0.nanoseconds)) } ?? "",
                    $1.theme[$0.isSlow ? .warn : .muted])
            },
            TableColumn("ago", title: "last", width: .fixed(7), alignment: .trailing, priority: 2) {
                StyledText($0.lastArrival.map { age(of: $0, at: now) } ?? "never", $1.theme[.muted])
            },
            TableColumn("dropped", title: "dropped", width: .fixed(7), alignment: .trailing, priority: 1) {
                $0.droppedCount > 0
                    ? StyledText(Quantity.compact(Double($0.droppedCount)), $1.theme[.warn]) : StyledText("0", $1.theme[.faint])
            },
            TableColumn("error", title: "last error", width: .flexible(minimum: 20, weight: 3), priority: 4) { status, context in
                StyledText(status.lastError ?? "", context.theme[status.health == .down ? .bad : .muted])
            },
        ]
    }

    // MARK: - One source

    private static func drawDetail(_ frame: inout Frame, _ rect: Rect, _ status: SourceStatus?, _ now: Timestamp, _ look: Look) {
        let theme = look.theme
        let inside = frame.box(rect, title: StyledText(status?.source.name ?? "No source", theme[.title]), style: theme[.border])
            .inset(columns: 1)
        guard let status else { return }
        var lines: [StyledText] = []
        let since = status.lastArrival.map { look.clock.time($0) } ?? "never"
        lines.append(
            StyledText("\(status.source.kind.rawValue)  ", theme[.muted])
                + StyledText(status.health.rawValue, theme[status.cellHealth.role])
                + StyledText("  \(status.detail)", theme[.text]))
        var counts = "\(Quantity.count(Int(clamping: status.arrivals))) arrivals  \(Quantity.count(Int(clamping: status.items))) items  "
        counts += "\(Quantity.bytes(Double(status.bytes)))  \(Quantity.count(Int(clamping: status.failures))) failures  last at \(since)"
        if let interval = status.interval { counts += "  every \(interval.prometheus)" }
        lines.append(StyledText(counts, theme[.muted]))
        if let error = status.lastError {
            lines.append(
                StyledText(
                    (status.lastErrorTime.map { look.clock.time($0) + "  " } ?? "") + error, theme[status.health == .down ? .bad : .warn]))
        }
        for (reason, count) in status.dropped.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            lines.append(StyledText("dropped \(Quantity.count(Int(clamping: count))): \(reason.rawValue)", theme[.warn]))
        }
        var row = inside.row
        for line in lines {
            for part in TextBlock(line).lines(width: inside.columns) where row < inside.endRow {
                frame.write(part, at: Point(inside.column, row), width: inside.columns)
                row += 1
            }
        }
    }
}

extension SourceStatus {
    fileprivate var cellHealth: Canvas.Health {
        switch health {
        case .up: droppedCount > 0 ? .warn : .good
        case .down: .bad
        case .waiting, .closed: .unknown
        }
    }
    /// Takes more than half of its interval.
    fileprivate var isSlow: Bool {
        guard let scrapeDuration, let interval else { return false }
        return scrapeDuration.nanoseconds > interval.nanoseconds / 2
    }
}
