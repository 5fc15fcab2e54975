import Synchronization

/// Numbers the blocks of all signals in the order in which they were sealed: the order in which they go.
final class Turns: Sendable {
    private let last = Atomic<UInt64>(0)
    func next() -> UInt64 { last.wrappingAdd(1, ordering: .relaxed).newValue }
}
