import Glibc
import Ports
import Telemetry

/// Runs programs by `posix_spawn`, each in a process group of its own, so that one that takes too long goes with all its children.
package struct ProcessRunner: CommandRunner {
    /// Bytes of what a program writes that are kept.
    private static let outputLimit = 300

    package init() {}

    package func run(_ arguments: [String], input: [UInt8], timeout: TimeSpan) -> CommandResult {
        guard let program = arguments.first, !program.isEmpty else { return .cannotStart(detail: "there is no program to run") }
        guard let stdin = Pipe(), let stdout = Pipe() else { return .cannotStart(detail: Self.text(of: errno)) }
        var process = pid_t()
        let failure = spawn(program, arguments, stdin, stdout, &process)
        stdin.closeReading()
        stdout.closeWriting()
        guard failure == 0 else { return .cannotStart(detail: "\(program): \(Self.text(of: failure))") }
        let deadline = Self.now + max(timeout.nanoseconds, 0)
        let output = exchange(input, stdin, stdout, until: deadline)
        return wait(for: process, output, until: deadline)
    }

    // MARK: Starting

    private func spawn(_ program: String, _ arguments: [String], _ stdin: Pipe, _ stdout: Pipe, _ process: inout pid_t) -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, stdin.reading, 0)
        posix_spawn_file_actions_adddup2(&actions, stdout.writing, 1)
        posix_spawn_file_actions_adddup2(&actions, stdout.writing, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // The program gets signals as usual, whatever this one blocks or ignores.
        var none = sigset_t()
        sigemptyset(&none)
        var usual = sigset_t()
        sigemptyset(&usual)
        for signal in [SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGCHLD] { sigaddset(&usual, signal) }
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &usual)
        posix_spawnattr_setpgroup(&attributes, 0)
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        posix_spawnattr_setflags(&attributes, Int16(truncatingIfNeeded: flags))
        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        return words.withUnsafeMutableBufferPointer { words in
            words.baseAddress.map { posix_spawnp(&process, program, &actions, &attributes, $0, environ) } ?? EINVAL
        }
    }

    // MARK: While it runs

    /// Writes the input and reads the output, both as far as the program lets; gives the first of the output.
    private func exchange(_ input: [UInt8], _ stdin: Pipe, _ stdout: Pipe, until deadline: Int64) -> [UInt8] {
        var (sent, output) = (0, [UInt8]())
        _ = fcntl(stdin.writing, F_SETFL, O_NONBLOCK)
        if input.isEmpty { stdin.closeWriting() }
        while Self.now < deadline {
            var polls = [pollfd(fd: stdout.reading, events: Int16(POLLIN), revents: 0)]
            if sent < input.count { polls.append(pollfd(fd: stdin.writing, events: Int16(POLLOUT), revents: 0)) }
            guard poll(&polls, nfds_t(polls.count), Int32(clamping: max((deadline - Self.now) / 1_000_000, 1))) >= 0 || errno == EINTR
            else { break }
            if polls.count > 1, polls[1].revents != 0 {
                let count = input[sent...].withUnsafeBytes { write(stdin.writing, $0.baseAddress, $0.count) }
                // A program that does not read its input has that right.
                sent = count > 0 ? sent + count : count < 0 && (errno == EAGAIN || errno == EINTR) ? sent : input.count
                if sent == input.count { stdin.closeWriting() }
            }
            guard polls[0].revents != 0 else { continue }
            var chunk = [UInt8](repeating: 0, count: 4096)
            let count = read(stdout.reading, &chunk, chunk.count)
            if count <= 0, !(count < 0 && errno == EINTR) { break }
            if count > 0, output.count < Self.outputLimit { output += chunk[..<min(count, Self.outputLimit - output.count)] }
        }
        return output
    }

    private func wait(for process: pid_t, _ output: [UInt8], until deadline: Int64) -> CommandResult {
        var status: Int32 = 0
        while true {
            let ended = waitpid(process, &status, WNOHANG)
            if ended == process || ended < 0 && errno != EINTR { break }
            guard Self.now < deadline else {
                kill(-process, SIGKILL)
                waitpid(process, &status, 0)
                return .timedOut
            }
            // Nothing tells of the end of a process but asking, where other threads may ask for theirs.
            poll(nil, 0, 2)
        }
        let signal = status & 0x7f
        if signal != 0 { return .killed(signal: signal) }
        return .ended(status: status >> 8 & 0xff, output: String(decoding: output, as: UTF8.self))
    }

    private static func text(of code: Int32) -> String { String(cString: strerror(code)) }
    private static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// Two ends, closed when released.
private final class Pipe {
    private(set) var reading: Int32
    private(set) var writing: Int32

    init?() {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        (reading, writing) = (ends[0], ends[1])
    }
    func closeReading() {
        if reading >= 0 { close(reading) }
        reading = -1
    }
    func closeWriting() {
        if writing >= 0 { close(writing) }
        writing = -1
    }
    deinit {
        closeReading()
        closeWriting()
    }
}
