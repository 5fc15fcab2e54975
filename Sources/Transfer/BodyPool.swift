/// Buffers of bodies that have been read, for those to come: touching fresh memory costs more than filling it.
///
/// One thread's own. As many are kept as transfers are seen at once, not one a target.
final class BodyPool {
    private static let most = 4
    /// A larger buffer goes back to the system: pages of that size are rare.
    private static let largest = 16 << 20
    private var free: [[UInt8]] = []

    /// An empty buffer, the largest there is.
    func take() -> [UInt8] { free.popLast() ?? [] }

    /// Takes a buffer that nobody reads any more.
    func give(_ buffer: consuming [UInt8]) {
        guard buffer.capacity > 0, buffer.capacity <= Self.largest else { return }
        // One that somebody still holds is left to them, and gets a fresh one in its place.
        buffer.removeAll(keepingCapacity: true)
        free.append(buffer)
        free.sort { $0.capacity < $1.capacity }
        if free.count > Self.most { free.removeFirst() }
    }
}
