import Glibc
import Telemetry
import Terminal

/// What the process is set up with before anything else, and what it knows of itself.
enum Surroundings {
    static func prepareProcess() {
        signal(SIGPIPE, SIG_IGN)
        TerminalScreen.prepareCrashReports()
        raiseFileLimit()
    }

    /// Every target and every tailed file wants a descriptor.
    private static func raiseFileLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
        limit.rlim_cur = min(limit.rlim_max, 65_536)
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    /// Local time minus UTC, now.
    static func localOffset() -> TimeSpan {
        var now = time(nil)
        var parts = tm()
        localtime_r(&now, &parts)
        return .seconds(Int64(parts.tm_gmtoff))
    }
}
