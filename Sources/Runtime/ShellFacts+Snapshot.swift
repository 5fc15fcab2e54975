import Dashboard
import Store
import Telemetry

extension ShellFacts {
    /// What the top line tells of `snapshot`.
    package init(_ snapshot: StoreSnapshot, subject: String, mode: Mode, isRecording: Bool) {
        self.init()
        self.subject = subject
        self.mode = mode
        self.isRecording = isRecording
        for status in snapshot.sources where status.source.kind == .scrape && status.health != .closed {
            targets += 1
            if status.health == .up { targetsUp += 1 }
        }
        let accounting = snapshot.accounting
        bytes = ByteCount(accounting.totalBytes)
        budget = accounting.budget
        ingested = accounting.ingested.values.reduce(0, &+)
        dropped = accounting.dropped.values.reduce(0) { $0 &+ $1.values.reduce(0, &+) }
    }
}
