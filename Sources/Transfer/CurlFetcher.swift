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
    private let options: Options

    /// What all requests have in common.
    struct Options: Sendable {
        var userAgent: String
        var makeDecompressor: @Sendable () -> any Decompressor
    }

    /// Bodies that come as gzip go through what `makeDecompressor` makes, so that a torn stream is told from a whole one.
    package init(
        clock: any WatchClock, userAgent: String = "dogwatch/0.1.0", makeDecompressor: @escaping @Sendable () -> any Decompressor
    ) {
        self.clock = clock
        options = Options(userAgent: userAgent, makeDecompressor: makeDecompressor)
    }
    deinit { stop() }

    package func run(_ driver: any FetchDriver) {
        guard link.mayRun() else { return }
        let start = CurlThreadStart(link: link, driver: driver, clock: clock, options: options)
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
    let options: CurlFetcher.Options
    init(link: CurlFetcher.Link, driver: any FetchDriver, clock: any WatchClock, options: CurlFetcher.Options) {
        self.link = link
        self.driver = driver
        self.clock = clock
        self.options = options
    }
}

private func curlThread(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    let start = Unmanaged<CurlThreadStart>.fromOpaque(context).takeRetainedValue()
    // Signals are for the main thread.
    var all = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_SETMASK, &all, nil)
    CurlLoop(link: start.link, driver: start.driver, clock: start.clock, options: start.options)?.run()
    return nil
}
