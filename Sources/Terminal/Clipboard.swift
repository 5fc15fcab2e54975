import CNcurses
import Glibc

/// How a copied text left the program.
package enum CopyOutcome: Hashable, Sendable, CustomStringConvertible {
    case tmux(bytes: Int)
    /// The terminal was asked to take it; whether it did, it does not say.
    case terminal(bytes: Int)
    case tooLarge(bytes: Int, limit: Int)
    case failed(reason: String)

    package var description: String {
        switch self {
        case .tmux(let bytes): "copied \(bytes) bytes through tmux"
        case .terminal(let bytes): "sent \(bytes) bytes to the terminal's clipboard (OSC 52)"
        case .tooLarge(let bytes, let limit): "not copied: \(bytes) bytes are more than the \(limit) a terminal takes"
        case .failed(let reason): "not copied: \(reason)"
        }
    }
}

enum Clipboard {
    /// What terminals take of base64 in one sequence; longer ones are cut or dropped by some.
    static let encodedLimit = 74_994

    static func sequence(_ text: String) -> [UInt8]? {
        let encoded = base64(Array(text.utf8))
        guard encoded.count <= encodedLimit else { return nil }
        return Array("\u{1b}]52;c;".utf8) + encoded + [0x1b, 0x5c]
    }

    static func base64(_ bytes: [UInt8]) -> [UInt8] {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var encoded: [UInt8] = []
        encoded.reserveCapacity((bytes.count + 2) / 3 * 4)
        var index = 0
        while index < bytes.count {
            let rest = bytes.count - index
            let group =
                UInt32(bytes[index]) << 16 | (rest > 1 ? UInt32(bytes[index + 1]) << 8 : 0) | (rest > 2 ? UInt32(bytes[index + 2]) : 0)
            encoded.append(digits[Int(group >> 18)])
            encoded.append(digits[Int(group >> 12 & 63)])
            encoded.append(rest > 1 ? digits[Int(group >> 6 & 63)] : 0x3d)
            encoded.append(rest > 2 ? digits[Int(group & 63)] : 0x3d)
            index += 3
        }
        return encoded
    }

    /// `tmux load-buffer -w -`: tmux keeps it and hands it to the terminal outside, whatever its `set-clipboard` says.
    static func copyThroughTmux(_ text: String) -> CopyOutcome {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return .failed(reason: "no file descriptor is left") }
        _ = fcntl(ends[1], F_SETFD, FD_CLOEXEC)
        guard let child = spawnTmux(input: ends[0], other: ends[1]) else {
            close(ends[0])
            close(ends[1])
            return .failed(reason: "tmux could not be started")
        }
        close(ends[0])
        let bytes = Array(text.utf8)
        writeAll(bytes[...], to: ends[1])
        close(ends[1])
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        return status == 0 ? .tmux(bytes: bytes.count) : .failed(reason: "tmux load-buffer refused it (tmux 3.2 or later is needed)")
    }

    private static func spawnTmux(input: Int32, other: Int32) -> pid_t? {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addclose(&actions, input)
        var arguments: [UnsafeMutablePointer<CChar>?] = duplicated(["tmux", "load-buffer", "-w", "-"])
        defer { for argument in arguments { free(argument) } }
        var child: pid_t = 0
        return posix_spawnp(&child, "tmux", &actions, nil, &arguments, dw_environment()) == 0 ? child : nil
    }
}

/// C copies of `words`, ended by nil; each is to be freed.
func duplicated(_ words: [String]) -> [UnsafeMutablePointer<CChar>?] {
    var copies: [UnsafeMutablePointer<CChar>?] = []
    for word in words { copies.append(strdup(word)) }
    copies.append(nil)
    return copies
}

/// Writes until all is gone or the descriptor refuses; a full terminal is waited for.
func writeAll(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) {
    var rest = bytes
    while !rest.isEmpty {
        let written = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        if written > 0 {
            rest = rest.dropFirst(written)
        } else if errno == EAGAIN {
            var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            _ = poll(&waiting, 1, 1_000)
        } else if errno != EINTR {
            return
        }
    }
}
