import Ports
import Synchronization
import Telemetry

@testable import Runtime

/// A network whose answers a test gives.
final class SimulatedFetcher: Fetcher {
    private let state = Mutex<(driver: (any FetchDriver)?, isStopped: Bool)>((nil, false))
    var isRunning: Bool { state.withLock { $0.driver != nil && !$0.isStopped } }

    func run(_ driver: any FetchDriver) { state.withLock { $0.driver = driver } }
    func wake() {}
    func stop() { state.withLock { $0.isStopped = true } }

    /// Answers all that is due with `page`, or with the failure.
    func answer(_ outcome: Result<String, FetchFailure>, at now: Timestamp) {
        guard let driver = state.withLock({ $0.driver }) else { return }
        for request in driver.due(at: now).start {
            let answer = outcome.map {
                FetchAnswer(status: 200, contentType: "text/plain", body: Array($0.utf8), duration: .milliseconds(3))
            }
            driver.finished(request.id, answer, at: now)
        }
    }
}

/// Sockets whose other ends a test has.
final class SimulatedListener: Listener {
    private struct State {
        var http: [ListenAddress: any HTTPHandler] = [:]
        var grpc: [ListenAddress: any GRPCHandler] = [:]
        var isStopped = false
    }
    private let state = Mutex(State())
    private let taken: Set<Int>
    init(takenPorts: Set<Int> = []) { taken = takenPorts }
    var isStopped: Bool { state.withLock { $0.isStopped } }

    func serve(_ handler: any HTTPHandler, on address: ListenAddress, limits: ListenLimits) throws(ListenFailure) -> ListenAddress {
        try refuse(address)
        state.withLock { $0.http[address] = handler }
        return address
    }
    func serve(_ handler: any GRPCHandler, on address: ListenAddress, limits: ListenLimits) throws(ListenFailure) -> ListenAddress {
        try refuse(address)
        state.withLock { $0.grpc[address] = handler }
        return address
    }
    func stop(grace: TimeSpan) { state.withLock { $0.isStopped = true } }

    private func refuse(_ address: ListenAddress) throws(ListenFailure) {
        if taken.contains(address.port) { throw ListenFailure(address: address, detail: "the port is in use by another program") }
    }
    func post(_ path: String, port: Int, _ body: String) -> Int? {
        let handler = state.withLock { state in state.http.first { $0.key.port == port }?.value }
        let request = HTTPRequest(method: "POST", path: path, headers: [("content-type", "application/json")], body: Array(body.utf8))
        return handler?.answer(request).status
    }
}

/// Hands on to an engine, and lets a test wait for what is there then.
final class WatchedSink: ArrivalSink {
    private let engine: Engine
    private let signal = WorkerSignal()
    init(_ engine: Engine) { self.engine = engine }

    func accept(_ arrival: Arrival) -> Admission {
        defer { signal.wake() }
        return engine.accept(arrival)
    }
    func wait(until isThere: () -> Bool) { while !isThere() { _ = signal.wait(nanoseconds: nil) } }
}
