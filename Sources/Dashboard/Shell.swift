import Canvas
import Telemetry

extension DashboardState {
    /// The whole screen: a pure function of the state.
    package func frame() -> Frame {
        var frame = look.frame(size)
        guard !isTooSmall else {
            drawTooSmall(&frame)
            return frame
        }
        drawTopLine(&frame)
        drawTabs(&frame)
        frame.draw(viewFrame(), at: Point(0, 2))
        drawBottomLine(&frame)
        drawOverlay(&frame)
        return frame
    }

    /// The view alone.
    func viewFrame() -> Frame {
        guard let erased = current, let model = models[view], let own = states[view], let drawn = erased.draw(model, own, viewSize, look)
        else {
            var empty = look.frame(viewSize)
            empty.write(StyledText("preparing \(view.title)", look.theme[.muted]), in: Rect(viewSize).cutTop(1).top, .center)
            return empty
        }
        return drawn
    }

    private func drawTooSmall(_ frame: inout Frame) {
        let lines = ["dogwatch needs 60x16", "this is \(size)", "q leaves"]
        for (index, line) in lines.enumerated() {
            frame.write(
                StyledText(line, look.theme[.text]),
                in: Rect(column: 0, row: max(size.rows / 2 - 1, 0) + index, columns: size.columns, rows: 1), .center)
        }
    }

    // MARK: - Top line

    private func drawTopLine(_ frame: inout Frame) {
        let theme = look.theme
        let line = Rect(column: 0, row: 0, columns: size.columns, rows: 1)
        frame.fill(line, style: theme[.topBar])
        var left = StyledText(" dogwatch  ", theme[.title])
        left = left + modeText
        if !facts.subject.isEmpty { left.append("  \(facts.subject)", theme[.muted]) }
        let right = factTexts()
        var room = size.columns - 1
        // What is watched gives way before the facts do, and of the facts the first before the last.
        var kept = StyledText()
        for fact in right.reversed() where fact.columns + 2 <= room - min(left.columns + 1, 45) - kept.columns {
            kept = fact + StyledText(kept.isEmpty ? "" : "  ") + kept
        }
        room -= kept.columns + 1
        frame.write(left, at: .zero, width: max(room, 0))
        frame.write(kept, at: Point(size.columns - kept.columns - 1, 0))
    }

    private var modeText: StyledText {
        let theme = look.theme
        let moment = look.clock.time(context.now) + " " + look.clock.zone
        let glyphs = drawing.glyphs
        var text = StyledText()
        if isPaused {
            text.append("\(glyphs.pause) paused ", theme[.paused])
        } else {
            switch facts.mode {
            case .live: text.append("\(glyphs.live) live ", theme[.live])
            case .replaying(_, isOver: true): text.append("\(glyphs.live) replayed ", theme[.replaying])
            case .replaying(let speed, isOver: false):
                text.append("\(glyphs.arrowRight) replay \(speed.map(Self.speedText) ?? "max") ", theme[.replaying])
            }
        }
        text.append(" " + moment, theme[.strong])
        return text
    }

    private static func speedText(_ speed: Double) -> String { (speed == speed.rounded() ? String(Int(speed)) : String(speed)) + "x" }

    /// The one that is most worth its room last.
    private func factTexts() -> [StyledText] {
        let theme = look.theme
        var texts: [StyledText] = []
        let share = facts.budget.bytes > 0 ? Double(facts.bytes.bytes) / Double(facts.budget.bytes) : 0
        texts.append(
            StyledText("mem ", theme[.muted])
                + StyledText(
                    "\(Quantity.bytes(Double(facts.bytes.bytes)))/\(Quantity.bytes(Double(facts.budget.bytes)))",
                    theme[share > 0.95 ? .warn : .text]))
        if facts.dropped > 0 { texts.append(StyledText("\(Quantity.count(Int(clamping: facts.dropped))) dropped", theme[.warn])) }
        if facts.isRecording { texts.append(StyledText("\(drawing.glyphs.live) recording", theme[.bad])) }
        if facts.targets > 0 {
            let isWhole = facts.targetsUp == facts.targets
            texts.append(
                StyledText("targets ", theme[.muted]) + StyledText("\(facts.targetsUp)/\(facts.targets)", theme[isWhole ? .good : .bad]))
        }
        if !lens.isOpen { texts.append(StyledText("lens \(lens)", theme[.filter])) }
        texts.append(StyledText("window ", theme[.muted]) + StyledText(time.window.prometheus, theme[.text]))
        let urgent = alerting.urgent(at: context.now)
        if urgent.count > 0 {
            let isBad = urgent.worst ?? .none >= .error
            let glyph = String(Character(isBad ? drawing.glyphs.critical : drawing.glyphs.warn))
            texts.append(StyledText("\(glyph) \(urgent.count) firing", theme[isBad ? .critical : urgent.worst == .info ? .info : .warn]))
        }
        if let before = factsAtPause, isPaused, facts.ingested > before.ingested {
            texts.append(StyledText("+\(Quantity.count(Int(clamping: facts.ingested - before.ingested))) new", theme[.badge]))
        }
        return texts
    }

    // MARK: - Tabs and bottom line

    private func drawTabs(_ frame: inout Frame) {
        let theme = look.theme
        var column = 1
        for each in views {
            let isActive = each.id == view
            let text = " \(each.id.rawValue) \(each.id.title) "
            let width = frame.write(text, at: Point(column, 1), style: theme[isActive ? .tabActive : .tab])
            frame.addHitArea(Rect(column: column, row: 1, columns: width, rows: 1), "view:\(each.id.rawValue)")
            column += width + (size.columns >= 90 ? 1 : 0)
        }
        if let search = currentState?.searchShown, !search.isEmpty, column + 6 < size.columns {
            let text = StyledText("/", theme[.key]) + StyledText(search, theme[.filter])
            frame.write(text, at: Point(column + 2, 1), width: size.columns - column - 3)
        }
    }

    private func words(for binding: KeyBinding) -> String? {
        guard let current, let currentState else { return binding.hint }
        return current.keyHint(binding, currentState)
    }

    private func drawBottomLine(_ frame: inout Frame) {
        let theme = look.theme
        let row = size.rows - 1
        frame.fill(Rect(column: 0, row: row, columns: size.columns, rows: 1), style: theme[.bottomBar])
        if let notice {
            frame.write(" \(notice.text) ", at: Point(0, row), style: theme[.toast], width: size.columns)
            return
        }
        var column = 1
        for hint in keymap.hints(in: view) {
            guard let key = hint.keys.first, let words = words(for: hint) else { continue }
            let width = key.description.count + words.count + 3
            guard column + width - 2 < size.columns else { continue }
            var text = StyledText(key.description, theme[.key])
            text.append(" \(words)", theme[.keyHint])
            frame.write(text, at: Point(column, row))
            frame.addHitArea(Rect(column: column, row: row, columns: width - 2, rows: 1), "key:\(hint.name)")
            column += width
        }
    }
}
