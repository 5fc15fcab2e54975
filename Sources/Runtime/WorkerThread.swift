import Glibc
import Synchronization

/// A thread of our own that can be asked to end, and that can wait without being deaf to that.
package final class WorkerThread: Sendable {
    private struct Handle: @unchecked Sendable { var thread = pthread_t() }
    private let handle = Mutex(Handle())
    private let signal: WorkerSignal

    /// Starts `body`; `name` is for the reader of the code.
    package init(_ name: StaticString, _ body: @escaping @Sendable (WorkerSignal) -> Void) {
        let signal = WorkerSignal()
        self.signal = signal
        let box = Unmanaged.passRetained(WorkerBody { body(signal) })
        var thread = pthread_t()
        let result = pthread_create(&thread, nil, runWorker, box.toOpaque())
        precondition(result == 0, "a thread can be made: the system has no room for one more")
        handle.withLock { $0.thread = thread }
    }

    /// Lets it look at once for what there is to do.
    package func wake() { signal.wake() }

    /// Asks it to end and waits until it has. Call once.
    package func stop() {
        signal.end()
        pthread_join(handle.withLock { $0.thread }, nil)
    }
}

private final class WorkerBody {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

private func runWorker(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    Unmanaged<WorkerBody>.fromOpaque(argument).takeRetainedValue().body()
    return nil
}

/// What a worker waits on.
package final class WorkerSignal: Sendable {
    /// The condition and its mutex live as long as this object, at one address.
    private struct Parts: @unchecked Sendable {
        let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
        let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
        /// Guarded by `mutex`.
        let flags = UnsafeMutablePointer<(isEnding: Bool, isWoken: Bool)>.allocate(capacity: 1)
    }
    private let parts = Parts()

    init() {
        pthread_mutex_init(parts.mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(parts.condition, &attributes)
        pthread_condattr_destroy(&attributes)
        parts.flags.initialize(to: (false, false))
    }

    deinit {
        pthread_cond_destroy(parts.condition)
        pthread_mutex_destroy(parts.mutex)
        parts.condition.deallocate()
        parts.mutex.deallocate()
        parts.flags.deallocate()
    }

    package var isEnding: Bool {
        pthread_mutex_lock(parts.mutex)
        defer { pthread_mutex_unlock(parts.mutex) }
        return parts.flags.pointee.isEnding
    }

    func wake() { change { $0.isWoken = true } }
    func end() { change { $0.isEnding = true } }

    private func change(_ body: (inout (isEnding: Bool, isWoken: Bool)) -> Void) {
        pthread_mutex_lock(parts.mutex)
        body(&parts.flags.pointee)
        pthread_cond_broadcast(parts.condition)
        pthread_mutex_unlock(parts.mutex)
    }

    /// Until it is ended, or `nanoseconds` have passed; that it is woken meanwhile is kept for the next `wait`. False when it should end.
    package func pause(nanoseconds: Int64) -> Bool {
        let deadline = monotonicNanoseconds() &+ min(max(nanoseconds, 0), 3_600_000_000_000)
        pthread_mutex_lock(parts.mutex)
        defer { pthread_mutex_unlock(parts.mutex) }
        var until = timespec(tv_sec: Int(deadline / 1_000_000_000), tv_nsec: Int(deadline % 1_000_000_000))
        while !parts.flags.pointee.isEnding, pthread_cond_timedwait(parts.condition, parts.mutex, &until) != ETIMEDOUT {}
        return !parts.flags.pointee.isEnding
    }

    /// Until it is woken or ended, or `nanoseconds` have passed (nil: without limit). False when it should end.
    package func wait(nanoseconds: Int64?) -> Bool {
        let deadline = nanoseconds.map { monotonicNanoseconds() &+ min(max($0, 0), 3_600_000_000_000) }
        pthread_mutex_lock(parts.mutex)
        defer { pthread_mutex_unlock(parts.mutex) }
        while !parts.flags.pointee.isEnding, !parts.flags.pointee.isWoken {
            guard let deadline else {
                pthread_cond_wait(parts.condition, parts.mutex)
                continue
            }
            var until = timespec(tv_sec: Int(deadline / 1_000_000_000), tv_nsec: Int(deadline % 1_000_000_000))
            if pthread_cond_timedwait(parts.condition, parts.mutex, &until) == ETIMEDOUT { break }
        }
        parts.flags.pointee.isWoken = false
        return !parts.flags.pointee.isEnding
    }
}
