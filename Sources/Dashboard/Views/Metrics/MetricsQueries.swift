import Canvas
import Insight
import PromQL
import Telemetry

/// The expressions, each with what is wrong with it or what it came to.
struct MetricsQueries {
    let model: MetricsModel
    let state: MetricsState
    let look: Look
    private var theme: Theme { look.theme }

    /// What it takes to show all of it, its border too.
    var rows: Int { state.entries.reduce(2) { $0 + 1 + (remark($1) == nil ? 0 : 1) } }

    func draw(in frame: inout Frame, _ rect: Rect) {
        let inside = frame.box(
            rect, title: StyledText("PromQL", theme[.title]), trailing: StyledText(summary, theme[.muted]),
            style: theme[state.pane == .queries ? .borderFocused : .border]
        ).inset(columns: 1)
        var row = inside.row
        for entry in state.entries where row < inside.endRow {
            let line = Rect(column: inside.column, row: row, columns: inside.columns, rows: 1)
            draw(entry, &frame, line)
            row += 1
            guard let remark = remark(entry), row < inside.endRow else { continue }
            draw(remark, entry, &frame, Rect(column: inside.column, row: row, columns: inside.columns, rows: 1))
            row += 1
        }
    }

    private var summary: String {
        let answers = state.shown.compactMap { model.answers[$0.text] }
        return answers.isEmpty ? "" : Quantity.count(answers.map(\.samplesOfAll).reduce(0, +)) + " samples"
    }

    private func draw(_ entry: MetricsState.Entry, _ frame: inout Frame, _ line: Rect) {
        let count = StyledText(result(entry), theme[.muted])
        frame.write(String(entry.letter), at: line.origin, style: theme[entry.isHidden ? .faint : .key])
        let room = line.columns - 3 - count.columns - 2
        let text =
            entry.text.isEmpty
            ? StyledText("nothing yet: Enter types it", theme[.placeholder]) : Self.coloured(entry.text, isHidden: entry.isHidden, theme)
        frame.write(text, at: Point(line.column + 3, line.row), width: max(room, 0))
        frame.write(count, in: line, .trailing)
        if entry.letter == state.current, state.entries.count > 1 || state.pane == .queries {
            frame.select(line, theme: theme, isFocused: state.pane == .queries)
        }
        frame.addHitArea(line, "entry:\(entry.letter)")
    }

    private func result(_ entry: MetricsState.Entry) -> String {
        if entry.isHidden { return "hidden" }
        guard !entry.text.isEmpty else { return "" }
        guard let answer = model.answers[entry.text] else { return "asking" }
        if answer.error != nil { return "" }
        let count = answer.seriesCount
        if count == 0 { return "no data" }
        let shown = answer.lines.count + answer.histograms.count
        return (shown < count ? "\(Quantity.count(shown)) of " : "") + "\(Quantity.count(count)) series"
    }

    // MARK: - What is wrong

    private struct Remark {
        var text: String
        var offset: Int?
        var role: Role
    }
    private func remark(_ entry: MetricsState.Entry) -> Remark? {
        guard !entry.isHidden, let answer = model.answers[entry.text] else { return nil }
        if let error = answer.error {
            let fault = QueryFault(error, in: entry.text)
            return Remark(text: fault.message, offset: fault.offset, role: .bad)
        }
        if let warning = answer.annotations.warnings.first { return remark(warning, entry, .warn) }
        return answer.annotations.infos.first.map { remark($0, entry, .info) }
    }
    private func remark(_ note: Annotations.Note, _ entry: MetricsState.Entry, _ role: Role) -> Remark {
        let fault = QueryFault(
            .syntax(message: note.message, range: note.range, position: SourcePosition(line: 1, column: 1)), in: entry.text)
        return Remark(text: fault.message, offset: fault.offset, role: role)
    }

    /// A caret below the place, and the sentence on the side that has room.
    private func draw(_ remark: Remark, _ entry: MetricsState.Entry, _ frame: inout Frame, _ line: Rect) {
        let style = theme[remark.role]
        guard let offset = remark.offset else {
            frame.write(remark.text, at: Point(line.column + 3, line.row), style: style, width: line.columns - 3)
            return
        }
        let caret = min(line.column + 3 + columns(of: String(entry.text.prefix(offset))), line.endColumn - 1)
        frame.put("^", at: Point(caret, line.row), style: style.bold)
        let room = line.endColumn - caret - 2
        let text = StyledText(remark.text, style)
        if text.columns <= room || caret < line.column + line.columns / 2 {
            frame.write(text, at: Point(caret + 2, line.row), width: room)
        } else {
            frame.write(text, in: Rect(column: line.column, row: line.row, columns: caret - line.column - 1, rows: 1), .trailing)
        }
    }

    // MARK: - Colours

    /// Names, numbers and strings told apart by a glance; what is no PromQL stays plain.
    static func coloured(_ text: String, isHidden: Bool, _ theme: Theme) -> StyledText {
        if isHidden { return StyledText(text, theme[.faint]) }
        var out = StyledText()
        var rest = Substring(text)
        while let first = rest.first {
            let piece: Substring
            let role: Role
            switch first {
            case "\"", "'", "`":
                piece = quotedPiece(rest)
                role = .good
            case _ where first.isLetter || first == "_" || first == ":":
                piece = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == ":" }
                role = Function.named(String(piece)) != nil || words.contains(String(piece)) ? .link : .strong
            case _ where first.isNumber:
                piece = rest.prefix { $0.isLetter || $0.isNumber || $0 == "." }
                role = .info
            default:
                piece = rest.prefix(1)
                role = .muted
            }
            out.append(String(piece), theme[role])
            rest = rest.dropFirst(piece.count)
        }
        return out
    }

    private static func quotedPiece(_ text: Substring) -> Substring {
        guard let quote = text.first else { return text }
        var isEscaped = false
        var length = 1
        for character in text.dropFirst() {
            length += 1
            if character == quote, !isEscaped { break }
            isEscaped = character == "\\" && !isEscaped && quote != "`"
        }
        return text.prefix(length)
    }

    private static let words: Set<String> = [
        "by", "without", "on", "ignoring", "group_left", "group_right", "and", "or", "unless", "bool", "offset", "sum", "avg", "min", "max",
        "count", "group", "stddev", "stdvar", "topk", "bottomk", "quantile", "count_values", "limitk", "limit_ratio",
    ]
}
