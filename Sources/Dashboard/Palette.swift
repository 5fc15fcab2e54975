import Canvas
import Insight
import Telemetry

/// A line of the palette: a key's action by its name, or a command with an argument.
struct PaletteLine: Hashable, Sendable {
    var name: String
    var help: String
    var keys: String
    var action: Action?
}

extension DashboardState {
    /// Commands that take an argument, with an example.
    static let commands: [(name: String, argument: String, help: String)] = [
        ("goto", "TIME", "show that moment: goto 12:04, goto 12:04:30"),
        ("window", "LENGTH", "how much time is shown: window 10m"),
        ("lens", "TERMS", "what all views show: lens service=order version=v2"),
        ("theme", "NAME", "theme paper"),
        ("search", "TERMS", "search level=error"),
    ]

    /// What fits `text`, best first: names that start so, then those that hold it, then those that hold its letters in order.
    func paletteLines(_ text: String) -> [PaletteLine] {
        let word = text.split(separator: " ").first.map { $0.lowercased() } ?? ""
        var seen = Set<String>()
        let actions = keymap.bindings(in: view).compactMap { binding -> PaletteLine? in
            guard seen.insert(binding.name).inserted else { return nil }
            return PaletteLine(
                name: binding.name, help: binding.help, keys: binding.keys.map(\.description).joined(separator: " "), action: binding.action
            )
        }
        let all = Self.commands.map { PaletteLine(name: "\($0.name) \($0.argument)", help: $0.help, keys: "", action: nil) } + actions
        let scored = all.enumerated().compactMap { index, line in
            score(of: word, line).map { (score: $0, index: index, line: line) }
        }
        return scored.sorted { ($0.score, $0.index) < ($1.score, $1.index) }.map(\.line)
    }

    mutating func runPalette(_ text: String, selected: Int) -> [Command] {
        let words = text.split(separator: " ", maxSplits: 1).map(String.init)
        if let name = words.first, words.count == 2, Self.commands.contains(where: { $0.name == name }) { return run(name, words[1]) }
        let lines = paletteLines(text)
        guard lines.indices.contains(selected) else {
            say("no action is called \"\(text)\"; ? shows all of them")
            return []
        }
        guard let action = lines[selected].action else {
            let name = lines[selected].name.split(separator: " ").first.map(String.init) ?? ""
            overlay = .palette(TextField(name + " "), selected: 0)
            return []
        }
        return perform(action)
    }

    private mutating func run(_ name: String, _ argument: String) -> [Command] {
        switch name {
        case "goto":
            guard let moment = momentOfDay(argument) else {
                say("goto wants a time of day such as 12:04 or 12:04:30, not \"\(argument)\"")
                return []
            }
            return hold(at: moment)
        case "window":
            guard let span = TimeSpan(prometheus: argument) else {
                say("window wants a length of time such as 30s, 10m or 1h, not \"\(argument)\"")
                return []
            }
            time.setWindow(span)
            return [.prepare]
        case "lens":
            guard let lens = Lens(argument) else {
                say("lens wants terms such as service=order or version=v2, not \"\(argument)\"")
                return []
            }
            return apply(.lens(lens))
        case "theme":
            guard let index = themes.firstIndex(where: { $0.name == argument }) else {
                say("there is no theme \"\(argument)\"; there are " + themes.map(\.name).joined(separator: ", "))
                return []
            }
            themeIndex = index
            return []
        default: return setSearch(argument)
        }
    }

    /// The newest moment not after the clock that has this time of day.
    private func momentOfDay(_ text: String) -> Timestamp? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { Int64($0) }
        guard (2...3).contains(parts.count), parts.allSatisfy({ $0.map { (0...59).contains($0) } ?? false }), let hour = parts[0],
            hour < 24,
            let minute = parts[1]
        else { return nil }
        let second = parts.count == 3 ? parts[2] ?? 0 : 0
        let offset = showsUTC ? 0 : localOffset.nanoseconds / 1_000_000
        let wanted = ((hour * 60 + minute) * 60 + second) * 1000
        let local = clock.milliseconds &+ offset
        let midnight = local - (local % 86_400_000 + 86_400_000) % 86_400_000
        let today = Timestamp(milliseconds: midnight + wanted - offset)
        return today <= clock ? today : Timestamp(milliseconds: today.milliseconds - 86_400_000)
    }
}

/// Lower is better; nil where `word` is nowhere to be found in the line.
private func score(of word: String, _ line: PaletteLine) -> Int? {
    let name = line.name.lowercased()
    if word.isEmpty || name.hasPrefix(word) { return 0 }
    if name.contains("-" + word) { return 1 }
    if name.contains(word) { return 2 }
    if line.help.lowercased().contains(word) { return 3 }
    return spread(of: word, in: name).map { $0 + 4 }
}

/// How far the letters of `word` stand apart in `text`; nil where they don't stand there in order.
private func spread(of word: String, in text: String) -> Int? {
    var sum = 0
    var rest = Substring(text)
    for letter in word {
        guard let place = rest.firstIndex(of: letter) else { return nil }
        sum += rest.distance(from: rest.startIndex, to: place)
        rest = rest[rest.index(after: place)...]
    }
    return sum
}
