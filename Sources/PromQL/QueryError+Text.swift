import Telemetry

extension QueryError {
    /// A fault of the text at `range` of `bytes`.
    init(_ message: String, _ range: SourceRange, in bytes: [UInt8]) {
        self = .syntax(message: message, range: range, position: SourcePosition(of: range.start, in: bytes))
    }
}

extension QueryError: CustomStringConvertible {
    /// As Prometheus says it: `1:5: parse error: unexpected …`.
    package var description: String {
        switch self {
        case .syntax(let message, _, let position):
            position.line == 0
                ? "unknown position: parse error: \(message)" : "\(position.line):\(position.column): parse error: \(message)"
        case .execution(let message): message
        case .tooManySamples: "query processing would load too many samples into memory in query execution"
        case .cancelled: "query was canceled in query execution"
        }
    }
}

extension SourcePosition {
    /// Line and column from 1, the column in bytes, as Prometheus counts; 0 and 0 in an empty text.
    package init(of offset: Int, in utf8: [UInt8]) {
        guard !utf8.isEmpty else {
            self.init(line: 0, column: 0)
            return
        }
        let before = utf8.prefix(max(0, offset))
        let newline = UInt8(ascii: "\n")
        let lastBreak = before.lastIndex(of: newline) ?? -1
        self.init(line: 1 + before.count { $0 == newline }, column: before.count - lastBreak)
    }
}
