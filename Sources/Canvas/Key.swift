/// A key as it was pressed, with the modifiers terminals tell.
package struct Key: Hashable, Sendable, CustomStringConvertible {
    package enum Code: Hashable, Sendable {
        case character(Character)
        case enter, escape, tab, backTab, backspace, delete, insert
        case up, down, left, right, pageUp, pageDown, home, end
        case function(Int)
    }
    package struct Modifiers: OptionSet, Hashable, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        package static let shift = Modifiers(rawValue: 1)
        package static let alt = Modifiers(rawValue: 2)
        package static let control = Modifiers(rawValue: 4)
    }
    package var code: Code
    package var modifiers: Modifiers

    package init(_ code: Code, _ modifiers: Modifiers = []) {
        self.code = code
        self.modifiers = modifiers
    }

    package static func character(_ character: Character) -> Key { Key(.character(character)) }
    /// Control with a letter, which is lower case: `.control("c")`.
    package static func control(_ character: Character) -> Key { Key(.character(character), .control) }
    package static func alt(_ character: Character) -> Key { Key(.character(character), .alt) }
    package static func function(_ number: Int) -> Key { Key(.function(number)) }
    package static let enter = Key(.enter)
    package static let escape = Key(.escape)
    package static let tab = Key(.tab)
    package static let backTab = Key(.backTab)
    package static let backspace = Key(.backspace)
    package static let delete = Key(.delete)
    package static let insert = Key(.insert)
    package static let up = Key(.up)
    package static let down = Key(.down)
    package static let left = Key(.left)
    package static let right = Key(.right)
    package static let pageUp = Key(.pageUp)
    package static let pageDown = Key(.pageDown)
    package static let home = Key(.home)
    package static let end = Key(.end)
    package static let space = Key.character(" ")

    /// As help and the configuration write it: `PgUp`, `Ctrl-L`, `Shift-Tab`, `q`.
    package var description: String {
        var name = modifiers.contains(.control) ? "Ctrl-" : ""
        if modifiers.contains(.alt) { name += "Alt-" }
        if modifiers.contains(.shift) { name += "Shift-" }
        switch code {
        case .character(let character): return name + Self.name(character, hasControl: modifiers.contains(.control))
        case .function(let number): return name + "F\(number)"
        default: return name + (Self.names.first { $0.code == code }?.name ?? "")
        }
    }

    private static func name(_ character: Character, hasControl: Bool) -> String {
        character == " " ? "Space" : hasControl ? character.uppercased() : String(character)
    }

    private static let names: [(code: Code, name: String)] = [
        (.enter, "Enter"), (.escape, "Esc"), (.tab, "Tab"), (.backTab, "Shift-Tab"), (.backspace, "Backspace"), (.delete, "Del"),
        (.insert, "Ins"), (.up, "Up"), (.down, "Down"), (.left, "Left"), (.right, "Right"), (.pageUp, "PgUp"), (.pageDown, "PgDn"),
        (.home, "Home"), (.end, "End"), (.character(" "), "Space"),
    ]

    /// Reads what `description` writes; letters of names in any case. Nil for what names no key.
    package init?(_ text: String) {
        var rest = Substring(text)
        var modifiers: Modifiers = []
        let prefixes: [(String, Modifiers)] = [("ctrl-", .control), ("alt-", .alt), ("shift-", .shift)]
        while let prefix = prefixes.first(where: { rest.count > $0.0.count && rest.lowercased().hasPrefix($0.0) }) {
            rest = rest.dropFirst(prefix.0.count)
            modifiers.insert(prefix.1)
        }
        let name = rest.lowercased()
        if let only = rest.first, rest.count == 1 {
            self.init(.character(modifiers.contains(.control) ? Character(only.lowercased()) : only), modifiers)
        } else if name == "tab", modifiers.contains(.shift) {
            self.init(.backTab, modifiers.subtracting(.shift))
        } else if let known = Self.names.first(where: { $0.name.lowercased() == name }) {
            self.init(known.code, modifiers)
        } else if name.first == "f", let number = Int(name.dropFirst()), (1...24).contains(number) {
            self.init(.function(number), modifiers)
        } else {
            return nil
        }
    }
}

/// What the mouse did, in cells from zero. Double clicks are for the reader of these to tell, by its own clock.
package struct Mouse: Hashable, Sendable {
    package enum Button: Hashable, Sendable { case left, middle, right }
    package enum Action: Hashable, Sendable {
        case press(Button), release(Button), drag(Button)
        case wheelUp, wheelDown, wheelLeft, wheelRight
    }
    package var action: Action
    package var point: Point
    package var modifiers: Key.Modifiers
    package init(_ action: Action, at point: Point, _ modifiers: Key.Modifiers = []) {
        self.action = action
        self.point = point
        self.modifiers = modifiers
    }
}

/// What reaches the dashboard from its terminal.
package enum InputEvent: Hashable, Sendable {
    case key(Key)
    case mouse(Mouse)
    /// Pasted text, as it came; data, never keys.
    case paste(String)
    case resized(Size)
    /// The terminal is ours again after Ctrl-Z and `fg`: everything must be painted.
    case resumed
    /// Something outside has news: `wake()` was called.
    case wake
    /// The terminal is gone, or somebody asked the program to end.
    case ended(EndReason)

    package enum EndReason: Hashable, Sendable { case hangup, terminate, interrupt, quit }
}
