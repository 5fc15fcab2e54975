import Telemetry

extension LogLineReader {
    /// Of the line's start, how much is searched for a level.
    private static let levelSearch = 160

    /// The record of a line of text. `note`: the whole length of a line that was cut.
    func textRecord(_ line: UnsafeBufferPointer<UInt8>, arrival: Timestamp, note: Int? = nil) -> LogRecord {
        var record = LogRecord(time: lastTime ?? arrival.precise, message: String(decoding: line, as: UTF8.self))
        // `[2006-01-02 …]` too.
        let start = line.first == UInt8(ascii: "[") ? 1 : 0
        if let (time, end) = LogTime.calendar(line, from: start) {
            if LogTime.isPlausible(time, arrival: arrival) {
                record.time = time
                lastTime = time
            } else {
                record.time = arrival.precise
                record.attributes.append(Attribute("log.time", .string(String(decoding: line[start..<end], as: UTF8.self))))
            }
        }
        if let (severity, word) = Self.level(in: UnsafeBufferPointer(rebasing: line.prefix(Self.levelSearch))) {
            record.severity = severity
            record.severityText = word
        }
        if let note { record.attributes.append(Attribute("log.cut", .string("the line had \(note) bytes"))) }
        return record
    }

    /// The first word that is a level: in capitals, in brackets, before a colon, behind `level=`, or the first of the line.
    private static func level(in bytes: UnsafeBufferPointer<UInt8>) -> (Severity, String)? {
        var at = 0
        var isFirstWord = true
        while at < bytes.count {
            guard isLetter(bytes[at]) else {
                at += 1
                continue
            }
            let start = at
            while at < bytes.count, isLetter(bytes[at]) { at += 1 }
            let word = UnsafeBufferPointer(rebasing: bytes[start..<at])
            let before = start > 0 ? bytes[start - 1] : UInt8(ascii: " ")
            let after = at < bytes.count ? bytes[at] : UInt8(ascii: " ")
            defer { isFirstWord = false }
            guard (3...13).contains(word.count) else { continue }
            let isMarked =
                isFirstWord || word.allSatisfy { $0 < 0x61 } || before == UInt8(ascii: "[") || before == UInt8(ascii: "<")
                || after == UInt8(ascii: ":") || before == UInt8(ascii: "=")
            guard isMarked else { continue }
            let text = String(decoding: word, as: UTF8.self)
            if text.lowercased() != "config", let severity = Severity(named: text) { return (severity, text) }
        }
        return nil
    }
    private static func isLetter(_ byte: UInt8) -> Bool { byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7a }
}
