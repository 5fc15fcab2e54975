import Telemetry

/// What a lone file holds, told by its beginning.
package enum FileFormat: String, Hashable, Sendable, CaseIterable {
    /// OTLP/JSON, one request or a line for each, as OpenTelemetry's file exporter writes.
    case otlpTraces, otlpLogs, otlpMetrics
    case zipkin, jaeger, exposition
    case jsonLogs, textLogs

    /// How much of a file `recognise` wants to see, at most.
    package static let prefixLength = 64 << 10

    /// Tells by the first bytes, at most `prefixLength` of them; nil for an empty file and for what is no text.
    package static func recognise(_ beginning: some Collection<UInt8>) -> FileFormat? {
        let text = Array(beginning.prefix(prefixLength).drop { $0 <= 0x20 || $0 == 0xef || $0 == 0xbb || $0 == 0xbf })
        guard let first = text.first, !text.prefix(1024).contains(0) else { return nil }
        switch first {
        case UInt8(ascii: "{"): return object(text)
        case UInt8(ascii: "["): return isZipkin(text) ? .zipkin : .textLogs
        default: return isExposition(text) ? .exposition : .textLogs
        }
    }

    private static func object(_ text: [UInt8]) -> FileFormat {
        let keys = Set(JSONKeys.outermost(of: text))
        if keys.contains("resourceSpans") { return .otlpTraces }
        if keys.contains("resourceLogs") { return .otlpLogs }
        if keys.contains("resourceMetrics") { return .otlpMetrics }
        let isTrace = keys.contains("spans") && (keys.contains("traceID") || keys.contains("processes"))
        if isTrace || keys.contains("data") && text.contains(word: "\"spans\"") { return .jaeger }
        return .jsonLogs
    }

    private static func isZipkin(_ text: [UInt8]) -> Bool {
        let inner = Array(text.dropFirst().drop { $0 <= 0x20 })
        if inner.first == UInt8(ascii: "]") { return true }
        guard inner.first == UInt8(ascii: "{") else { return false }
        return inner.contains(word: "\"traceId\"") && inner.contains(word: "\"id\"")
    }

    /// A comment of the exposition format, or a first line that is a name, perhaps labels, and a number.
    private static func isExposition(_ text: [UInt8]) -> Bool {
        if text.starts(with: "# HELP ".utf8) || text.starts(with: "# TYPE ".utf8) || text.starts(with: "# UNIT ".utf8) { return true }
        if text.starts(with: "# EOF".utf8) { return true }
        let line = text.prefix { $0 != 0x0a && $0 != 0x0d }
        let name = line.prefix { isNameByte($0) }
        guard let head = name.first, !(0x30...0x39).contains(head) else { return false }
        var rest = line.dropFirst(name.count)
        if rest.first == UInt8(ascii: "{") {
            guard let close = rest.lastIndex(of: UInt8(ascii: "}")) else { return false }
            rest = rest[(close + 1)...]
        } else if rest.first != 0x20, rest.first != 0x09 {
            return false
        }
        let words = rest.split { $0 == 0x20 || $0 == 0x09 }
        guard let value = words.first, words.count <= 2 else { return false }
        return words.allSatisfy { Double(String(decoding: $0, as: UTF8.self)) != nil } || value.elementsEqual("+Inf".utf8)
    }
    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x3a, 0x41...0x5a, 0x5f, 0x61...0x7a: true
        default: false
        }
    }
}

/// Looks into JSON that may be cut off, where a parser would refuse it.
private enum JSONKeys {
    /// The keys of the object at the start, as far as they are seen; escapes are left as they stand.
    static func outermost(of text: [UInt8]) -> [String] {
        var keys: [String] = []
        var depth = 0
        var at = 0
        while at < text.count {
            switch text[at] {
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                if depth <= 0 { return keys }
            case UInt8(ascii: "\""):
                let start = at + 1
                at = endOfString(text, from: start)
                if depth == 1, isKey(text, behind: at) { keys.append(String(decoding: text[start..<at], as: UTF8.self)) }
            default: break
            }
            at += 1
        }
        return keys
    }
    /// The index of the closing quote, or the end.
    private static func endOfString(_ text: [UInt8], from start: Int) -> Int {
        var at = start
        while at < text.count, text[at] != UInt8(ascii: "\"") { at += text[at] == UInt8(ascii: "\\") ? 2 : 1 }
        return min(at, text.count)
    }
    private static func isKey(_ text: [UInt8], behind quote: Int) -> Bool {
        text.dropFirst(quote + 1).first { $0 > 0x20 } == UInt8(ascii: ":")
    }
}

extension [UInt8] {
    fileprivate func contains(word: String) -> Bool {
        let word = Array(word.utf8)
        guard count >= word.count, let first = word.first else { return false }
        return (0...(count - word.count)).contains { self[$0] == first && self[$0..<($0 + word.count)].elementsEqual(word) }
    }
}
