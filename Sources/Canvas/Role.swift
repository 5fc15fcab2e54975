/// What a thing on the screen is, from which the theme says how it looks.
package enum Role: String, Hashable, Sendable, CaseIterable {
    /// The screen itself: its background is painted only where a theme gives one.
    case screen
    case text
    /// Text beside the point: units, times, keys of attributes.
    case muted
    /// Barely there: rules, dots, empty tracks.
    case faint
    /// A word to be seen among text: a name, a number.
    case strong
    case title
    /// What can be followed: a trace id, an address.
    case link
    case border, borderFocused = "border-focused"
    case header
    /// The header of the column by which a table is sorted.
    case headerSorted = "header-sorted"
    case selection
    /// The selected thing of a pane that has not the focus.
    case selectionUnfocused = "selection-unfocused"
    case tab, tabActive = "tab-active"
    case key
    case keyHint = "key-hint"
    case topBar = "top-bar", bottomBar = "bottom-bar"
    case badge
    /// The lens and the window: what narrows the view.
    case filter
    case match
    case input, placeholder
    case popup
    case toast
    case live, paused, replaying

    case good, warn, bad, critical, info
    /// Nothing is known: no data, gone, stale.
    case unknown

    case levelTrace = "level-trace", levelDebug = "level-debug", levelInfo = "level-info", levelWarn = "level-warn"
    case levelError = "level-error", levelFatal = "level-fatal"

    case gauge, gaugeTrack = "gauge-track"
    case sparkline
    case axis, gridLine = "grid-line"
    case cursorLine = "cursor-line"
    case p50, p95, p99
    case scrollBar = "scroll-bar", scrollThumb = "scroll-thumb"

    /// The longest chain of a trace: what made it last.
    case criticalPath = "critical-path"
    case waterfallTrack = "waterfall-track"
    case edge, edgeStrong = "edge-strong"
}
