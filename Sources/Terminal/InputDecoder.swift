import Canvas

/// Codes of our own for sequences that `define_key` binds; beyond ncurses' own, which end at 511.
enum KeyCode {
    static let pasteStart: UInt32 = 600
    static let pasteEnd: UInt32 = 601
    static let mouse: UInt32 = 610
    /// `modified + 8 * place + modifier - 1` with the modifier as xterm writes it (2 to 8) and the place in `cursorKeys`.
    static let modified: UInt32 = 1000
    static let plain: UInt32 = 1200
    static let functionKeys: UInt32 = 1300

    /// The final bytes of xterm's cursor keys, and what they are.
    static let cursorKeys: [(suffix: String, code: Key.Code)] = [
        ("A", .up), ("B", .down), ("C", .right), ("D", .left), ("H", .home), ("F", .end), ("5~", .pageUp), ("6~", .pageDown),
        ("3~", .delete),
        ("2~", .insert),
    ]
    /// F1 to F4 as `ESC O P`, and the numbers of F5 to F12 in `ESC [ n ~`.
    static let functionSequences: [(sequence: String, number: Int)] =
        [("OP", 1), ("OQ", 2), ("OR", 3), ("OS", 4), ("[11~", 1), ("[12~", 2), ("[13~", 3), ("[14~", 4), ("[[A", 1), ("[[B", 2)]
        + [15, 17, 18, 19, 20, 21, 23, 24].enumerated().map { ("[\($1)~", $0 + 5) }
}

/// What ncurses read, turned into events: a value that is told each code and says what it meant.
struct InputDecoder {
    /// More than this is pasted by nobody; the rest is left out.
    static let pasteLimit = 1 << 20

    private enum State {
        case ready
        /// An escape was read; what follows at once belongs to it.
        case escaped
        case mouse([UInt32])
        case pasting(String)
    }
    private var state = State.ready

    /// A character (`isFunctionKey` false) or one of ncurses' key codes.
    mutating func take(_ code: UInt32, isFunctionKey: Bool) -> [InputEvent] {
        switch state {
        case .pasting(let text): return paste(code, isFunctionKey, text)
        case .mouse(let read): return mouse(code, isFunctionKey, read)
        case .escaped:
            state = .ready
            if !isFunctionKey, code != 27, let key = Self.character(code) { return [.key(Key(key.code, key.modifiers.union(.alt)))] }
            return [.key(.escape)] + take(code, isFunctionKey: isFunctionKey)
        case .ready: return isFunctionKey ? function(code) : plain(code)
        }
    }

    /// Nothing more is there to be read for now: a lone escape was the key.
    mutating func settle() -> [InputEvent] {
        guard case .escaped = state else { return [] }
        state = .ready
        return [.key(.escape)]
    }

    /// Whether a sequence is half read.
    var isIdle: Bool { if case .ready = state { true } else { false } }

    private mutating func plain(_ code: UInt32) -> [InputEvent] {
        if code == 27 {
            state = .escaped
            return []
        }
        return Self.character(code).map { [.key($0)] } ?? []
    }

    private static func character(_ code: UInt32) -> Key? {
        switch code {
        case 0: return Key(.character(" "), .control)
        case 8, 127: return .backspace
        case 9: return .tab
        case 10, 13: return .enter
        case 27: return .escape
        case 1...26: return Unicode.Scalar(code + 0x60).map { Key(.character(Character($0)), .control) }
        case 28...31: return Unicode.Scalar(code + 0x40).map { Key(.character(Character($0)), .control) }
        default: return Unicode.Scalar(code).map { .character(Character($0)) }
        }
    }

    private mutating func function(_ code: UInt32) -> [InputEvent] {
        switch code {
        case KeyCode.pasteStart:
            state = .pasting("")
            return []
        case KeyCode.mouse:
            state = .mouse([])
            return []
        default: return Self.key(code).map { [.key($0)] } ?? []
        }
    }

    /// ncurses' `KEY_*` and the codes above, as keys; nil for those nobody binds, `KEY_RESIZE` among them.
    static func key(_ code: UInt32) -> Key? {
        switch code {
        case 258: return .down
        case 259: return .up
        case 260: return .left
        case 261: return .right
        case 262, 362: return .home
        case 263: return .backspace
        case 265...288: return .function(Int(code) - 264)
        case 330: return .delete
        case 331: return .insert
        case 336: return Key(.down, .shift)
        case 337: return Key(.up, .shift)
        case 338: return .pageDown
        case 339: return .pageUp
        case 343: return .enter
        case 353: return .backTab
        case 360, 385: return .end
        case 393: return Key(.left, .shift)
        case 402: return Key(.right, .shift)
        case KeyCode.functionKeys + 1...KeyCode.functionKeys + 24: return .function(Int(code - KeyCode.functionKeys))
        case KeyCode.plain..<KeyCode.plain + UInt32(KeyCode.cursorKeys.count):
            return Key(KeyCode.cursorKeys[Int(code - KeyCode.plain)].code)
        case KeyCode.modified..<KeyCode.modified + 8 * UInt32(KeyCode.cursorKeys.count):
            let place = code - KeyCode.modified
            return Key(KeyCode.cursorKeys[Int(place / 8)].code, Key.Modifiers(rawValue: UInt8(place % 8)))
        default: return nil
        }
    }

    private mutating func paste(_ code: UInt32, _ isFunctionKey: Bool, _ text: String) -> [InputEvent] {
        if isFunctionKey {
            guard code == KeyCode.pasteEnd else { return [] }
            state = .ready
            return [.paste(text)]
        }
        guard text.utf8.count < Self.pasteLimit, let scalar = Unicode.Scalar(code == 13 ? 10 : code) else { return [] }
        var longer = text
        // Let go of the old one, so that appending does not copy it.
        state = .ready
        longer.unicodeScalars.append(scalar)
        state = .pasting(longer)
        return []
    }

    /// `button ; column ; row M`, or `m` for a release.
    private mutating func mouse(_ code: UInt32, _ isFunctionKey: Bool, _ read: [UInt32]) -> [InputEvent] {
        let isEnd = code == 0x4d || code == 0x6d
        guard !isFunctionKey, isEnd || code == 0x3b || (0x30...0x39).contains(code), read.count < 20 else {
            state = .ready
            return []
        }
        guard isEnd else {
            state = .mouse(read + [code])
            return []
        }
        state = .ready
        let numbers = read.split(separator: 0x3b, omittingEmptySubsequences: false).map(Self.number)
        guard numbers.count == 3, let button = numbers[0], let column = numbers[1], let row = numbers[2], column > 0, row > 0 else {
            return []
        }
        return Self.mouse(button, Point(column - 1, row - 1), isRelease: code == 0x6d).map { [.mouse($0)] } ?? []
    }

    private static func number(_ digits: ArraySlice<UInt32>) -> Int? {
        guard !digits.isEmpty, digits.count <= 6 else { return nil }
        return digits.reduce(0) { $0 * 10 + Int($1) - 0x30 }
    }

    private static func mouse(_ button: Int, _ point: Point, isRelease: Bool) -> Mouse? {
        var modifiers: Key.Modifiers = []
        if button & 4 != 0 { modifiers.insert(.shift) }
        if button & 8 != 0 { modifiers.insert(.alt) }
        if button & 16 != 0 { modifiers.insert(.control) }
        if button & 64 != 0 {
            let wheels: [Mouse.Action] = [.wheelUp, .wheelDown, .wheelLeft, .wheelRight]
            return isRelease ? nil : Mouse(wheels[button & 3], at: point, modifiers)
        }
        guard button & 128 == 0, button & 3 != 3 else { return nil }
        let which: Mouse.Button = [.left, .middle, .right][button & 3]
        return Mouse(button & 32 != 0 ? .drag(which) : isRelease ? .release(which) : .press(which), at: point, modifiers)
    }
}
