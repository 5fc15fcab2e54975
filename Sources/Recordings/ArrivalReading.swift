import Ports
import Telemetry

/// Where arrivals can be read from, in order. Used by one thread at a time.
package protocol ArrivalReading: AnyObject {
    /// The times of the first and the newest arrival; nil where there is none.
    var from: Timestamp? { get }
    var to: Timestamp? { get }
    /// What was lost on the way; grows while arrivals are read.
    var warnings: [Diagnostic] { get }
    /// The next arrival; nil at the end.
    func next() -> Arrival?
}

extension RecordingReader: ArrivalReading {}

/// Opens what a user names: the folder of a recording, or a lone file.
///
/// `now` is the arrival time of what says no time of its own. Throws where there is nothing there that dogwatch can read.
package func openArrivals(_ path: String, files: any Files, now: Timestamp) throws(Diagnostic) -> any ArrivalReading {
    let facts: FileFacts
    do {
        facts = try files.facts(of: path)
    } catch {
        throw Diagnostic(source: path, message: "\(error.detail); give the folder of a recording, or a file of spans, logs or metrics")
    }
    if facts.kind == .directory { return try RecordingReader(files: files, folder: path) }
    return try LoneFileReader(path, files: files, now: now)
}
