import Canvas

/// The keys of the whole dashboard: those of the shell, those that every view has, and each view's own, which win over the common ones.
package struct Keymap: Sendable {
    /// What a user rebinds by name in the configuration.
    package private(set) var common: [KeyBinding] = Keymap.standard
    private var own: [ViewID: [KeyBinding]]

    package init(_ views: [ErasedView]) {
        own = Dictionary(uniqueKeysWithValues: views.map { ($0.id, $0.keymap) })
        common = views.map(Self.binding) + common
    }

    private static func binding(of view: ErasedView) -> KeyBinding {
        let digit = Character(String(view.id.rawValue))
        return KeyBinding([.character(digit)], "view-\(view.id.title.lowercased())", "view \(view.id.title)", .view(view.id))
    }

    /// Those that hold in `view`, its own first.
    package func bindings(in view: ViewID) -> [KeyBinding] { (own[view] ?? []) + common }

    package func action(for key: Key, in view: ViewID) -> Action? {
        bindings(in: view).first { $0.keys.contains(key) }?.action
    }

    /// The keys of the bottom line, the most useful first; what a view gives a meaning of its own is told once.
    package func hints(in view: ViewID) -> [KeyBinding] {
        var seen = Set<Key>()
        let live = bindings(in: view).filter { binding in
            defer { seen.formUnion(binding.keys) }
            return binding.rank != nil && !binding.keys.contains { seen.contains($0) }
        }
        return live.sorted { ($0.rank ?? 0) < ($1.rank ?? 0) }
    }

    static let standard: [KeyBinding] = [
        KeyBinding([.up, .character("k")], "up", "up", .up),
        KeyBinding([.down, .character("j")], "down", "down", .down),
        KeyBinding([.left, .character("h")], "left", "left", .left),
        KeyBinding([.right, .character("l")], "right", "right", .right),
        KeyBinding([.pageUp], "page-up", "a page up", .pageUp),
        KeyBinding([.pageDown], "page-down", "a page down", .pageDown),
        KeyBinding([.home, .character("g")], "first", "to the first", .home),
        KeyBinding([.end, .character("G")], "last", "to the last", .end),
        KeyBinding([.enter], "open", "into what explains it", .enter, rank: 10, hint: "open"),
        KeyBinding([.escape, .backspace], "back", "back", .back, rank: 90),
        KeyBinding([.tab], "next-pane", "next pane", .nextPane),
        KeyBinding([.backTab], "previous-pane", "previous pane", .previousPane),
        KeyBinding([.character("/")], "search", "filter", .search, rank: 20),
        KeyBinding([.character("n")], "next-match", "next match", .nextHit),
        KeyBinding([.character("N")], "previous-match", "previous match", .previousHit),
        KeyBinding([.character("e")], "next-error", "next error", .nextError),
        KeyBinding([.character("E")], "previous-error", "previous error", .previousError),
        KeyBinding([.character(":")], "palette", "every action by name", .palette),
        KeyBinding([.character("?"), .function(1)], "help", "the keys of this view", .help, rank: 22, hint: "keys"),
        KeyBinding([.space], "pause", "pause the picture, or go on", .pause, rank: 60, hint: "pause"),
        KeyBinding([.character("f")], "lens", "lens on the selected thing", .lens),
        KeyBinding([.character("F")], "clear-lens", "clear the lens", .clearLens),
        KeyBinding([.character(",")], "step-back", "a step back in time", .stepBack, rank: 70, hint: "earlier"),
        KeyBinding([.character(".")], "step-forward", "a step forward in time", .stepForward),
        KeyBinding([.character("0")], "now", "back to now", .now),
        KeyBinding([.character("+"), .character("=")], "shorter-window", "shorter window", .shorterWindow),
        KeyBinding([.character("-")], "longer-window", "longer window", .longerWindow),
        KeyBinding([.character("o")], "logs", "its logs", .logs),
        KeyBinding([.character("t")], "traces", "its traces", .traces),
        KeyBinding([.character("<")], "previous-column", "sort by the column before", .previousColumn),
        KeyBinding([.character(">")], "next-column", "sort by the next column", .nextColumn),
        KeyBinding([.character("r")], "reverse", "reverse the order", .reverse),
        KeyBinding([.character("y")], "copy", "copy", .copy),
        KeyBinding([.character("Y")], "copy-json", "copy as JSON", .copyJSON),
        KeyBinding([.character("w")], "write", "write what is shown to a file", .write),
        KeyBinding([.character("W")], "record", "a recording from now on, or its end", .record),
        KeyBinding([.character("z")], "zoom", "this pane alone, and back", .zoom),
        KeyBinding([.character("T")], "next-theme", "next theme", .nextTheme),
        KeyBinding([.character("u")], "utc", "UTC or local time", .toggleUTC),
        KeyBinding([.function(2)], "mouse", "the mouse to the terminal, or back", .toggleMouse),
        KeyBinding([.control("l")], "repaint", "repaint", .repaint),
        KeyBinding([.function(5)], "reload", "read the configuration again", .reload),
        KeyBinding([.character("q")], "quit", "back out; at the top level leave", .quit),
        KeyBinding([.control("c")], "quit-now", "leave at once", .quitNow),
    ]
}
