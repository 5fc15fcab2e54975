import Synchronization

/// Memory that the writer let go of, till no snapshot can look at it any more.
///
/// Each snapshot holds the epoch it was taken in; what is retired after that waits in it. An epoch holds the next one, so what is retired later
/// waits for older snapshots too.
final class Epoch: @unchecked Sendable {
    private var retired: [UnsafeMutableRawPointer] = []
    private var next: Epoch?
    private var bytes = 0
    /// Of all epochs together.
    private let waiting: Waiting

    final class Waiting: Sendable {
        let bytes = Atomic<Int>(0)
    }

    init(waiting: Waiting = Waiting()) { self.waiting = waiting }
    deinit {
        free()
        // One after the other: a long chain must not go down the stack.
        var rest = next
        next = nil
        while isKnownUniquelyReferenced(&rest) { rest = rest?.detach() }
    }
    private func detach() -> Epoch? {
        free()
        defer { next = nil }
        return next
    }
    private func free() {
        for memory in retired { memory.deallocate() }
        waiting.bytes.wrappingSubtract(bytes, ordering: .relaxed)
        retired.removeAll()
        bytes = 0
    }

    /// Held by snapshots.
    var bytesWaiting: Int { waiting.bytes.load(ordering: .relaxed) }

    /// Lets go of `memory` in the newest epoch, which only the writer holds as `epoch`.
    static func retire(_ memory: UnsafeMutableRawPointer, bytes: Int, in epoch: inout Epoch) {
        if isKnownUniquelyReferenced(&epoch) {
            if !epoch.retired.isEmpty { epoch.free() }
            memory.deallocate()
        } else {
            epoch.retired.append(memory)
            epoch.bytes += bytes
            epoch.waiting.bytes.wrappingAdd(bytes, ordering: .relaxed)
        }
    }
    /// The epoch that a snapshot taken now holds: a new one where something was retired in `epoch`.
    static func begin(_ epoch: inout Epoch) -> Epoch {
        guard !epoch.retired.isEmpty else { return epoch }
        let following = Epoch(waiting: epoch.waiting)
        epoch.next = following
        epoch = following
        return following
    }
}
