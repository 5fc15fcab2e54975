import Glibc
import Ports

/// A descriptor that is read as it comes. It asks `poll` first: `O_NONBLOCK` would belong to the terminal, and so to the shell behind us too.
final class DescriptorStream: OpenStream {
    private let descriptor: Int32
    private let name: String

    /// The descriptor stays the caller's.
    init(descriptor: Int32, name: String) {
        self.descriptor = descriptor
        self.name = name
    }

    func readAvailable(count: Int) throws(FileFailure) -> [UInt8]? {
        guard count > 0, try isReady() else { return nil }
        var code: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            let got = uninterrupted { read(descriptor, buffer.baseAddress, buffer.count) }
            if got < 0 { code = Glibc.errno }
            filled = max(got, 0)
        }
        if code == EAGAIN { return nil }
        if code != 0 { throw FileFailure(path: name, code: code) }
        return bytes
    }

    private func isReady() throws(FileFailure) -> Bool {
        var question = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        let answer = uninterrupted { Int(poll(&question, 1, 0)) }
        if answer < 0 { throw FileFailure(path: name) }
        if question.revents & Int16(POLLNVAL) != 0 { throw FileFailure(path: name, errno: EBADF, detail: "it is closed") }
        return answer > 0
    }
}
