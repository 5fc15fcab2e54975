import Ports

/// Puts together the one message of a unary call: a flag byte, four bytes of length, the message, cut into frames anywhere.
struct GRPCMessageReader {
    enum Failure: Error, Hashable {
        case tooLarge(limit: Int)
        case tornOff
        case missing
        case moreThanOne
        case badFlag(UInt8)
        case unknownEncoding(String)
        case compressedWithoutEncoding
        case malformed(detail: String)
    }

    /// Of the message, before and after inflating.
    let limit: Int
    private var prefix: [UInt8] = []
    private var message: [UInt8] = []

    init(limit: Int) { self.limit = limit }

    private var announced: Int { prefix.dropFirst().reduce(0) { $0 << 8 | Int($1) } }

    mutating func append(_ bytes: some RandomAccessCollection<UInt8>) throws(Failure) {
        var rest = bytes[...]
        if prefix.count < 5 {
            let part = rest.prefix(5 - prefix.count)
            prefix += part
            rest = rest.dropFirst(part.count)
            guard prefix.count == 5 else { return }
            guard let flag = prefix.first, flag <= 1 else { throw .badFlag(prefix.first ?? 0) }
            guard announced <= limit else { throw .tooLarge(limit: limit) }
            message.reserveCapacity(min(announced, 1 << 20))
        }
        guard message.count + rest.count <= announced else { throw .moreThanOne }
        message.append(contentsOf: rest)
    }

    /// The message, inflated.
    func finish(encodingName: String?, makeDecompressor: () -> any Decompressor) throws(Failure) -> [UInt8] {
        if prefix.isEmpty { throw .missing }
        guard prefix.count == 5, message.count == announced else { throw .tornOff }
        guard prefix.first == 1 else { return message }
        guard let encoding = BodyEncoding(encodingName) else { throw .unknownEncoding(encodingName ?? "") }
        guard encoding == .deflated else { throw .compressedWithoutEncoding }
        do throws(InflateFailure) { return try makeDecompressor().inflate(message, limit: limit) } catch {
            switch error {
            case .malformed(let detail): throw .malformed(detail: detail)
            case .tooLarge(let limit): throw .tooLarge(limit: limit)
            }
        }
    }
}

extension GRPCMessageReader.Failure {
    var reply: GRPCReply {
        switch self {
        case .tooLarge(let limit): GRPCReply(status: 8, message: "the message is larger than \(limit) bytes")
        case .tornOff: GRPCReply(status: 3, message: "the message is cut off")
        case .missing: GRPCReply(status: 3, message: "the call has no message")
        case .moreThanOne: GRPCReply(status: 12, message: "the call has more than one message, and only unary calls are served")
        case .badFlag(let flag): GRPCReply(status: 3, message: "the message begins with the flag \(flag), which has no meaning")
        case .unknownEncoding(let name):
            GRPCReply(status: 12, message: "the message encoding \"\(name)\" is not known here; \(BodyEncoding.spoken) are")
        case .compressedWithoutEncoding: GRPCReply(status: 13, message: "the message is marked as compressed, but grpc-encoding is missing")
        case .malformed(let detail): GRPCReply(status: 3, message: detail)
        }
    }
}
