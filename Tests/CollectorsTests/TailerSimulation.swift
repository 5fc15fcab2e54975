import Ports
import Synchronization
import Telemetry

/// Files in memory, with what a disk has of them: names that move from one file to another.
final class SimulatedFiles: Files {
    final class File: Sendable {
        struct Content {
            var bytes: [UInt8]
            var changes: Int64 = 1
        }
        let inode: UInt64
        let content: Mutex<Content>
        init(inode: UInt64, _ bytes: [UInt8]) {
            self.inode = inode
            content = Mutex(Content(bytes: bytes))
        }
        var facts: FileFacts {
            content.withLock {
                FileFacts(
                    identity: FileIdentity(device: 1, inode: inode), size: Int64($0.bytes.count),
                    modified: PreciseTime(nanoseconds: $0.changes))
            }
        }
    }
    struct Disk {
        var files: [String: File] = [:]
        var unreadable: Set<String> = []
        var nextInode: UInt64 = 1
        var input: [[UInt8]?] = []
    }
    let disk = Mutex(Disk())

    func write(_ text: String, to path: String) { write(Array(text.utf8), to: path) }
    func write(_ bytes: [UInt8], to path: String) {
        disk.withLock { disk in
            disk.files[path] = File(inode: disk.nextInode, bytes)
            disk.nextInode += 1
        }
    }
    func append(_ text: String, to path: String) { change(path) { $0 += Array(text.utf8) } }
    func change(_ path: String, _ change: (inout [UInt8]) -> Void) {
        disk.withLock { $0.files[path] }?.content.withLock {
            change(&$0.bytes)
            $0.changes += 1
        }
    }
    func rename(_ path: String, to other: String) { disk.withLock { $0.files[other] = $0.files.removeValue(forKey: path) } }
    func remove(_ path: String) { disk.withLock { $0.files[path] = nil } }
    func lock(_ path: String) { disk.withLock { _ = $0.unreadable.insert(path) } }
    func unlock(_ path: String) { disk.withLock { _ = $0.unreadable.remove(path) } }
    func type(_ pieces: [UInt8]?...) { disk.withLock { $0.input += pieces } }

    /// A star at the end of the pattern is all that these know.
    func paths(matching pattern: String) -> [String] {
        disk.withLock { disk in
            disk.files.keys.filter { $0 == pattern || (pattern.hasSuffix("*") && $0.hasPrefix(pattern.dropLast())) }.sorted()
        }
    }
    func facts(of path: String) throws(FileFailure) -> FileFacts {
        guard let file = disk.withLock({ $0.files[path] }) else {
            throw FileFailure(path: path, errno: 2, detail: "no such file or folder")
        }
        return file.facts
    }
    func open(_ path: String) throws(FileFailure) -> any OpenFile {
        if disk.withLock({ $0.unreadable.contains(path) }) { throw FileFailure(path: path, errno: 13, detail: "permission denied") }
        guard let file = disk.withLock({ $0.files[path] }) else {
            throw FileFailure(path: path, errno: 2, detail: "no such file or folder")
        }
        return Opened(file: file)
    }
    func openStandardInput() -> any OpenStream { Input(files: self) }

    private final class Opened: OpenFile {
        let file: File
        init(file: File) { self.file = file }
        func facts() throws(FileFailure) -> FileFacts { file.facts }
        func read(at offset: Int64, count: Int) throws(FileFailure) -> [UInt8] {
            file.content.withLock { Array($0.bytes.dropFirst(Int(offset)).prefix(count)) }
        }
    }
    private final class Input: OpenStream {
        let files: SimulatedFiles
        init(files: SimulatedFiles) { self.files = files }
        func readAvailable(count: Int) throws(FileFailure) -> [UInt8]? {
            files.disk.withLock { $0.input.isEmpty ? nil : $0.input.removeFirst() }
        }
    }

    private func unused(_ path: String) -> FileFailure { FileFailure(path: path, errno: 38, detail: "not simulated") }
    func contents(of path: String, limit: ByteCount) throws(FileFailure) -> [UInt8] { throw unused(path) }
    func names(inDirectory path: String) throws(FileFailure) -> [String] { throw unused(path) }
    func makeDirectory(_ path: String, isPrivate: Bool) throws(FileFailure) { throw unused(path) }
    func create(_ path: String, exclusively: Bool) throws(FileFailure) -> any WritableFile { throw unused(path) }
    func replace(_ path: String, with bytes: [UInt8]) throws(FileFailure) { throw unused(path) }
    func makeCompressor(level: Int) -> any Compressor { preconditionFailure("not simulated") }
    func makeDecompressor() -> any Decompressor { preconditionFailure("not simulated") }
}

/// Keeps what arrives.
final class ArrivalList: ArrivalSink {
    private let state = Mutex((arrivals: [Arrival](), isOverloaded: false, admission: Admission(accepted: 1)))

    func accept(_ arrival: Arrival) -> Admission {
        state.withLock {
            if $0.isOverloaded { return Admission(isOverloaded: true) }
            $0.arrivals.append(arrival)
            return $0.admission
        }
    }
    func overload(_ isOverloaded: Bool) { state.withLock { $0.isOverloaded = isOverloaded } }
    /// What is said of each arrival from now on.
    func admit(_ admission: Admission) { state.withLock { $0.admission = admission } }
    var arrivals: [Arrival] { state.withLock { $0.arrivals } }

    func text(of name: String) -> String {
        var bytes: [UInt8] = []
        for arrival in arrivals where arrival.source.name == name {
            if case .lines(let lines) = arrival.payload { bytes += lines.bytes }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
    func states(of name: String) -> [SourceChange.State] {
        arrivals.compactMap { arrival in
            guard arrival.source.name == name, case .status(let change) = arrival.payload else { return nil }
            return change.state
        }
    }
    var troubles: [Trouble] {
        arrivals.compactMap { if case .trouble(let trouble) = $0.payload { trouble } else { nil } }
    }
}
