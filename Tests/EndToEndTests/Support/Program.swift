import Glibc
import TestKit

/// The program under test, as it was built: beside the tests, or `DOGWATCH_BINARY`.
enum Program {
    static let path: String = {
        if let path = getenv("DOGWATCH_BINARY") { return String(cString: path) }
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = max(readlink("/proc/self/exe", &buffer, buffer.count - 1), 0)
        let own = String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let folder = own.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        let candidates = [folder + "/dogwatch", packageRoot + "/.build/debug/dogwatch"]
        return candidates.first { access($0, X_OK) == 0 } ?? "dogwatch"
    }()

    /// Everything is waited for at most so long; it is long because the machine may be busy.
    static let patience: Int64 = 60_000_000_000

    static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// glibc's `POSIX_SPAWN_SETSID`, which Swift does not see.
    private static let setsidFlag: Int32 = 0x80

    /// Starts `path`; `actions` say where its descriptors lead.
    static func start(
        _ path: String = Program.path, _ arguments: [String], environment: [String: String] = [:], ownSession: Bool = false,
        _ actions: (inout posix_spawn_file_actions_t) -> Void
    ) -> pid_t {
        var fileActions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&fileActions)
        defer { posix_spawn_file_actions_destroy(&fileActions) }
        actions(&fileActions)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // A tester may run us with signals blocked or ignored; the program shall find them as a shell leaves them.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        var usual = sigset_t()
        sigemptyset(&usual)
        for signal in [SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGWINCH, SIGTSTP] { sigaddset(&usual, signal) }
        posix_spawnattr_setsigdefault(&attributes, &usual)
        let session = ownSession ? setsidFlag : 0
        posix_spawnattr_setflags(&attributes, Int16(session | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var settings = ["PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/nonexistent", "LC_ALL": "C.UTF-8"]
        settings.merge(environment) { $1 }
        var pid: pid_t = 0
        let words = ([path] + arguments).map { strdup($0) } + [nil]
        let variables = settings.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in words + variables { free(text) } }
        let result = posix_spawn(&pid, path, &fileActions, &attributes, words, variables)
        precondition(result == 0, "\(path) can be started")
        return pid
    }

    /// How a process ended: its exit code, or 128 and the signal's number, as a shell tells it. Nil where it goes on.
    static func ended(_ pid: pid_t, waits: Bool) -> Int32? {
        var status: Int32 = 0
        guard waitpid(pid, &status, waits ? 0 : WNOHANG) == pid else { return nil }
        return status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)
    }

    /// What can be read at once or comes within `nanoseconds`; nil at the end.
    static func read(_ descriptor: Int32, nanoseconds: Int64) -> [UInt8]? {
        var polled = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&polled, 1, Int32(max(min(nanoseconds / 1_000_000, 1000), 1))) > 0 else { return [] }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        if count > 0 { return Array(bytes[..<count]) }
        return count < 0 && errno == EINTR ? [] : nil
    }
}

/// A socket's type: a stream that children don't inherit.
let streamSocket = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)

/// One run to its end, with nothing on standard input.
struct Run {
    let code: Int32
    let output: String
    let error: String

    init(_ arguments: [String], environment: [String: String] = [:]) {
        self = Child(arguments, environment: environment).finish()
    }
    init(code: Int32, output: String, error: String) {
        self.code = code
        self.output = output
        self.error = error
    }
}

/// A run with pipes, that a test may talk to while it goes on.
final class Child {
    let pid: pid_t
    private var descriptors: (output: Int32, error: Int32)
    private var texts: (output: [UInt8], error: [UInt8]) = ([], [])
    private var code: Int32?

    /// `input` is the file that it finds on standard input.
    init(_ arguments: [String], environment: [String: String] = [:], path: String = Program.path, input: String = "/dev/null") {
        let (output, error) = (Self.pipeEnds(), Self.pipeEnds())
        pid = Program.start(path, arguments, environment: environment) { actions in
            posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
            posix_spawn_file_actions_adddup2(&actions, output.write, 1)
            posix_spawn_file_actions_adddup2(&actions, error.write, 2)
        }
        for descriptor in [output.write, error.write] { close(descriptor) }
        descriptors = (output.read, error.read)
    }
    deinit {
        if code == nil {
            kill(pid, SIGKILL)
            _ = Program.ended(pid, waits: true)
        }
        close(descriptors.output)
        close(descriptors.error)
    }

    /// Sockets, as those can be kept from other tests' children from their first moment.
    private static func pipeEnds() -> (read: Int32, write: Int32) {
        var ends: [Int32] = [0, 0]
        precondition(socketpair(AF_UNIX, streamSocket, 0, &ends) == 0, "a pair of sockets can be made")
        return (ends[0], ends[1])
    }

    /// Reads on until standard error holds `text`; false where that does not come in time.
    func waitForError(_ text: String) -> Bool {
        let deadline = Program.now + Program.patience
        while !errorText.contains(text) {
            guard Program.now < deadline, let more = Program.read(descriptors.error, nanoseconds: deadline - Program.now) else {
                return false
            }
            texts.error += more
        }
        return true
    }

    /// Takes what standard error has by now, or soon.
    func readMore() {
        if let more = Program.read(descriptors.error, nanoseconds: 50_000_000) { texts.error += more }
    }

    var errorText: String { String(decoding: texts.error, as: UTF8.self) }
    func signal(_ number: Int32) { kill(pid, number) }

    /// Reads both streams to their ends and waits for the process.
    func finish() -> Run {
        let deadline = Program.now + Program.patience
        var isOpen = (output: true, error: true)
        while isOpen.output || isOpen.error {
            if Program.now > deadline { kill(pid, SIGKILL) }
            if isOpen.output {
                if let more = Program.read(descriptors.output, nanoseconds: isOpen.error ? 1_000_000 : 1_000_000_000) {
                    texts.output += more
                } else {
                    isOpen.output = false
                }
            }
            if isOpen.error {
                if let more = Program.read(descriptors.error, nanoseconds: isOpen.output ? 1_000_000 : 1_000_000_000) {
                    texts.error += more
                } else {
                    isOpen.error = false
                }
            }
        }
        let code = Program.ended(pid, waits: true) ?? -1
        self.code = code
        return Run(code: code, output: String(decoding: texts.output, as: UTF8.self), error: String(decoding: texts.error, as: UTF8.self))
    }
}
