import Synchronization

/// A thread that is started once, by whoever owns it, and may be asked to end from anywhere.
package final class OnceThread: Sendable {
    private let thread: Mutex<WorkerThread?> = Mutex(nil)
    package init() {}

    package func start(_ name: StaticString, _ body: @escaping @Sendable (WorkerSignal) -> Void) {
        let worker = WorkerThread(name, body)
        thread.withLock { $0 = worker }
    }
    package func wake() { thread.withLock { $0 }?.wake() }
    /// Waits until it has ended; nothing where it was never started.
    package func stop() {
        let worker = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        worker?.stop()
    }
}
