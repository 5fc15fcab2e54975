import Disk
import Ports
import Synchronization
import Telemetry

/// Files in memory; gzip is the real one. After `room` bytes writing fails, as on a full disk.
final class MemoryFiles: Files {
    private let contents = Mutex<[String: [UInt8]]>([:])
    private let room: Int

    init(room: Int = .max) { self.room = room }

    var all: [String: [UInt8]] {
        get { contents.withLock { $0 } }
        set { contents.withLock { $0 = newValue } }
    }

    fileprivate func append(_ bytes: [UInt8], to path: String) throws(FileFailure) {
        let fits = contents.withLock { files -> Bool in
            guard files.values.reduce(bytes.count, { $0 + $1.count }) <= room else { return false }
            files[path, default: []] += bytes
            return true
        }
        if !fits { throw FileFailure(path: path, errno: 28, detail: "no space left on the device") }
    }

    func paths(matching pattern: String) -> [String] { all.keys.filter { $0 == pattern } }
    func facts(of path: String) throws(FileFailure) -> FileFacts { try open(path).facts() }
    func open(_ path: String) throws(FileFailure) -> any OpenFile {
        guard let bytes = all[path] else { throw FileFailure(path: path, errno: 2, detail: "no such file") }
        return MemoryFile(bytes)
    }
    func openStandardInput() -> any OpenStream { EmptyStream() }
    func contents(of path: String, limit: ByteCount) throws(FileFailure) -> [UInt8] { try open(path).read(at: 0, count: limit.bytes) }
    func names(inDirectory path: String) throws(FileFailure) -> [String] {
        let prefix = path + "/"
        return all.keys.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }.sorted()
    }
    func makeDirectory(_ path: String, isPrivate: Bool) throws(FileFailure) {}
    func create(_ path: String, exclusively: Bool) throws(FileFailure) -> any WritableFile {
        try append([], to: path)
        return MemoryOutput(self, path)
    }
    func replace(_ path: String, with bytes: [UInt8]) throws(FileFailure) {
        contents.withLock { $0[path] = nil }
        try append(bytes, to: path)
    }
    func makeCompressor(level: Int) -> any Compressor { SystemFiles().makeCompressor(level: level) }
    func makeDecompressor() -> any Decompressor { SystemFiles().makeDecompressor() }
}

private final class MemoryFile: OpenFile {
    private let bytes: [UInt8]
    init(_ bytes: [UInt8]) { self.bytes = bytes }
    func facts() throws(FileFailure) -> FileFacts { FileFacts(identity: .init(device: 0, inode: 0), size: Int64(bytes.count)) }
    func read(at offset: Int64, count: Int) throws(FileFailure) -> [UInt8] { Array(bytes.dropFirst(Int(offset)).prefix(count)) }
}

private final class MemoryOutput: WritableFile {
    private let files: MemoryFiles
    private let path: String
    init(_ files: MemoryFiles, _ path: String) {
        self.files = files
        self.path = path
    }
    func write(_ bytes: [UInt8]) throws(FileFailure) { try files.append(bytes, to: path) }
    func close() throws(FileFailure) {}
}

private final class EmptyStream: OpenStream {
    func readAvailable(count: Int) throws(FileFailure) -> [UInt8]? { [] }
}
