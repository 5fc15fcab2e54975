import Glibc
import Ports
import Telemetry

/// The file system of this machine.
package struct SystemFiles: Files {
    package init() {}

    package func paths(matching pattern: String) -> [String] { Glob(pattern).paths() }

    package func facts(of path: String) throws(FileFailure) -> FileFacts {
        var status = stat()
        guard stat(path, &status) == 0 else { throw FileFailure(path: path) }
        return FileFacts(status)
    }

    package func open(_ path: String) throws(FileFailure) -> any OpenFile { try SystemFile(path) }

    package func openStandardInput() -> any OpenStream { DescriptorStream(descriptor: STDIN_FILENO, name: "standard input") }

    package func contents(of path: String, limit: ByteCount) throws(FileFailure) -> [UInt8] {
        let file = try SystemFile(path)
        if try file.facts().kind == .directory { throw FileFailure(path: path, code: EISDIR) }
        let bytes = try file.readAll(limit: limit.bytes)
        guard let bytes else { throw FileFailure(path: path, errno: EFBIG, detail: "it is larger than \(limit.bytes) bytes") }
        return bytes
    }

    package func names(inDirectory path: String) throws(FileFailure) -> [String] {
        guard let names = entries(of: path) else { throw FileFailure(path: path) }
        return names.sorted()
    }

    /// With the folders above it; one that is there already is fine.
    package func makeDirectory(_ path: String, isPrivate: Bool) throws(FileFailure) {
        let mode: mode_t = isPrivate ? 0o700 : 0o755
        if mkdir(path, mode) == 0 { return }
        let code = Glibc.errno
        var status = stat()
        if code == EEXIST, stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { return }
        guard code == ENOENT, let slash = path.dropLast().lastIndex(of: "/"), slash > path.startIndex else {
            throw FileFailure(path: path, code: code)
        }
        try makeDirectory(String(path[..<slash]), isPrivate: isPrivate)
        guard mkdir(path, mode) == 0 || Glibc.errno == EEXIST else { throw FileFailure(path: path) }
    }

    package func create(_ path: String, exclusively: Bool) throws(FileFailure) -> any WritableFile {
        try SystemWritableFile(path, flags: O_CREAT | (exclusively ? O_EXCL : O_TRUNC))
    }

    package func replace(_ path: String, with bytes: [UInt8]) throws(FileFailure) {
        let beside = "\(path).\(getpid()).new"
        unlink(beside)
        do throws(FileFailure) {
            let file = try SystemWritableFile(beside, flags: O_CREAT | O_EXCL)
            try file.write(bytes)
            try file.synchronize()
            try file.close()
            guard rename(beside, path) == 0 else { throw FileFailure(path: path) }
        } catch {
            unlink(beside)
            throw FileFailure(path: path, errno: error.errno, detail: error.detail)
        }
    }

    package func makeCompressor(level: Int) -> any Compressor { GzipCompressor(level: level) }
    package func makeDecompressor() -> any Decompressor { GzipDecompressor() }
}

extension FileFacts {
    init(_ status: stat) {
        let kind: Kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .regular
            case S_IFDIR: .directory
            case S_IFIFO, S_IFCHR, S_IFSOCK: .stream
            default: .other
            }
        let seconds = Int64(status.st_mtim.tv_sec).multipliedReportingOverflow(by: 1_000_000_000)
        self.init(
            identity: FileIdentity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino)), size: Int64(status.st_size), kind: kind,
            modified: PreciseTime(nanoseconds: seconds.partialValue &+ Int64(status.st_mtim.tv_nsec)))
    }
}

/// The names in a folder without `.` and `..`, in the order of the disk; nil where it can't be read (`errno` says why).
func entries(of path: String) -> [String]? {
    guard let folder = opendir(path) else { return nil }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
            field.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
        }
        if name != ".", name != ".." { names.append(name) }
    }
    return names
}
