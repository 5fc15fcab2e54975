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

    /// The line at the bottom in which is typed.
    private func drawField(_ frame: inout Frame, _ label: String, _ field: TextField, hint: String) {
        let theme = look.theme
        let row = size.rows - 1
        frame.fill(Rect(column: 0, row: row, columns: size.columns, rows: 1), style: theme[.input])
        let start = 1 + frame.write(label, at: Point(1, row), style: theme[.key])
        let room = max(size.columns - start - 2, 1)
        // The cursor stays in sight: long text moves left under it.
        let skipped = max(field.cursor - room + 1, 0)
        let shown = String(field.characters.dropFirst(skipped))
        if field.isEmpty {
            frame.write(hint, at: Point(start, row), style: theme[.placeholder], width: room)
        } else {
            frame.write(shown, at: Point(start, row), style: theme[.input], width: room, truncation: .clip)
        }
        let before = columns(of: String(field.characters[skipped..<field.cursor]))
        frame.overlay(Rect(column: start + before, row: row, columns: 1, rows: 1), Style(.standard, on: .standard, .reverse))
        frame.cursor = Point(start + before, row)
    }

    private func drawSearch(_ frame: inout Frame, _ field: TextField, _ completion: Completion?, _ selected: Int) {
        drawField(&frame, "/", field, hint: current?.searchExample ?? "")
        let theme = look.theme
        if let error = searchError {
            let caret = 2 + (error.position.map { $0.column - 1 } ?? field.cursor)
            let line = Rect(column: 0, row: size.rows - 2, columns: size.columns, rows: 1)
            frame.fill(line, style: theme[.popup])
            let column = min(max(caret, 0), max(size.columns - 4, 0))
            frame.write(
                "^ \(error.message)", at: Point(min(column, max(size.columns - error.message.count - 3, 0)), line.row), style: theme[.warn])
            return
        }
        guard let completion, !completion.candidates.isEmpty else { return }
        let rows = min(completion.candidates.count, 8)
        let width = min((completion.candidates.map { columns(of: $0) }.max() ?? 0) + 4, size.columns - 2)
        let column = min(2 + completion.range.lowerBound, max(size.columns - width, 0))
        let area = Rect(column: column, row: size.rows - 1 - rows, columns: width, rows: rows)
        frame.fill(area, style: theme[.popup])
        let first = max(selected - rows + 1, 0)
        for (offset, candidate) in completion.candidates.dropFirst(first).prefix(rows).enumerated() {
            let line = Rect(column: area.column, row: area.row + offset, columns: width, rows: 1)
            frame.write(" \(candidate)", at: line.origin, style: theme[.popup], width: width)
            if first + offset == selected { frame.overlay(line, theme[.selection]) }
        }
        if rows >= 1 {
            frame.write("Tab", at: Point(area.endColumn - 4, area.endRow - 1), style: theme[.muted])
        }
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

    private func drawHelp(_ frame: inout Frame, _ scroll: Int) {
        let theme = look.theme
        var seen = Set<Key>()
        // A view's own binding takes a key away from the common one below it.
        let lines = keymap.bindings(in: view).compactMap { binding -> (String, String)? in
            let keys = binding.keys.filter { seen.insert($0).inserted }
            return keys.isEmpty ? nil : (keys.map(\.description).joined(separator: " "), binding.help)
        }
        let columns = size.columns >= 100 ? 2 : 1
        let needed = (lines.count + columns - 1) / columns
        let inside = popup(&frame, columns: columns * 46 + 2, rows: needed + 2, title: "Keys of \(view.title)", hint: "Esc closes")
        let first = min(scroll, max(needed - inside.rows, 0))
        let width = inside.columns / columns
        for column in 0..<columns {
            for offset in 0..<inside.rows {
                let index = column * needed + first + offset
                guard first + offset < needed, lines.indices.contains(index) else { continue }
                let start = inside.column + column * width
                frame.write(
                    StyledText(lines[index].0, theme[.key]), in: Rect(column: start, row: inside.row + offset, columns: 14, rows: 1),
                    .trailing)
                frame.write(lines[index].1, at: Point(start + 16, inside.row + offset), style: theme[.text], width: width - 17)
            }
        }
        if needed > inside.rows {
            frame.write(
                " \(first + 1)-\(min(first + inside.rows, needed)) of \(needed) ", at: Point(inside.column + 1, inside.endRow),
                style: theme[.muted])
        }
    }
}
