import Ports
import Synchronization
import Telemetry

/// Feeds a recording's arrivals again, at the times they came, by the replay's clock.
package final class Replayer: Sendable {
    /// Where arrivals come from, in order; throws for what can't be read on.
    package typealias Next = @Sendable () throws(Diagnostic) -> Arrival?

    package struct Progress: Hashable, Sendable {
        package var arrivals = 0
        package var isOver = false
        /// What stopped it early.
        package var failure: Diagnostic?
    }
    private let next: Next
    private let sink: any ArrivalSink
    private let clock: ReplayClock
    /// Up to here it goes as fast as it can.
    private let from: Timestamp
    /// Goes on as fast as it can.
    private let isPaced: Bool
    private let whenOver: @Sendable () -> Void
    private let progressBox = Mutex(Progress())
    private let thread: Mutex<WorkerThread?> = Mutex(nil)

    /// `whenOver` is called on the replay's thread when the last arrival was taken, or one can't be read.
    package init(
        _ next: @escaping Next, into sink: any ArrivalSink, clock: ReplayClock, from: Timestamp, isPaced: Bool,
        whenOver: @escaping @Sendable () -> Void = {}
    ) {
        self.next = next
        self.sink = sink
        self.clock = clock
        self.from = from
        self.isPaced = isPaced
        self.whenOver = whenOver
    }

    package var progress: Progress { progressBox.withLock { $0 } }

    /// Feeds on a thread of its own.
    package func start() {
        let worker = WorkerThread("replay") { [weak self] signal in self?.feed(signal) }
        thread.withLock { $0 = worker }
    }
    package func stop() { thread.withLock { $0 }?.stop() }
    /// Lets it look at the clock at once.
    package func wake() { thread.withLock { $0 }?.wake() }

    private func feed(_ signal: WorkerSignal) {
        var failure: Diagnostic?
        do throws(Diagnostic) {
            while !signal.isEnding, let arrival = try next() {
                guard pace(arrival.time, signal) else { return }
                deliver(arrival)
            }
        } catch { failure = error }
        if signal.isEnding { return }
        clock.run()
        progressBox.withLock {
            $0.isOver = true
            $0.failure = failure
        }
        whenOver()
    }

    private func deliver(_ arrival: Arrival) {
        if !isPaced || arrival.time <= from { clock.stand(at: max(arrival.time, clock.now)) }
        sink.accept(arrival)
        progressBox.withLock { $0.arrivals &+= 1 }
    }

    /// Waits until the clock reads `moment`; false when asked to end meanwhile.
    private func pace(_ moment: Timestamp, _ signal: WorkerSignal) -> Bool {
        guard isPaced, moment > from else { return true }
        clock.extend(to: moment)
        clock.run()
        while true {
            let left = clock.realTime(until: moment)
            if left <= .zero { return true }
            if !signal.wait(nanoseconds: min(left.nanoseconds, 1_000_000_000)) { return false }
        }
    }
}
