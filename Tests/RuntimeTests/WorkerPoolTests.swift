import Dispatch
import Glibc
import Synchronization
import Testing

@testable import Runtime

@Suite struct WorkerPoolTests {
    @Test func doesAllThatItTakes() {
        let pool = WorkerPool("test", threads: 3, waiting: 1000)
        let sum = Mutex(0)
        let done = DispatchSemaphore(value: 0)
        for number in 1...100 {
            let isTaken = pool.run {
                sum.withLock { $0 += number }
                done.signal()
            }
            #expect(isTaken)
        }
        for _ in 1...100 { #expect(done.wait(timeout: .now() + 30) == .success) }
        #expect(sum.withLock { $0 } == 5050)
        pool.stop()
    }

    /// Each piece waits for the other: both threads must have been woken.
    @Test func worksOnSeveralAtOnce() {
        let pool = WorkerPool("test", threads: 2, waiting: 10)
        for _ in 0..<50 {
            let (here, there, done) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
            for (mine, other) in [(here, there), (there, here)] {
                let isTaken = pool.run {
                    mine.signal()
                    if other.wait(timeout: .now() + 30) == .success { done.signal() }
                }
                #expect(isTaken)
            }
            for _ in 0..<2 { #expect(done.wait(timeout: .now() + 30) == .success) }
        }
        pool.stop()
    }

    @Test func refusesWhatWouldWaitTooLong() {
        let pool = WorkerPool("test", threads: 1, waiting: 2)
        let (begun, gate, done) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let first = pool.run {
            begun.signal()
            gate.wait()
        }
        #expect(first && begun.wait(timeout: .now() + 30) == .success)
        #expect((0..<4).map { _ in pool.run { done.signal() } } == [true, true, false, false])
        gate.signal()
        for _ in 0..<2 { #expect(done.wait(timeout: .now() + 30) == .success) }
        pool.stop()
        #expect(!pool.run {})
    }

    @Test func whatWaitsIsThrownAwayAtTheEnd() {
        let pool = WorkerPool("test", threads: 1, waiting: 10)
        let (begun, gate) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let count = Mutex(0)
        _ = pool.run {
            begun.signal()
            gate.wait()
        }
        _ = begun.wait(timeout: .now() + 30)
        _ = pool.run { count.withLock { $0 += 1 } }
        let stopped = DispatchSemaphore(value: 0)
        DispatchQueue.global().async {
            pool.stop()
            stopped.signal()
        }
        while !pool.isEnding { sched_yield() }
        gate.signal()
        #expect(stopped.wait(timeout: .now() + 30) == .success)
        #expect(count.withLock { $0 } == 0)
    }
}
