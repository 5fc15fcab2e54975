import Canvas
import Telemetry

/// The terminal, as the dashboard's loop sees it. Used by one thread, but for `wake`.
package protocol Screen: AnyObject {
    var size: Size { get }
    /// Shows `frame`, writing what differs from the last one.
    func paint(_ frame: Frame)
    /// What came until `timeout` has passed; returns as soon as something has.
    func waitForInput(timeout: TimeSpan) -> [InputEvent]
    /// The next `paint` writes everything.
    func repaint()
    func setMouse(_ isOn: Bool)
    /// Puts `text` on the clipboard and says which way it went, in a few words.
    func copy(_ text: String) -> String
    /// Lets `waitForInput` return at once; from any thread.
    nonisolated func wake()
}
