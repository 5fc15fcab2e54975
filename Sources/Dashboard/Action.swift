/// What a key, a click or a line of the palette means.
package enum Action: Hashable, Sendable {
    // Of the shell.
    case view(ViewID)
    case help, palette, search, clearSearch, quit, quitNow, repaint
    case pause, stepBack, stepForward, now, longerWindow, shorterWindow
    case clearLens, nextTheme, toggleUTC, toggleMouse, write, record, zoom, reload

    // Of the views.
    case up, down, left, right, pageUp, pageDown, home, end
    case enter, back, nextPane, previousPane
    case nextHit, previousHit, nextError, previousError
    case previousColumn, nextColumn, reverse
    case lens, logs, traces, metrics, copy, copyJSON
    /// One of a single view, by its name.
    case own(String)
}
