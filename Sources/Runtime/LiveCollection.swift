import Collectors
import Ports
import Telemetry

/// The collectors of a running program: scraper, tailer and receivers, each on threads of its own.
package final class LiveCollection {
    package struct Plan: Sendable {
        package var targets: [ScrapeTarget] = []
        package var tails: [TailSpec] = []
        package var receivers = ReceiverSpec.standard
        package init() {}
    }
    /// The edges that the collectors reach the world by.
    package struct Edges {
        package var fetcher: any Fetcher
        package var listener: any Listener
        package var files: any Files
        package init(fetcher: any Fetcher, listener: any Listener, files: any Files) {
            self.fetcher = fetcher
            self.listener = listener
            self.files = files
        }
    }

    private let plan: Plan
    private let edges: Edges
    private let sink: any ArrivalSink
    private let clock: any WatchClock
    private var receivers: ReceiverSet?
    private var tailThread: WorkerThread?
    private var isFetching = false

    package init(_ plan: Plan, edges: Edges, sink: any ArrivalSink, clock: any WatchClock) {
        self.plan = plan
        self.edges = edges
        self.sink = sink
        self.clock = clock
    }

    package func start() {
        let receivers = ReceiverSet(plan.receivers, listener: edges.listener, sink: sink, clock: clock)
        receivers.start()
        self.receivers = receivers
        if !plan.targets.isEmpty {
            edges.fetcher.run(Scraper(plan.targets, sink: sink))
            isFetching = true
        }
        if !plan.tails.isEmpty { tailThread = startTailing() }
    }

    private func startTailing() -> WorkerThread {
        let (tails, files, sink, clock) = (plan.tails, edges.files, sink, clock)
        return WorkerThread("tail") { signal in
            let tailer = Tailer(tails, files: files, sink: sink)
            while true {
                let next = tailer.poll(at: clock.now)
                guard signal.wait(nanoseconds: max((next - clock.now).nanoseconds, 1_000_000)) else { break }
            }
            tailer.stop(at: clock.now)
        }
    }

    /// Lets what is under way arrive, then closes everything.
    package func stop() {
        if isFetching { edges.fetcher.stop() }
        tailThread?.stop()
        edges.listener.stop(grace: .seconds(2))
        receivers?.tellClosed()
    }
}
