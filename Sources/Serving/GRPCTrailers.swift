import Ports
import Telemetry

/// `grpc-status` and what goes with it.
func grpcTrailers(for reply: GRPCReply) -> [(String, String)] {
    var trailers = [("grpc-status", String(reply.status))]
    if !reply.message.isEmpty { trailers.append(("grpc-message", percentEncoded(reply.message))) }
    if let delay = reply.retryDelay {
        trailers.append(("grpc-status-details-bin", base64(statusDetails(status: reply.status, message: reply.message, retryDelay: delay))))
    }
    return trailers
}

/// As the gRPC specification has it: all but printable ASCII, and the percent sign, as `%XX`.
func percentEncoded(_ message: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var out: [UInt8] = []
    for byte in message.utf8 {
        if (0x20...0x7e).contains(byte), byte != UInt8(ascii: "%") {
            out.append(byte)
        } else {
            out += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
    }
    return String(decoding: out, as: UTF8.self)
}

/// Without padding, as binary headers are sent.
func base64(_ bytes: [UInt8]) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var out: [UInt8] = []
    var held: UInt32 = 0
    var bits: UInt32 = 0
    for byte in bytes {
        held = held << 8 | UInt32(byte)
        bits += 8
        while bits >= 6 {
            bits -= 6
            out.append(alphabet[Int(held >> bits & 63)])
        }
    }
    if bits > 0 { out.append(alphabet[Int(held << (6 - bits) & 63)]) }
    return String(decoding: out, as: UTF8.self)
}

/// A `google.rpc.Status` whose details hold one `google.rpc.RetryInfo`.
func statusDetails(status: Int, message: String, retryDelay: TimeSpan) -> [UInt8] {
    let (seconds, nanos) = max(retryDelay.nanoseconds, 0).quotientAndRemainder(dividingBy: 1_000_000_000)
    let duration = varintField(1, UInt64(seconds)) + varintField(2, UInt64(nanos))
    let any = bytesField(1, Array("type.googleapis.com/google.rpc.RetryInfo".utf8)) + bytesField(2, bytesField(1, duration))
    return varintField(1, UInt64(clamping: status)) + bytesField(2, Array(message.utf8)) + bytesField(3, any)
}

private func varint(_ value: UInt64) -> [UInt8] {
    var rest = value
    var out: [UInt8] = []
    while rest >= 0x80 {
        out.append(UInt8(truncatingIfNeeded: rest) | 0x80)
        rest >>= 7
    }
    return out + [UInt8(rest)]
}
private func varintField(_ number: UInt8, _ value: UInt64) -> [UInt8] { value == 0 ? [] : [number << 3] + varint(value) }
private func bytesField(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] { [number << 3 | 2] + varint(UInt64(bytes.count)) + bytes }
