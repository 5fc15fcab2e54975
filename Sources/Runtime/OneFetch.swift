import Ports
import Synchronization
import Telemetry

/// Makes one request and waits for what comes of it.
package final class OneFetch: FetchDriver {
    private struct State {
        var request: FetchRequest?
        var outcome: Result<FetchAnswer, FetchFailure>?
    }
    private let state: Mutex<State>
    private let signal = WorkerSignal()

    private init(_ request: FetchRequest) { state = Mutex(State(request: request)) }

    /// Runs `fetcher`, which nobody else uses, for this one request. Waits as long as the request may take.
    package static func run(_ request: FetchRequest, by fetcher: any Fetcher) throws(FetchFailure) -> FetchAnswer {
        let driver = OneFetch(request)
        fetcher.run(driver)
        defer { fetcher.stop() }
        while true {
            if let outcome = driver.state.withLock({ $0.outcome }) { return try outcome.get() }
            _ = driver.signal.wait(nanoseconds: nil)
        }
    }

    package func due(at now: Timestamp) -> (start: [FetchRequest], wake: Timestamp?) {
        state.withLock { state in
            defer { state.request = nil }
            return (state.request.map { [$0] } ?? [], nil)
        }
    }
    package func finished(_ id: Int, _ outcome: Result<FetchAnswer, FetchFailure>, at now: Timestamp) {
        state.withLock { $0.outcome = outcome }
        signal.wake()
    }
}
