import Ports
import Telemetry

/// The parameters of a request: those of a form in its body first, then those of its query.
struct RequestForm: Sendable {
    /// What Go's server, and so Prometheus, takes of a form.
    static let (sizeLimit, countLimit) = (10 << 20, 10_000)

    private var pairs: [(name: String, value: String)] = []

    init(_ request: HTTPRequest) throws(APIFailure) {
        let type = request.header("content-type")?.lowercased() ?? ""
        if request.method == "POST", type.hasPrefix("application/x-www-form-urlencoded") {
            guard request.body.count <= Self.sizeLimit else { throw Self.failure("http: POST too large") }
            try add(request.body[...])
        }
        try add(Array(request.query.utf8)[...])
    }

    /// The first value; nil where there is none or an empty one.
    subscript(name: String) -> String? {
        guard let value = pairs.first(where: { $0.name == name })?.value, !value.isEmpty else { return nil }
        return value
    }
    func all(_ name: String) -> [String] { pairs.filter { $0.name == name }.map(\.value) }

    private mutating func add(_ bytes: ArraySlice<UInt8>) throws(APIFailure) {
        for part in bytes.split(separator: UInt8(ascii: "&"), maxSplits: Self.countLimit - pairs.count) {
            guard pairs.count < Self.countLimit else { throw Self.failure("more than \(Self.countLimit) parameters") }
            guard !part.contains(UInt8(ascii: ";")) else { throw Self.failure("invalid semicolon separator in query") }
            let equals = part.firstIndex(of: UInt8(ascii: "=")) ?? part.endIndex
            pairs.append((try Self.decode(part[..<equals]), try Self.decode(part[equals...].dropFirst())))
        }
    }
    private static func failure(_ detail: String) -> APIFailure { APIFailure(.badData, "error parsing form values: \(detail)") }
    private static func decode(_ bytes: ArraySlice<UInt8>) throws(APIFailure) -> String {
        switch percentDecoded(bytes, plusIsSpace: true) {
        case .text(let text): return text
        case .wrong(let escape): throw failure("invalid URL escape \"\(escape)\"")
        case .notUTF8: throw failure("it is not UTF-8")
        }
    }
}

enum PercentDecoding { case text(String), wrong(escape: String), notUTF8 }

func percentDecoded(_ bytes: ArraySlice<UInt8>, plusIsSpace: Bool) -> PercentDecoding {
    var out: [UInt8] = []
    out.reserveCapacity(bytes.count)
    var index = bytes.startIndex
    while index < bytes.endIndex {
        switch bytes[index] {
        case UInt8(ascii: "%"):
            let escape = bytes[index...].prefix(3)
            guard escape.count == 3, let high = hexValue(escape[index + 1]), let low = hexValue(escape[index + 2]) else {
                return .wrong(escape: String(decoding: escape, as: UTF8.self))
            }
            out.append(high << 4 | low)
            index += 3
            continue
        case UInt8(ascii: "+") where plusIsSpace: out.append(UInt8(ascii: " "))
        case let byte: out.append(byte)
        }
        index += 1
    }
    return String(validating: out, as: UTF8.self).map { .text($0) } ?? .notUTF8
}

private func hexValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - 48
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - 87
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - 55
    default: nil
    }
}

// MARK: Times, spans and limits, as Prometheus reads them

extension RequestForm {
    func time(_ name: String) throws(APIFailure) -> Timestamp? {
        guard let text = self[name] else { return nil }
        do throws(APIFailure) { return try Self.time(text) } catch {
            throw .parameter(name, "invalid time value for '\(name)': \(error.message)")
        }
    }
    func requiredTime(_ name: String) throws(APIFailure) -> Timestamp {
        try Self.wrap(name) { () throws(APIFailure) in try Self.time(self[name] ?? "") }
    }
    func span(_ name: String) throws(APIFailure) -> TimeSpan? {
        guard let text = self[name] else { return nil }
        return try Self.wrap(name) { () throws(APIFailure) in try Self.span(text) }
    }
    /// Nil where nothing is asked for, or 0.
    func limit() throws(APIFailure) -> Int? {
        guard let text = self["limit"] else { return nil }
        guard let limit = Int(text) else { throw .parameter("limit", "cannot parse \"\(text)\" to a valid limit") }
        guard limit >= 0 else { throw .parameter("limit", "limit must be non-negative") }
        return limit == 0 ? nil : limit
    }

    private static func wrap<Value>(_ name: String, _ body: () throws(APIFailure) -> Value) throws(APIFailure) -> Value {
        do throws(APIFailure) { return try body() } catch { throw .parameter(name, error.message) }
    }

    /// Unix seconds with a fraction, or RFC 3339.
    static func time(_ text: String) throws(APIFailure) -> Timestamp {
        // Go's strconv also reads hexadecimal and "infinity", which no client sends for a time.
        if let seconds = decimal(text) {
            let milliseconds = (seconds * 1000).rounded()
            return Timestamp(milliseconds: Int64(min(max(milliseconds, -9.2e18), 9.2e18)))
        }
        if let time = Timestamp(rfc3339: text) { return time }
        // How Go writes the first and the last time that Prometheus knows; no RFC 3339 for their years.
        switch text {
        case "-292273086-05-16T16:47:06Z": return .distantPast
        case "+292277025-08-18T07:12:54.999999999Z": return .distantFuture
        default: break
        }
        throw APIFailure(.badData, "cannot parse \"\(text)\" to a valid timestamp")
    }
    /// Seconds with a fraction, or a duration of Prometheus.
    static func span(_ text: String) throws(APIFailure) -> TimeSpan {
        if let seconds = decimal(text) {
            guard seconds.magnitude < 9.2e9 else {
                throw APIFailure(.badData, "cannot parse \"\(text)\" to a valid duration. It overflows int64")
            }
            return TimeSpan(nanoseconds: Int64(seconds * 1e9))
        }
        if let span = TimeSpan(prometheus: text) { return span }
        throw APIFailure(.badData, "cannot parse \"\(text)\" to a valid duration")
    }
    private static func decimal(_ text: String) -> Double? {
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) || "+-.eE".utf8.contains($0) }), let value = Double(text), value.isFinite
        else { return nil }
        return value
    }
}
