import Canvas
import Telemetry

extension DashboardState {
    func drawOverlay(_ frame: inout Frame) {
        switch overlay {
        case .none: break
        case .help(let scroll): drawHelp(&frame, scroll)
        case .palette(let field, let selected): drawPalette(&frame, field, selected)
        case .search(let field, _, let completion, let selected): drawSearch(&frame, field, completion, selected)
        case .write(let field): drawField(&frame, "write to ", field, hint: ".svg .txt .json .csv")
        case .record(let field): drawField(&frame, "record to ", field, hint: "a folder")
        }
    }

    /// The line at the bottom in which is typed; returns the column of its first character, less what has moved out of sight.
    @discardableResult
    private func drawField(_ frame: inout Frame, _ label: String, _ field: TextField, hint: String) -> Int {
        let theme = look.theme
        let row = size.rows - 1
        frame.fill(Rect(column: 0, row: row, columns: size.columns, rows: 1), style: theme[.input])
        let start = 1 + frame.write(label, at: Point(1, row), style: theme[.key])
        let room = max(size.columns - start - 2, 1)
        // The cursor stays in sight: long text moves left under it.
        var skipped = 0
        var before = columns(of: String(field.characters[..<field.cursor]))
        let whole = before
        while before >= room, skipped < field.cursor {
            before -= columns(of: String(field.characters[skipped]))
            skipped += 1
        }
        if field.isEmpty {
            frame.write(hint, at: Point(start, row), style: theme[.placeholder], width: room)
        } else {
            let shown = String(field.characters[skipped...])
            frame.write(shown, at: Point(start, row), style: theme[.input], width: room, truncation: .clip)
        }
        frame.overlay(Rect(column: start + before, row: row, columns: 1, rows: 1), Style(.standard, on: .standard, .reverse))
        frame.cursor = Point(start + before, row)
        return start - (whole - before)
    }

    /// Below the view: what is wrong with the text, and above that what could stand at the cursor.
    private func drawSearch(_ frame: inout Frame, _ field: TextField, _ completion: Completion?, _ selected: Int) {
        let start = drawField(&frame, "/", field, hint: currentState.flatMap { current?.searchHint($0) } ?? "")
        var bottom = size.rows - 1
        if let error = searchError {
            bottom -= 1
            drawError(&frame, error, field, start, row: bottom)
        }
        guard let completion, !completion.candidates.isEmpty else { return }
        let prefix = columns(of: String(field.characters.prefix(completion.range.lowerBound)))
        drawCandidates(&frame, completion, selected, column: start + prefix - 1, bottom: bottom)
    }

    private func drawError(_ frame: inout Frame, _ error: Diagnostic, _ field: TextField, _ start: Int, row: Int) {
        frame.fill(Rect(column: 0, row: row, columns: size.columns, rows: 1), style: look.theme[.popup])
        let place = error.position.map { min($0.column - 1, field.characters.count) } ?? field.cursor
        let caret = min(max(start + columns(of: String(field.characters.prefix(place))), 0), size.columns - 1)
        let room = size.columns - caret - 3
        frame.put("^", at: Point(caret, row), style: look.theme[.warn])
        let text = StyledText(error.message, look.theme[.warn])
        if text.columns <= room || caret < size.columns / 2 {
            frame.write(text, at: Point(caret + 2, row), width: room)
        } else {
            frame.write(text, in: Rect(column: 0, row: row, columns: caret - 1, rows: 1), .trailing)
        }
    }

    private func drawCandidates(_ frame: inout Frame, _ completion: Completion, _ selected: Int, column: Int, bottom: Int) {
        let theme = look.theme
        let candidates = completion.candidates
        let rows = min(candidates.count, 8)
        let hint = candidates.count > rows ? "Tab takes it  \(selected + 1) of \(candidates.count)" : "Tab takes it"
        let names = candidates.map { columns(of: $0) }.max() ?? 0
        let notes = completion.notes.count == candidates.count ? completion.notes : []
        let beside = notes.map { columns(of: $0) }.max() ?? 0
        let width = min(max(names + 2 + (beside > 0 ? beside + 2 : 0), hint.count + 2), size.columns - 2)
        let area = Rect(column: min(max(column, 0), max(size.columns - width, 0)), row: bottom - rows - 1, columns: width, rows: rows + 1)
        frame.fill(area, style: theme[.popup])
        let first = max(selected - rows + 1, 0)
        for (offset, candidate) in candidates.dropFirst(first).prefix(rows).enumerated() {
            let line = Rect(column: area.column, row: area.row + offset, columns: width, rows: 1)
            frame.write(candidate, at: Point(line.column + 1, line.row), style: theme[.popup], width: width - 2)
            if !notes.isEmpty {
                let place = Point(line.column + names + 3, line.row)
                frame.write(notes[first + offset], at: place, style: theme[.muted], width: width - names - 4)
            }
            if first + offset == selected { frame.overlay(line, theme[.selection]) }
        }
        frame.write(hint, at: Point(area.column + 1, area.endRow - 1), style: theme[.muted], width: width - 1)
    }

    private func popup(_ frame: inout Frame, columns wanted: Int, rows wantedRows: Int, title: String, hint: String) -> Rect {
        let theme = look.theme
        let columns = min(wanted, size.columns - 4)
        let rows = min(wantedRows, size.rows - 4)
        let area = Rect(column: (size.columns - columns) / 2, row: max((size.rows - rows) / 3, 1), columns: columns, rows: rows)
        frame.fill(area, style: theme[.popup])
        return frame.box(
            area, title: StyledText(title, theme[.title]), trailing: StyledText(hint, theme[.muted]), style: theme[.borderFocused])
    }

    private func drawPalette(_ frame: inout Frame, _ field: TextField, _ selected: Int) {
        let theme = look.theme
        let lines = paletteLines(field.text)
        let inside = popup(&frame, columns: 72, rows: min(max(lines.count, 1), 14) + 2, title: "Every action", hint: "Enter runs it")
        let first = max(selected - inside.rows + 1, 0)
        for (offset, line) in lines.dropFirst(first).prefix(inside.rows).enumerated() {
            let row = Rect(column: inside.column, row: inside.row + offset, columns: inside.columns, rows: 1)
            frame.write(line.name, at: Point(row.column + 1, row.row), style: theme[.strong], width: 18)
            frame.write(line.help, at: Point(row.column + 20, row.row), style: theme[.text], width: max(row.columns - 34, 0))
            frame.write(
                StyledText(line.keys, theme[.key]), in: Rect(column: row.endColumn - 14, row: row.row, columns: 13, rows: 1), .trailing)
            if first + offset == selected { frame.overlay(row, theme[.selection]) }
        }
        if lines.isEmpty { frame.write("nothing is called so", at: Point(inside.column + 1, inside.row), style: theme[.muted]) }
        drawField(&frame, ":", field, hint: "type a few letters of what you want")
    }

    /// The view's own keys stand first, under its name.
    private func drawHelp(_ frame: inout Frame, _ scroll: Int) {
        let theme = look.theme
        let columns = size.columns >= 110 ? 2 : 1
        let lines = helpLines
        let needed = (lines.count + columns - 1) / columns
        let isLong = needed + 2 > size.rows - 4
        let hint = isLong ? "PgDn, PgUp; Esc closes" : "Esc closes"
        let inside = popup(&frame, columns: columns * 54, rows: needed + 2, title: "Keys of \(view.title)", hint: hint)
        let first = min(scroll, max(needed - inside.rows, 0))
        let width = inside.columns / columns
        for column in 0..<columns {
            for offset in 0..<min(inside.rows, needed - first) where lines.indices.contains(column * needed + first + offset) {
                let line = lines[column * needed + first + offset]
                let start = inside.column + column * width
                let row = inside.row + offset
                frame.write(StyledText(line.keys, theme[.key]), in: Rect(column: start, row: row, columns: 14, rows: 1), .trailing)
                frame.write(line.help, at: Point(start + 16, row), style: theme[line.isOwn ? .strong : .text], width: width - 17)
            }
        }
        if isLong {
            let part = " \(first + 1)-\(min(first + inside.rows, needed)) of \(needed) "
            frame.write(part, at: Point(inside.column + 1, inside.endRow), style: theme[.muted])
        }
    }

    /// A view's own binding takes a key away from the common one below it.
    private var helpLines: [(keys: String, help: String, isOwn: Bool)] {
        var seen = Set<Key>()
        let own = current?.keymap.count ?? 0
        return keymap.bindings(in: view).enumerated().compactMap { index, binding in
            let keys = binding.keys.filter { seen.insert($0).inserted }
            return keys.isEmpty ? nil : (keys.map(\.description).joined(separator: " "), binding.help, index < own)
        }
    }

    /// The first line of help that is shown at most, so that scrolling ends where the text does.
    var lastHelpLine: Int {
        let columns = size.columns >= 110 ? 2 : 1
        let needed = (helpLines.count + columns - 1) / columns
        return max(needed + 2 - min(needed + 2, size.rows - 4), 0)
    }
}
