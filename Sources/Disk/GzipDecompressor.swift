import CZlib
import Ports

/// gzip (any number of members, one behind the other) or zlib, by zlib.
package final class GzipDecompressor: Decompressor {
    private enum State { case betweenMembers, withinMember, failed }

    private let stream = ZlibStream()
    private var state = State.betweenMembers
    private var members = 0

    package init() {
        let isUsable = dogwatch_inflate_init(stream.pointer) == Z_OK
        precondition(isUsable, "zlib has memory for one more stream")
    }
    deinit { inflateEnd(stream.pointer) }

    package var isComplete: Bool { state == .betweenMembers && members > 0 }

    package func decompress(_ input: ArraySlice<UInt8>, limit: Int) throws(InflateFailure) -> (output: [UInt8], consumed: Int) {
        guard state != .failed else { throw .malformed(detail: "the compressed data is broken") }
        var output: [UInt8] = []
        var failure: InflateFailure?
        let consumed = input.withUnsafeBufferPointer { bytes in
            let piece = UnsafeBufferPointer(rebasing: bytes.prefix(ZlibStream.largestPiece))
            stream.point(at: piece)
            failure = inflateAll(into: &output, limit: limit)
            return piece.count - Int(stream.pointer.pointee.avail_in)
        }
        if let failure {
            state = .failed
            throw failure
        }
        return (output, consumed)
    }

    /// Until the input is used up or the output has `limit` bytes.
    private func inflateAll(into output: inout [UInt8], limit: Int) -> InflateFailure? {
        while output.count < limit {
            if state == .betweenMembers {
                guard stream.pointer.pointee.avail_in > 0 else { return nil }
                // Padding with zeros behind the last member is common (tape blocks, preallocated files) and says nothing.
                if members > 0, skipZeros() { return nil }
                inflateReset(stream.pointer)
                state = .withinMember
            }
            let before = output.count
            let code = stream.collect(into: &output, limit: limit - before) { inflate($0, Z_NO_FLUSH) }
            switch code {
            case Z_STREAM_END:
                state = .betweenMembers
                members += 1
            case Z_OK, Z_BUF_ERROR:
                if stream.pointer.pointee.avail_in == 0, stream.pointer.pointee.avail_out > 0 { return nil }
                if code == Z_BUF_ERROR, output.count == before { return nil }
            default:
                return .malformed(detail: reason(of: code))
            }
        }
        return nil
    }

    /// True when nothing but zeros was left.
    private func skipZeros() -> Bool {
        while stream.pointer.pointee.avail_in > 0, stream.pointer.pointee.next_in.pointee == 0 {
            stream.pointer.pointee.next_in += 1
            stream.pointer.pointee.avail_in -= 1
        }
        return stream.pointer.pointee.avail_in == 0
    }

    private func reason(of code: Int32) -> String {
        if let message = stream.pointer.pointee.msg { return "the compressed data is broken (\(String(cString: message)))" }
        return code == Z_NEED_DICT ? "the compressed data needs a dictionary" : "the compressed data is broken (zlib code \(code))"
    }
}
