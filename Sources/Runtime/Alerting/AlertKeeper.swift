import Notify
import Ports
import Rules
import Synchronization
import Telemetry

/// Keeps what is known of alerts in a file, so that a restart neither forgets a silence nor tells anything twice.
package final class AlertKeeper: Sendable {
    private let path: String
    private let files: any Files
    private let runner: RuleRunner
    private let notifier: Notifier
    private let clock: any WatchClock
    private let thread = OnceThread()
    private let written = Mutex<[UInt8]>([])

    package init(_ path: String, _ files: any Files, _ runner: RuleRunner, _ notifier: Notifier, _ clock: any WatchClock) {
        self.path = path
        self.files = files
        self.runner = runner
        self.notifier = notifier
        self.clock = clock
    }

    /// What was kept; nothing where there is no file yet. Throws a sentence where there is one that can't be used.
    package static func read(_ path: String, _ files: any Files) throws(Diagnostic) -> AlertMemory {
        let bytes: [UInt8]
        do throws(FileFailure) {
            bytes = try files.contents(of: path, limit: ByteCount(AlertMemory.sizeLimit))
        } catch {
            if error.errno == 2 { return AlertMemory() }
            throw Diagnostic(source: path, message: "the state of alerts can't be read: \(error.detail)")
        }
        do { return try AlertMemory(bytes) } catch {
            throw Diagnostic(
                source: path, message: "this is not a state of alerts that dogwatch wrote; move it away to begin without (\(error))")
        }
    }

    /// Begins to write at changes, which `wake` tells of.
    package func start() {
        thread.start("alerts") { [self] signal in
            while signal.wait(nanoseconds: nil) {
                let began = monotonicNanoseconds()
                runner.tellKeeping(save(), at: clock.now)
                // At most a tenth of the time goes into it, however much there is to keep. What comes meanwhile is written then.
                guard signal.pause(nanoseconds: (monotonicNanoseconds() - began) * 10) else { break }
            }
        }
    }
    package func wake() { thread.wake() }
    /// Writes what there is at the end; gives what went wrong with it.
    package func stop() -> Diagnostic? {
        thread.stop()
        return save()
    }

    /// Writes, unless nothing changed.
    private func save() -> Diagnostic? {
        let bytes = AlertMemory(notifier.dispatcher, runner.remembered).encoded
        guard written.withLock({ $0 != bytes }) else { return nil }
        do throws(FileFailure) {
            try files.replace(path, with: bytes)
        } catch {
            return Diagnostic(source: path, message: "the state of alerts can't be written: \(error.detail)")
        }
        written.withLock { $0 = bytes }
        return nil
    }
}
