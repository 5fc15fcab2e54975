import Canvas
import Telemetry

extension Overlay {
    var field: TextField? {
        switch self {
        case .palette(let field, _), .search(let field, _, _, _), .write(let field), .record(let field): field
        case .none, .help: nil
        }
    }
}

extension DashboardState {
    mutating func beginSearch() -> [Command] {
        guard let erased = current, erased.searchExample != nil, let own = states[view] else {
            say("there is nothing to filter in this view")
            return []
        }
        overlay = .search(TextField(own.search), before: own.search, completion: nil, selected: 0)
        return [.complete(text: own.search, offset: own.search.count)]
    }

    mutating func setSearch(_ text: String) -> [Command] {
        guard states[view]?.search != text else { return [] }
        states[view]?.search = text
        return [.prepare]
    }

    /// What is wrong with the text after `/`, while it is typed.
    var searchError: Diagnostic? {
        guard case .search(let field, _, _, _) = overlay else { return nil }
        return check(field.text)
    }

    /// Shows what is proposed, and applies the text unless its last term is only half typed: that would show nothing for a moment.
    mutating func accept(_ completion: Completion?) -> [Command] {
        guard case .search(let field, let before, _, _) = overlay else { return [] }
        overlay = .search(field, before: before, completion: completion, selected: 0)
        let isUnderWay = completion.map { isHalfTyped(field, $0) } ?? false
        return isUnderWay || check(field.text) != nil ? [] : setSearch(field.trimmed)
    }

    private func check(_ text: String) -> Diagnostic? {
        guard let current, let own = currentState else { return nil }
        return current.check(text, own)
    }

    private func isHalfTyped(_ field: TextField, _ completion: Completion) -> Bool {
        let typed = String(field.characters[completion.range.clamped(to: 0..<field.characters.count)])
        return !typed.isEmpty && !completion.candidates.contains(typed)
    }

    mutating func pressInHelp(_ key: Key, _ scroll: Int) -> [Command] {
        let page = max(size.rows - 8, 1)
        switch key {
        case .escape, .character("q"), .character("?"), .function(1), .enter, .backspace: overlay = .none
        case .down, .character("j"): scrollHelp(to: scroll + 1)
        case .up, .character("k"): scrollHelp(to: scroll - 1)
        case .pageDown, .space: scrollHelp(to: scroll + page)
        case .pageUp: scrollHelp(to: scroll - page)
        case .home, .character("g"): scrollHelp(to: 0)
        case .end, .character("G"): scrollHelp(to: lastHelpLine)
        default: break
        }
        return []
    }

    mutating func scrollHelp(to line: Int) { overlay = .help(scroll: min(max(line, 0), lastHelpLine)) }

    mutating func pressInField(_ key: Key) -> [Command] {
        guard var field = overlay.field else { return [] }
        switch key {
        case .escape: return cancelField()
        case .enter: return submitField(field)
        case .up: return moveInField(-1)
        case .down: return moveInField(1)
        case .tab: return takeCandidate(field)
        case .backspace where field.isEmpty: return cancelField()
        default: return field.press(key) ? changed(field) : []
        }
    }

    mutating func changed(_ field: TextField) -> [Command] {
        switch overlay {
        case .none, .help: return []
        case .palette: overlay = .palette(field, selected: 0)
        case .write: overlay = .write(field)
        case .record: overlay = .record(field)
        case .search(_, let before, let completion, _):
            overlay = .search(field, before: before, completion: completion, selected: 0)
            return [.complete(text: field.text, offset: field.cursor)]
        }
        return []
    }

    private mutating func cancelField() -> [Command] {
        defer { overlay = .none }
        if case .search(_, let before, _, _) = overlay { return setSearch(before) }
        return []
    }

    private mutating func submitField(_ field: TextField) -> [Command] {
        switch overlay {
        case .search:
            if let error = searchError {
                say(error.description)
                return []
            }
            overlay = .none
            // What an earlier Enter was refused for stands no more.
            notice = nil
            let commands = setSearch(field.trimmed)
            states[view]?.searchEnded()
            return commands
        case .palette(_, let selected):
            overlay = .none
            return runPalette(field.text, selected: selected)
        case .write:
            overlay = .none
            return write(to: field.text)
        case .record:
            overlay = .none
            return field.isEmpty ? [] : [.record(path: field.text)]
        case .none, .help: return []
        }
    }

    private mutating func moveInField(_ step: Int) -> [Command] {
        switch overlay {
        case .palette(let field, let selected):
            let last = max(paletteLines(field.text).count - 1, 0)
            overlay = .palette(field, selected: min(max(selected + step, 0), last))
        case .search(let field, let before, let completion?, let selected):
            let last = max(completion.candidates.count - 1, 0)
            overlay = .search(field, before: before, completion: completion, selected: min(max(selected + step, 0), last))
        default: break
        }
        return []
    }

    private mutating func takeCandidate(_ field: TextField) -> [Command] {
        guard case .search(_, _, let completion?, let selected) = overlay, completion.candidates.indices.contains(selected) else {
            return []
        }
        var field = field
        field.replace(completion.range, with: completion.candidates[selected])
        return changed(field)
    }

    /// The ending says the format: `.json` and `.csv` the rows, `.svg` a picture, anything else text.
    private mutating func write(to path: String) -> [Command] {
        guard !path.isEmpty else { return [] }
        let ending = path.split(separator: ".").last.map { $0.lowercased() } ?? ""
        let text: String
        switch ending {
        case "svg": text = viewFrame().svg(theme: look.theme)
        case "json", "csv":
            guard let erased = current, let model = models[view], let own = states[view], let table = erased.export(model, own) else {
                say("this view has no rows to write; give the file the ending .svg or .txt for its picture")
                return []
            }
            text = ending == "json" ? table.json : table.csv
        default: text = viewFrame().text() + "\n"
        }
        return [.write(path: path, bytes: Array(text.utf8))]
    }
}
