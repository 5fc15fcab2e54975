import Synchronization
import Telemetry
import Testing

@testable import Runtime

@Suite struct WorkerThreadTests {
    @Test func itIsWokenAsOftenAsAskedAndEndsWhenTold() {
        let rounds = Mutex(0)
        let answer = WorkerSignal()
        let worker = WorkerThread("test") { signal in
            while signal.wait(nanoseconds: nil) {
                rounds.withLock { $0 += 1 }
                answer.wake()
            }
        }
        for round in 1...100 {
            worker.wake()
            while rounds.withLock({ $0 }) < round { _ = answer.wait(nanoseconds: nil) }
        }
        worker.stop()
        #expect(rounds.withLock { $0 } == 100)
    }

    @Test func aWakeBeforeTheWaitIsNotLost() {
        let signal = WorkerSignal()
        signal.wake()
        #expect(signal.wait(nanoseconds: nil))
    }

    @Test func anEndBeforeTheWaitIsNotLostAndLasts() {
        let signal = WorkerSignal()
        #expect(!signal.isEnding)
        signal.end()
        signal.wake()
        #expect(!signal.wait(nanoseconds: nil))
        #expect(!signal.wait(nanoseconds: 0))
        #expect(signal.isEnding)
    }

    @Test func timeThatIsOverEndsTheWait() {
        let signal = WorkerSignal()
        let begun = monotonicNanoseconds()
        #expect(signal.wait(nanoseconds: 2_000_000))
        #expect(monotonicNanoseconds() - begun >= 2_000_000)
        #expect(signal.wait(nanoseconds: -5), "a time that lies behind us is over")
    }

    @Test func stopWaitsForWhatIsUnderWay() {
        let isDone = Mutex(false)
        let begun = WorkerSignal()
        let worker = WorkerThread("test") { signal in
            begun.wake()
            while signal.wait(nanoseconds: nil) {}
            isDone.withLock { $0 = true }
        }
        _ = begun.wait(nanoseconds: nil)
        worker.stop()
        #expect(isDone.withLock { $0 })
    }
}
