import Glibc
import NIOCore

/// Why listening failed, in words that a user can act upon.
func clause(for error: any Error) -> String {
    guard let code = (error as? IOError)?.errnoCode else {
        if error is SocketAddressError { return "this machine can't resolve that name" }
        return "\(error)"
    }
    return switch code {
    case EADDRINUSE: "the port is in use by another program"
    case EACCES, EPERM: "permission denied (ports below 1024 are for root)"
    case EADDRNOTAVAIL: "this machine has no such address"
    case EAFNOSUPPORT: "this machine does not speak that kind of address"
    case ENOENT: "the folder of the socket does not exist"
    case ENAMETOOLONG: "the path of the socket is too long"
    case EMFILE, ENFILE: "too many files are open"
    default: String(cString: strerror(code)).lowercased()
    }
}

/// Removes a socket that nobody listens on any more; returns what stands in the way otherwise.
func clearStaleSocket(_ path: String) -> String? {
    var status = stat()
    guard lstat(path, &status) == 0 else { return nil }
    guard status.st_mode & S_IFMT == S_IFSOCK else { return "a file that is no socket stands there" }
    if isAnswered(path) { return "the socket is in use by another program" }
    return unlink(path) == 0 || errno == ENOENT ? nil : "a stale socket stands there and can't be removed"
}

private func isAnswered(_ path: String) -> Bool {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let room = MemoryLayout.size(ofValue: address.sun_path)
    guard path.utf8.count < room else { return false }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return true }
    defer { close(descriptor) }
    let answer = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
    }
    return answer == 0
}
