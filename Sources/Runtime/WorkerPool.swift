import Synchronization

/// A few threads, and a bounded line of work that waits for one of them.
package final class WorkerPool: Sendable {
    private struct Line {
        var waiting: [@Sendable () -> Void] = []
        /// Those before it have been taken.
        var head = 0
        var isEnding = false
        var count: Int { waiting.count - head }

        mutating func take() -> (@Sendable () -> Void)? {
            guard head < waiting.count else { return nil }
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
        threads = (0..<max(count, 1)).map { _ in
            WorkerThread(name) { signal in
                while signal.wait(nanoseconds: nil) {
                    while let work = queue.line.withLock({ $0.take() }) { work() }
                }
            }
        }
    }

    /// Lets a thread do `work` soon; false, and it is never done, where too much waits already or all is ending.
    package func run(_ work: @escaping @Sendable () -> Void) -> Bool {
        let isTaken = queue.line.withLock { line in
            guard !line.isEnding, line.count < limit else { return false }
            line.waiting.append(work)
            return true
        }
        if isTaken { threads.forEach { $0.wake() } }
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
