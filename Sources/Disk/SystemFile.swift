import Glibc
import Ports

/// A file read at offsets, so that its position is nobody's business.
final class SystemFile: OpenFile {
    private let path: String
    private let descriptor: Int32

    init(_ path: String) throws(FileFailure) {
        // Without O_NONBLOCK the opening of a pipe would wait for its writer.
        descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
        self.path = path
        if descriptor < 0 { throw FileFailure(path: path) }
    }
    deinit { if descriptor >= 0 { close(descriptor) } }

    func facts() throws(FileFailure) -> FileFacts {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileFailure(path: path) }
        return FileFacts(status)
    }

    func read(at offset: Int64, count: Int) throws(FileFailure) -> [UInt8] {
        var code: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: max(count, 0)) { buffer, filled in
            let got = uninterrupted { pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset)) }
            if got < 0 { code = Glibc.errno }
            filled = max(got, 0)
        }
        if code != 0 { throw FileFailure(path: path, code: code) }
        return bytes
    }

    /// All of it, or nil where it has more than `limit` bytes.
    func readAll(limit: Int) throws(FileFailure) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Int(min(max(try facts().size, 0), Int64(limit))))
        while true {
            let piece = try read(at: Int64(bytes.count), count: 1 << 18)
            if piece.isEmpty { return bytes }
            bytes += piece
            if bytes.count > limit { return nil }
        }
    }
}

/// A file that is written from its start to its end.
final class SystemWritableFile: WritableFile {
    private let path: String
    private var descriptor: Int32

    init(_ path: String, flags: Int32) throws(FileFailure) {
        descriptor = Glibc.open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY | flags, 0o644)
        self.path = path
        if descriptor < 0 { throw FileFailure(path: path) }
    }
    deinit { if descriptor >= 0 { Glibc.close(descriptor) } }

    func write(_ bytes: [UInt8]) throws(FileFailure) {
        guard descriptor >= 0 else { throw FileFailure(path: path, errno: EBADF, detail: "it is closed already") }
        var written = 0
        while written < bytes.count {
            let got = bytes.withUnsafeBytes { buffer in
                uninterrupted { Glibc.write(descriptor, buffer.baseAddress?.advanced(by: written), buffer.count - written) }
            }
            if got < 0 { throw FileFailure(path: path) }
            written += got
        }
    }

    func synchronize() throws(FileFailure) {
        // Pipes and devices can't be synchronised, and need not be.
        if fsync(descriptor) != 0, Glibc.errno != EINVAL { throw FileFailure(path: path) }
    }

    func close() throws(FileFailure) {
        guard descriptor >= 0 else { return }
        let code = Glibc.close(descriptor)
        descriptor = -1
        if code != 0 { throw FileFailure(path: path) }
    }
}

/// Runs `call` again where a signal broke it off.
func uninterrupted(_ call: () -> Int) -> Int {
    while true {
        let result = call()
        if result >= 0 || Glibc.errno != EINTR { return result }
    }
}
