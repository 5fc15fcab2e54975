import Canvas
import Telemetry

/// What the user did to view 7.
package struct AlertsState: ViewState {
    package enum Page: Hashable, Sendable {
        case list
        /// One alert with all that lies behind it.
        case story
        case silences
        /// A silence being made: its text is what `/` edits.
        case silencing
        /// A rule run over all the data: its text is what `/` edits.
        case backtest
    }
    package internal(set) var page = Page.list
    package internal(set) var selected: AlertID?
    var filter = ""
    /// `alertname="Slow", service="order" for 2h # being mended`
    package internal(set) var silence = ""
    /// `rate(x[1m]) > 5 for 1m`
    package internal(set) var rule = ""
    var selectedSilence: String?
    var firstRow = 0
    /// Of the story.
    var scroll = 0
    var isAlone = false

    package init() {}

    package var search: String {
        get {
            switch page {
            case .list, .story, .silences: filter
            case .silencing: silence
            case .backtest: rule
            }
        }
        set {
            switch page {
            case .list, .story, .silences: filter = newValue
            case .silencing: silence = newValue
            case .backtest: rule = newValue
            }
        }
    }
    package var searchShown: String { page == .list ? filter : "" }
}

/// The text of a silence as it is typed: matchers, then `for` a length of time, then `#` why.
package struct SilenceText: Hashable, Sendable {
    package var matchers: String
    package var length = TimeSpan.minutes(120)
    package var comment = ""
    /// False where what follows `for` is no length of time.
    package var isReadable = true

    package init(_ text: String) {
        let parts = Self.cut(text, at: " #")
        comment = parts.after.map { String($0.drop(while: \.isWhitespace)) } ?? ""
        let timed = Self.cut(parts.before, at: " for ")
        matchers = timed.before
        guard let after = timed.after else { return }
        if let span = TimeSpan(prometheus: after.filter { !$0.isWhitespace }), span > .zero { length = span } else { isReadable = false }
    }
    /// At the last place that stands in no quotes.
    private static func cut(_ text: String, at mark: String) -> (before: String, after: String?) {
        var (isQuoted, found, index) = (false, String.Index?.none, text.startIndex)
        while index < text.endIndex {
            if text[index] == "\"" { isQuoted.toggle() }
            if !isQuoted, text[index...].hasPrefix(mark) { found = index }
            index = text.index(after: index)
        }
        guard let found else { return (text, nil) }
        return (String(text[..<found]), String(text[text.index(found, offsetBy: mark.count)...]))
    }
}
