import Canvas
import Dashboard
import Store
import Telemetry
import Testing

/// The whole dashboard over one snapshot, told messages by hand; prepares at once.
struct Screen {
    var state: DashboardState
    var snapshot: StoreSnapshot
    /// What was asked of the world, but for preparing and completing.
    var commands: [Command] = []
    /// Keeps `prepare` for later, as a busy machine does: what is shown may then be older than what was asked.
    var isLate = false

    init(
        _ snapshot: StoreSnapshot = ShopScene.snapshot, _ view: ViewID = .overview, columns: Int = 120, rows: Int = 36,
        drawing: Drawing = .braille,
        theme: String = "harbour", clock: Timestamp = ShopScene.now
    ) {
        let themes = ThemeCatalog.themes
        let chosen = themes.filter { $0.name == theme } + themes.filter { $0.name != theme }
        state = DashboardState(themes: chosen, drawing: drawing, size: Size(columns: columns, rows: rows), clock: clock, start: view)
        self.snapshot = snapshot
        tell(.facts(facts))
        prepare()
    }

    private var facts: ShellFacts {
        var facts = ShellFacts()
        facts.subject = snapshot.sources.isEmpty ? "" : "7 targets, 3 logs"
        facts.targets = snapshot.sources.count { $0.source.kind == .scrape }
        facts.targetsUp = snapshot.sources.count { $0.source.kind == .scrape && $0.health == .up }
        facts.bytes = ByteCount(snapshot.accounting.totalBytes)
        facts.budget = snapshot.accounting.budget
        facts.ingested = snapshot.accounting.ingested.values.reduce(0, +)
        return facts
    }

    mutating func tell(_ message: Message) {
        for command in update(&state, message) {
            switch command {
            case .prepare where isLate: break
            case .prepare: prepare()
            case .complete(let text, let offset):
                if let view = state.current, let own = state.currentState {
                    tell(.completed(view.complete(text, offset, snapshot, state.context, own)))
                }
            default: commands.append(command)
            }
        }
    }

    mutating func press(_ keys: Key...) { for key in keys { tell(.input(.key(key))) } }
    /// A key a character.
    mutating func type(_ text: String) { for character in text { press(.character(character)) } }
    mutating func click(_ column: Int, _ row: Int) { tell(.input(.mouse(Mouse(.press(.left), at: Point(column, row))))) }
    mutating func doubleClick(_ column: Int, _ row: Int) {
        click(column, row)
        click(column, row)
    }

    /// New data came.
    mutating func publish(_ snapshot: StoreSnapshot, at clock: Timestamp? = nil) {
        self.snapshot = snapshot
        if let clock { tell(.tick(clock)) }
        prepare()
    }

    mutating func prepare() {
        guard let view = state.current, let own = state.currentState else { return }
        tell(.prepared(view.id, view.prepare(snapshot, state.context, own, state.currentModel)))
    }

    var frame: Frame { state.frame() }
    var text: String { frame.text() }
    /// A row of the screen each.
    var lines: [String] { text.split(separator: "\n", omittingEmptySubsequences: false).prefix(state.size.rows).map(String.init) }
    /// Where `word` stands first.
    func place(of word: String) -> Point? {
        for (row, line) in lines.enumerated() {
            guard let range = line.firstRange(of: word) else { continue }
            return Point(columns(of: String(line[..<range.lowerBound])), row)
        }
        return nil
    }
}

/// Keys as help writes them: `screen.press("j", "Ctrl-L")`.
extension Key: ExpressibleByStringLiteral {
    package init(stringLiteral text: String) { self = Key(text) ?? .escape }
}

/// Short, since it stands in every message of a test that failed.
extension Screen: CustomTestStringConvertible {
    var testDescription: String { "a screen of \(state.size)" }
}
