import Disk
import Recordings
import Runtime
import Store
import Telemetry

/// A recording from disk, with no dashboard.
enum RecordingBenchmarks {
    static func run(_ path: String) {
        let files = SystemFiles()
        guard let reading = try? openArrivals(path, files: files, now: Material.start), let from = reading.from, let to = reading.to else {
            print("#### Recording\n\nLeft out: \(path) can't be read.\n")
            return
        }
        let length = (to - from).seconds
        var section = Section("A recording of \(Int(length)) s")
        func read(_ take: (Arrival) -> Void) {
            guard let reading = try? openArrivals(path, files: files, now: Material.start) else {
                preconditionFailure("what was read a moment ago is there still")
            }
            while let arrival = reading.next() { take(arrival) }
        }
        var found = timed(5) { read { keep($0) } }
        section.rows.append(Measured(title: "read", unit: "times real time", figures: found.map { length / $0 }))
        found = timed(5) {
            let engine = Engine(store: TelemetryStore())
            read { engine.accept($0) }
        }
        section.rows.append(Measured(title: "read and stored", unit: "times real time", figures: found.map { length / $0 }))
        section.print()
    }
}
