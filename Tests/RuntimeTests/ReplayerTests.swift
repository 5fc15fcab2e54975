import Ports
import Store
import Synchronization
import Telemetry
import Testing

@testable import Runtime

/// Keeps what arrives and what the clock said then, and lets a test wait for it.
private final class TimedSink: ArrivalSink {
    private let kept = Mutex<[(arrival: Timestamp, clock: Timestamp)]>([])
    private let clock: any WatchClock
    private let signal = WorkerSignal()
    init(_ clock: any WatchClock) { self.clock = clock }

    func accept(_ arrival: Arrival) -> Admission {
        kept.withLock { $0.append((arrival.time, clock.now)) }
        signal.wake()
        return Admission(accepted: 1)
    }
    var all: [(arrival: Timestamp, clock: Timestamp)] { kept.withLock { $0 } }
    func wait(for count: Int) { while all.count < count { _ = signal.wait(nanoseconds: nil) } }
}

@Suite struct ReplayerTests {
    private let hand = Hand()

    private func source(_ seconds: [Int64], thenThrows failure: Diagnostic? = nil) -> Replayer.Next {
        let rest = Mutex(seconds[...])
        return { () throws(Diagnostic) in
            let next = rest.withLock { $0.popFirst() }
            if next == nil, let failure { throw failure }
            return next.map {
                Arrival(source: Source(.tail, "a"), time: .seconds($0), payload: .status(SourceChange(.reading)))
            }
        }
    }
    private func finished(_ replayer: Replayer, _ over: WorkerSignal) {
        while !replayer.progress.isOver { _ = over.wait(nanoseconds: nil) }
        replayer.stop()
    }

    @Test func eachArrivalComesWhenTheClockReadsItsTime() {
        let clock = ReplayClock(start: .seconds(10), end: .seconds(60), speed: 10, monotonic: hand.read)
        let sink = TimedSink(clock)
        let over = WorkerSignal()
        let times: [Int64] = [10, 11, 20, 20, 35, 60]
        let replayer = Replayer(source(times), into: sink, clock: clock, from: .seconds(10), isPaced: true, whenOver: { over.wake() })
        replayer.start()
        sink.wait(for: 1)
        // Were one delivered early, the sink would have seen the earlier clock.
        while sink.all.count < times.count {
            hand.move(.milliseconds(7))
            replayer.wake()
        }
        finished(replayer, over)
        #expect(sink.all.map(\.arrival) == times.map { .seconds($0) })
        #expect(sink.all.allSatisfy { $0.clock >= $0.arrival }, "\(sink.all)")
        #expect(replayer.progress == Replayer.Progress(arrivals: 6, isOver: true, failure: nil))
    }

    @Test func whatLiesBeforeTheBeginningComesAtOnce() {
        let clock = ReplayClock(start: .seconds(10), end: .seconds(90), speed: 1, monotonic: hand.read)
        let sink = TimedSink(clock)
        let over = WorkerSignal()
        let replayer = Replayer(
            source([10, 30, 50, 90]), into: sink, clock: clock, from: .seconds(50), isPaced: true, whenOver: { over.wake() })
        replayer.start()
        sink.wait(for: 3)
        #expect(sink.all.map(\.clock) == [.seconds(10), .seconds(30), .seconds(50)])
        while sink.all.count < 4 {
            hand.move(.seconds(1))
            replayer.wake()
        }
        finished(replayer, over)
        #expect(sink.all.last.map { $0.clock >= .seconds(90) } == true)
    }

    @Test func atFullSpeedNothingWaits() {
        let clock = ReplayClock(start: .seconds(0), end: .seconds(1000), speed: 1, monotonic: hand.read)
        let sink = TimedSink(clock)
        let over = WorkerSignal()
        let replayer = Replayer(
            source(Array(0...1000)), into: sink, clock: clock, from: .seconds(0), isPaced: false, whenOver: { over.wake() })
        replayer.start()
        finished(replayer, over)
        #expect(sink.all.count == 1001)
        #expect(clock.now == .seconds(1000), "the clock stands at the newest arrival")
    }

    /// A lone file tells when it begins, and only at its end when it ends.
    @Test func arrivalsBehindTheKnownEndComeToo() {
        let clock = ReplayClock(start: .seconds(10), end: .seconds(10), speed: 1, monotonic: hand.read)
        let sink = TimedSink(clock)
        let over = WorkerSignal()
        let replayer = Replayer(source([10, 20]), into: sink, clock: clock, from: .seconds(10), isPaced: true, whenOver: { over.wake() })
        replayer.start()
        sink.wait(for: 1)
        while sink.all.count < 2 {
            hand.move(.seconds(1))
            replayer.wake()
        }
        finished(replayer, over)
        #expect(sink.all.last.map { $0.clock >= .seconds(20) } == true)
    }

    @Test func whatCannotBeReadOnEndsItAndIsTold() {
        let clock = ReplayClock(start: .seconds(0), end: .seconds(9), speed: 1, monotonic: hand.read)
        let sink = TimedSink(clock)
        let over = WorkerSignal()
        let failure = Diagnostic(source: "rec", message: "the disk is gone")
        let replayer = Replayer(
            source([1, 2], thenThrows: failure), into: sink, clock: clock, from: .seconds(0), isPaced: false, whenOver: { over.wake() })
        replayer.start()
        finished(replayer, over)
        #expect(replayer.progress == Replayer.Progress(arrivals: 2, isOver: true, failure: failure))
    }

    @Test func itCanBeStoppedWhileItWaits() {
        let clock = ReplayClock(start: .seconds(0), end: .seconds(99), speed: 1, monotonic: hand.read)
        let sink = TimedSink(clock)
        let replayer = Replayer(source([0, 99]), into: sink, clock: clock, from: .seconds(0), isPaced: true)
        replayer.start()
        sink.wait(for: 1)
        replayer.stop()
        #expect(sink.all.count == 1 && !replayer.progress.isOver)
    }
}
