import CCurl
import Glibc
import Ports
import Synchronization
import Telemetry

/// Fetches by libcurl: one thread, one multi handle, connections kept alive between the requests of one id.
package final class CurlFetcher: Fetcher {
    private struct State {
        var thread: pthread_t?
        var hasRun = false
        var isStopping = false
        var isWoken = false
    }
    /// Shared with the thread, which may use all of it; others only wake the multi handle.
    final class Link: @unchecked Sendable {
        let multi: UnsafeMutableRawPointer?
        private let state = Mutex(State())

        init() {
            _ = CurlFetcher.isInitialised
            multi = curl_multi_init()
        }
        deinit { if let multi { curl_multi_cleanup(multi) } }

        func wake() {
            state.withLock { $0.isWoken = true }
            if let multi { curl_multi_wakeup(multi) }
        }
        func askToStop() -> pthread_t? {
            let thread = state.withLock { state in
                state.isStopping = true
                defer { state.thread = nil }
                return state.thread
            }
            if let multi { curl_multi_wakeup(multi) }
            return thread
        }
        var isStopping: Bool { state.withLock { $0.isStopping } }
        /// Whether somebody woke the thread since the last time asked.
        func takeWake() -> Bool {
            state.withLock { state in
                defer { state.isWoken = false }
                return state.isWoken
            }
        }
        func mayRun() -> Bool {
            state.withLock { state in
                defer { state.hasRun = true }
                return !state.hasRun && !state.isStopping
            }
        }
        func keep(_ thread: pthread_t) { state.withLock { $0.thread = thread } }
    }

    private static let isInitialised = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    private let link = Link()
    private let clock: any WatchClock
    private let userAgent: String

    package init(clock: any WatchClock, userAgent: String = "dogwatch/0.1.0") {
        self.clock = clock
        self.userAgent = userAgent
    }
    deinit { stop() }

    package func run(_ driver: any FetchDriver) {
        guard link.mayRun() else { return }
        let start = CurlThreadStart(link: link, driver: driver, clock: clock, userAgent: userAgent)
        let context = Unmanaged.passRetained(start).toOpaque()
        var thread = pthread_t()
        guard pthread_create(&thread, nil, curlThread, context) == 0 else {
            Unmanaged<CurlThreadStart>.fromOpaque(context).release()
            preconditionFailure("the system has no thread left for fetching")
        }
        link.keep(thread)
    }

    package func wake() { link.wake() }

    package func stop() {
        if let thread = link.askToStop() { pthread_join(thread, nil) }
    }
}

/// What the thread takes with it.
private final class CurlThreadStart {
    let link: CurlFetcher.Link
    let driver: any FetchDriver
    let clock: any WatchClock
    let userAgent: String
    init(link: CurlFetcher.Link, driver: any FetchDriver, clock: any WatchClock, userAgent: String) {
        self.link = link
        self.driver = driver
        self.clock = clock
        self.userAgent = userAgent
    }
}

private func curlThread(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    let start = Unmanaged<CurlThreadStart>.fromOpaque(context).takeRetainedValue()
    // Signals are for the main thread.
    var all = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_SETMASK, &all, nil)
    CurlLoop(link: start.link, driver: start.driver, clock: start.clock, userAgent: start.userAgent)?.run()
    return nil
}
