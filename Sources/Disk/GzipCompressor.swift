import CZlib
import Ports

/// gzip by zlib.
package final class GzipCompressor: Compressor {
    private let stream = ZlibStream()
    private let isUsable: Bool

    /// `level` from 1 (fast) to 9 (small); outside of that the nearest.
    package init(level: Int) {
        isUsable = dogwatch_deflate_init(stream.pointer, Int32(min(max(level, 1), 9))) == Z_OK
        precondition(isUsable, "zlib has memory for one more stream")
    }
    deinit { deflateEnd(stream.pointer) }

    package func compress(_ bytes: [UInt8]) -> [UInt8] { run(bytes, Z_NO_FLUSH) }
    package func flush() -> [UInt8] { run([], Z_SYNC_FLUSH) }
    package func finish() -> [UInt8] { run([], Z_FINISH) }

    private func run(_ bytes: [UInt8], _ mode: Int32) -> [UInt8] {
        var output: [UInt8] = []
        bytes.withUnsafeBufferPointer { input in
            // zlib takes 32-bit lengths, so that more than 4 GiB would need pieces.
            var rest = input[...]
            repeat {
                let piece = rest.prefix(ZlibStream.largestPiece)
                rest = rest.dropFirst(piece.count)
                stream.point(at: UnsafeBufferPointer(rebasing: piece))
                repeat {
                    stream.collect(into: &output) { deflate($0, rest.isEmpty ? mode : Z_NO_FLUSH) }
                } while stream.pointer.pointee.avail_out == 0
            } while !rest.isEmpty
        }
        return output
    }
}
