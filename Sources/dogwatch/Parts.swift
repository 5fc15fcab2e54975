import API
import Canvas
import Dashboard
import Disk
import Glibc
import Ports
import Recordings
import Runtime
import Serving
import Store
import Telemetry
import Terminal
import Transfer

/// The parts that every command takes from.
enum Parts {
    static let files = SystemFiles()
    static let clock = SystemClock()

    static func edges(_ clock: any WatchClock) -> LiveCollection.Edges {
        LiveCollection.Edges(
            fetcher: CurlFetcher(clock: clock),
            listener: NIOListener(makeDecompressor: { files.makeDecompressor() }), files: files)
    }

    /// A recording's folder, or a single file that dogwatch can read.
    static func openRecording(_ path: String) throws -> any ArrivalReading {
        do {
            return try openArrivals(path, files: files, now: clock.now)
        } catch {
            throw Failure.use("\(error).")
        }
    }

    /// Puts all of `paths` into `sink`, as fast as it goes; gives the time of the newest arrival.
    @discardableResult
    static func load(_ paths: [String], into sink: any ArrivalSink) throws -> Timestamp? {
        var newest: Timestamp?
        for path in paths {
            let reading = try openRecording(path)
            while let arrival = reading.next() {
                sink.accept(arrival)
                newest = max(newest ?? arrival.time, arrival.time)
            }
            for warning in reading.warnings { StandardError.write("dogwatch: \(warning)\n") }
        }
        return newest
    }

    /// Opens a new recording in `folder`.
    static func startRecording(_ folder: String, _ engine: Engine) throws(Diagnostic) {
        engine.record(into: try RecordingWriter(files: files, folder: folder, version: Version.text))
    }
}

/// Where what comes with dogwatch lies: beside the installed program, or in the package it was built from.
enum Bundled {
    static func path(_ name: String) -> String? {
        var candidates = ["sample-data/\(name)"]
        if let executable = executablePath() {
            let folder = executable.split(separator: "/").dropLast()
            candidates.append("/" + folder.dropLast().joined(separator: "/") + "/share/dogwatch/sample-data/\(name)")
            for up in 1...5 where folder.count >= up {
                candidates.append("/" + (folder.dropLast(up) + ["sample-data", Substring(name)]).joined(separator: "/"))
            }
        }
        return candidates.first { access($0 + "/recording.json", R_OK) == 0 }
    }

    private static func executablePath() -> String? {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        guard count > 0 else { return nil }
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
