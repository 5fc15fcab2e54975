import Canvas
import Insight
import Telemetry

/// What the user did to view 8.
package struct MetricsState: ViewState {
    package enum Page: Hashable, Sendable { case browse, query }
    /// How the answers are looked at.
    package enum Picture: String, Hashable, Sendable, CaseIterable {
        case lines = "chart", table, heatmap, statuses = "status over time", labels
    }
    package enum Pane: Hashable, Sendable { case queries, series }
    /// One PromQL expression under its letter.
    package struct Entry: Hashable, Sendable {
        package var letter: Character
        package var text: String
        package var isHidden = false
        package init(_ letter: Character, _ text: String) {
            self.letter = letter
            self.text = text
        }
    }
    /// A series by the expression it answers and by its labels.
    package struct LineID: Hashable, Sendable {
        package var letter: Character
        package var labels: LabelSet
        package init(letter: Character, labels: LabelSet) {
            self.letter = letter
            self.labels = labels
        }
    }
    /// Which labels the legend shows.
    package enum Legend: Hashable, Sendable { case telling, all, only(String) }

    package internal(set) var page = Page.browse
    // Browsing.
    /// Words that the metrics listed have.
    var filter = ""
    /// The metric chosen, by its name.
    var metric: String?
    var firstRow = 0
    var inSeries = false
    var selectedSeries: LabelSet?

    /// The lists of what costs the most series are open, at this place.
    var cost: MetricsCost.Place?

    // Asking.
    package internal(set) var entries: [Entry] = [Entry("A", "")]
    /// By its letter.
    var current: Character = "A"
    package internal(set) var picture = Picture.lines
    var pane = Pane.queries
    var line: LineID?
    /// Only this one is drawn.
    var solo: LineID?
    /// Where the crosshair stands; nil is the newest moment.
    package internal(set) var cursor: Timestamp?
    var legend = Legend.telling
    /// Instead of the unit that the expressions tell.
    var unit: ValueUnit?
    var sort: TableSort?
    var isAlone = false
    package internal(set) var history = QueryHistory()
    /// Counted from the newest, where the list of them is open.
    var inHistory: Int?

    package init() {}

    package static let entryLimit = 8

    var currentIndex: Int { entries.firstIndex { $0.letter == current } ?? 0 }
    var shown: [Entry] { entries.filter { !$0.isHidden && !$0.text.isEmpty } }

    /// The expression that is edited, or the words by which metrics are found; what looks like PromQL while browsing becomes an expression.
    package var search: String {
        get { page == .browse ? filter : entries.indices.contains(currentIndex) ? entries[currentIndex].text : "" }
        set {
            if page == .browse, !Self.looksLikeQuery(newValue) {
                filter = newValue
                return
            }
            if page == .browse { ask([newValue], .lines) }
            guard entries.indices.contains(currentIndex), entries[currentIndex].text != newValue else { return }
            entries[currentIndex].text = newValue
            solo = nil
        }
    }

    /// Names of metrics have none of these, and no question goes without, but for a name alone.
    static func looksLikeQuery(_ text: String) -> Bool { text.contains { "({[".contains($0) } }

    /// Shows these instead of what was asked.
    mutating func ask(_ expressions: [String], _ picture: Picture) {
        remember()
        entries = zip("ABCDEFGH", expressions).map { Entry($0, $1) }
        if entries.isEmpty { entries = [Entry("A", "")] }
        current = "A"
        self.picture = picture
        page = .query
        pane = .queries
        (line, solo, unit, sort, legend) = (nil, nil, nil, nil, .telling)
        remember()
    }

    /// Keeps what is asked for the list of earlier questions.
    mutating func remember() {
        for entry in entries { history.add(entry.text) }
    }

    /// An expression stands in its own box.
    package var searchShown: String { page == .browse ? filter : "" }
    package mutating func searchEnded() {
        cost = nil
        if page == .query { remember() }
    }

    mutating func addEntry(_ text: String = "") -> Bool {
        guard let letter = "ABCDEFGH".first(where: { letter in !entries.contains { $0.letter == letter } }) else { return false }
        let index = entries.firstIndex { $0.letter > letter } ?? entries.count
        entries.insert(Entry(letter, text), at: index)
        current = letter
        pane = .queries
        return true
    }

    /// The last one only loses its text.
    mutating func removeEntry() {
        guard entries.indices.contains(currentIndex) else { return }
        let index = currentIndex
        if entries.count == 1 {
            entries[0].text = ""
        } else {
            entries.remove(at: index)
            current = entries[min(index, entries.count - 1)].letter
        }
        (line, solo) = (nil, nil)
    }
}

extension MetricsState.Picture {
    init(_ picture: MetricQuestion.Picture) {
        switch picture {
        case .lines: self = .lines
        case .heatmap: self = .heatmap
        case .statuses: self = .statuses
        case .labels: self = .labels
        }
    }
}
