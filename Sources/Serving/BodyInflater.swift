import Ports

/// How a body or message is packed.
enum BodyEncoding: Hashable {
    case identity, deflated

    /// From `Content-Encoding` or `grpc-encoding`; nil for one that is not spoken here.
    init?(_ name: String?) {
        switch name?.lowercased() {
        case nil, "", "identity": self = .identity
        case "gzip", "x-gzip", "deflate": self = .deflated
        default: return nil
        }
    }
    static let spoken = "identity,gzip,deflate"
}

extension Decompressor {
    /// All of `body` inflated, at most `limit` bytes. Throws `malformed` for one that is torn off.
    func inflate(_ body: [UInt8], limit: Int) throws(InflateFailure) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(min(limit, body.count &* 5))
        var rest = body[...]
        while true {
            // One byte more than allowed tells what is too large from what just fits.
            let room = min(limit - output.count + 1, 1 << 20)
            let (piece, consumed) = try decompress(rest, limit: room)
            rest = rest.dropFirst(consumed)
            output += piece
            if output.count > limit { throw .tooLarge(limit: limit) }
            if piece.count < room { break }
        }
        guard rest.isEmpty, isComplete else { throw .malformed(detail: "the compressed body is cut off") }
        return output
    }
}
