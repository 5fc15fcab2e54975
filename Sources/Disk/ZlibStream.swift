import CZlib

/// A `z_stream` at an address that stays, with the piece of memory its output goes through.
final class ZlibStream {
    static let largestPiece = 1 << 30
    private static let scratchSize = 64 << 10

    let pointer: UnsafeMutablePointer<z_stream>
    private let scratch: UnsafeMutablePointer<UInt8>

    init() {
        pointer = .allocate(capacity: 1)
        pointer.initialize(to: z_stream())
        scratch = .allocate(capacity: Self.scratchSize)
    }
    deinit {
        pointer.deallocate()
        scratch.deallocate()
    }

    /// `input` must live until the next call.
    func point(at input: UnsafeBufferPointer<UInt8>) {
        pointer.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
        pointer.pointee.avail_in = UInt32(input.count)
    }

    /// Runs one step of zlib and appends what it gave, at most `limit` bytes; returns zlib's code.
    @discardableResult
    func collect(into output: inout [UInt8], limit: Int = .max, _ step: (UnsafeMutablePointer<z_stream>) -> Int32) -> Int32 {
        let room = min(limit, Self.scratchSize)
        pointer.pointee.next_out = scratch
        pointer.pointee.avail_out = UInt32(room)
        let code = step(pointer)
        output.append(contentsOf: UnsafeBufferPointer(start: scratch, count: room - Int(pointer.pointee.avail_out)))
        return code
    }
}
