import CRE2
import Telemetry

/// RE2's compiled form, shared by the copies of a pattern.
///
/// `@unchecked`: the C++ object is used through its const methods only, which RE2 makes safe for any number of threads.
final class PatternProgram: @unchecked Sendable {
    private let expression: OpaquePointer
    let groupNames: [String?]

    init(_ source: String, ignoresCase: Bool, dotMatchesNewline: Bool) throws(PatternError) {
        guard source.utf8.count <= Pattern.lengthLimit else { throw PatternError(detail: "expression too large", offset: 0) }
        try refuseWhatGoRefuses(source)
        var text = source
        let created = text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
                dw_re2_create($0.baseAddress, $0.count, ignoresCase, dotMatchesNewline, Pattern.memoryLimit)
            }
        }
        guard let created else { throw PatternError(detail: "expression too large", offset: 0) }
        let error = dw_re2_error(created)
        guard error == 0 else {
            defer { dw_re2_destroy(created) }
            throw refusal(error, of: created, in: source)
        }
        expression = created
        let groups = dw_re2_group_count(created)
        groupNames = groups > 0 ? (1...groups).map { dw_re2_group_name(created, $0).map { String(cString: $0) } } : []
    }
    deinit { dw_re2_destroy(expression) }

    func matches(_ text: UnsafeBufferPointer<UInt8>, isAnchored: Bool) -> Bool {
        dw_re2_match(expression, text.baseAddress, text.count, isAnchored, nil, 0)
    }
    func firstMatch(in text: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
        var span = dw_re2_span()
        guard dw_re2_match(expression, text.baseAddress, text.count, false, &span, 1) else { return nil }
        return Int(span.start)..<Int(span.end)
    }
    /// The leftmost match from `start` on, and its groups.
    func captures(in text: UnsafeBufferPointer<UInt8>, from start: Int) -> [Range<Int>?]? {
        var spans = [dw_re2_span](repeating: dw_re2_span(start: -1, end: -1), count: groupNames.count + 1)
        guard dw_re2_next(expression, text.baseAddress, start, text.count, &spans, Int32(spans.count)) else { return nil }
        return spans.map { $0.start < 0 ? nil : Int($0.start)..<Int($0.end) }
    }
    /// The match and its groups, anchored at both ends.
    func captures(of text: UnsafeBufferPointer<UInt8>) -> [Range<Int>?]? {
        var spans = [dw_re2_span](repeating: dw_re2_span(start: -1, end: -1), count: groupNames.count + 1)
        guard dw_re2_match(expression, text.baseAddress, text.count, true, &spans, Int32(spans.count)) else { return nil }
        return spans.map { $0.start < 0 ? nil : Int($0.start)..<Int($0.end) }
    }
}

/// What RE2 says, with the place found again from the part that it names.
private func refusal(_ code: Int32, of expression: OpaquePointer, in source: String) -> PatternError {
    var length = 0
    let start = dw_re2_error_argument(expression, &length)
    let bytes = UnsafeRawBufferPointer(start: start, count: length)
    let detail = String(cString: dw_re2_message(code))
    let whole = Array(source.utf8)
    let offset = whole.withUnsafeBufferPointer { dw_re2_find($0.baseAddress, $0.count, start, length) }
    return PatternError(detail: detail, offset: max(Int(offset), 0), fragment: String(decoding: bytes, as: UTF8.self))
}

/// `\C`, RE2's "one byte", would cut a scalar in two, and groups may nest a thousand deep; RE2 itself minds neither.
private func refuseWhatGoRefuses(_ source: String) throws(PatternError) {
    var isEscaped = false
    var depth = 0
    for (offset, byte) in source.utf8.enumerated() {
        switch (byte, isEscaped) {
        case (UInt8(ascii: "C"), true): throw PatternError(detail: "invalid escape sequence", offset: offset - 1, fragment: "\\C")
        case (UInt8(ascii: "("), false): depth += 1
        case (UInt8(ascii: ")"), false): depth -= 1
        default: break
        }
        guard depth <= Pattern.depthLimit else { throw PatternError(detail: "expression nests too deeply", offset: offset) }
        isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
    }
}
