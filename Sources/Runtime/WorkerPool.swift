import Synchronization

/// A few threads, and a bounded line of work that waits for one of them.
package final class WorkerPool: Sendable {
    private struct Line {
        var waiting: [@Sendable () -> Void] = []
        /// Those before it have been taken.
        var head = 0
        /// Threads that wait to be woken.
        var idle: [Int] = []
        var isEnding = false
        var count: Int { waiting.count - head }

        /// The next piece of work; where there is none, the thread stands among the idle from now on.
        mutating func take(_ thread: Int) -> (@Sendable () -> Void)? {
            guard head < waiting.count else {
                idle.append(thread)
                return nil
            }
            let work = waiting[head]
            head += 1
            if head == waiting.count {
                waiting.removeAll(keepingCapacity: true)
                head = 0
            }
            return work
        }
    }
    private final class Queue: Sendable {
        let line = Mutex(Line())
    }
    private let queue = Queue()
    private let limit: Int
    private let threads: [WorkerThread]

    /// `limit`: pieces of work that may wait.
    package init(_ name: StaticString, threads count: Int, waiting limit: Int) {
        self.limit = limit
        let queue = queue
        threads = (0..<max(count, 1)).map { number in
            WorkerThread(name) { signal in
                repeat {
                    while let work = queue.line.withLock({ $0.take(number) }) { work() }
                } while signal.wait(nanoseconds: nil)
            }
        }
    }

    /// Lets a thread do `work` soon; false, and it is never done, where too much waits already or all is ending.
    package func run(_ work: @escaping @Sendable () -> Void) -> Bool {
        let (isTaken, idle) = queue.line.withLock { line in
            guard !line.isEnding, line.count < limit else { return (false, Int?.none) }
            line.waiting.append(work)
            return (true, line.idle.popLast())
        }
        // One alone: where all are busy, the first that is through looks by itself.
        if let idle { threads[idle].wake() }
        return isTaken
    }

    var isEnding: Bool { queue.line.withLock { $0.isEnding } }

    /// Lets what runs come to its end, throws away what waits. Call once.
    package func stop() {
        queue.line.withLock { line in
            line.isEnding = true
            line.waiting = []
            line.head = 0
        }
        threads.forEach { $0.stop() }
    }
}
