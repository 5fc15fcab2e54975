import CZlib

/// Inflates a gzip body piece by piece, within a limit, and knows whether it came to its end.
final class GzipStream {
    enum Progress { case more, malformed, tooLarge }
    private static let pieceBytes = 1 << 16

    /// In one place for good: zlib keeps its address.
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private let piece = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: pieceBytes)
    private var isReady = false
    /// True when the last piece ended where a member of the stream ends.
    private(set) var isComplete = false

    init?() {
        stream.initialize(to: z_stream())
        isReady = dogwatch_inflate_init(stream) == Z_OK
        if !isReady { return nil }
    }
    deinit {
        if isReady { inflateEnd(stream) }
        stream.deallocate()
        piece.deallocate()
    }

    func inflate(_ input: UnsafeBufferPointer<UInt8>, into output: inout [UInt8], limit: Int) -> Progress {
        stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
        stream.pointee.avail_in = UInt32(clamping: input.count)
        defer { stream.pointee.next_in = nil }
        repeat {
            if isComplete {
                guard stream.pointee.avail_in > 0 else { return .more }
                // A further member follows.
                guard inflateReset(stream) == Z_OK else { return .malformed }
                isComplete = false
            }
            stream.pointee.next_out = piece.baseAddress
            stream.pointee.avail_out = UInt32(Self.pieceBytes)
            let code = CZlib.inflate(stream, Z_NO_FLUSH)
            let count = Self.pieceBytes - Int(stream.pointee.avail_out)
            guard output.count + count <= limit else { return .tooLarge }
            output.append(contentsOf: UnsafeBufferPointer(rebasing: piece[..<count]))
            switch code {
            case Z_STREAM_END: isComplete = true
            case Z_OK: break
            case Z_BUF_ERROR: return .more  // It wants more input.
            default: return .malformed
            }
        } while stream.pointee.avail_in > 0 || stream.pointee.avail_out == 0
        return .more
    }
}
