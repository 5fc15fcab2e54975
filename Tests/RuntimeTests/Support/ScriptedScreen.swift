import Canvas
import Telemetry

@testable import Runtime

/// A terminal whose user follows a script: types, resizes, or waits until the screen shows something. At its end the terminal goes away.
final class ScriptedScreen: Screen {
    enum Step {
        case type(Key)
        case paste(String)
        case resize(Size)
        case await(String)
        case run(() -> Void)
    }
    private(set) var size: Size
    private(set) var frames: [Frame] = []
    private(set) var repaints = 0
    private(set) var mouse: [Bool] = []
    private(set) var copied: [String] = []
    /// What was waited for and never came.
    private(set) var missed: [String] = []
    private var script: [Step]
    private let signal = WorkerSignal()
    private let deadline = monotonicNanoseconds() + 60_000_000_000

    init(_ script: [Step], size: Size = Size(columns: 80, rows: 24)) {
        self.script = script
        self.size = size
    }

    var text: String { frames.last?.text() ?? "" }

    func paint(_ frame: Frame) { frames.append(frame) }
    func repaint() { repaints += 1 }
    func setMouse(_ isOn: Bool) { mouse.append(isOn) }
    func copy(_ text: String) -> String {
        copied.append(text)
        return "copied"
    }
    nonisolated func wake() { signal.wake() }

    func waitForInput(timeout: TimeSpan) -> [InputEvent] {
        guard let step = script.first else { return [.ended(.hangup)] }
        if case .await(let wanted) = step, !text.contains(wanted), monotonicNanoseconds() < deadline {
            _ = signal.wait(nanoseconds: min(timeout.nanoseconds, 1_000_000_000))
            return [.wake]
        }
        script.removeFirst()
        switch step {
        case .type(let key): return [.key(key)]
        case .paste(let text): return [.paste(text)]
        case .resize(let size):
            self.size = size
            return [.resized(size)]
        case .run(let body): body()
        case .await(let wanted): if !text.contains(wanted) { missed.append(wanted) }
        }
        return []
    }
}
