import Telemetry

/// What a JSON line holds, sorted by role; used again from line to line.
struct LogLinePieces {
    struct Piece {
        var key: String
        var value: JSONValue
        var rank: UInt8
    }
    /// The best candidate of each role, by its raw value.
    private var best = [Piece?](repeating: nil, count: LogRole.allCases.count)
    var attributes: [Attribute] = []

    subscript(role: LogRole) -> Piece? { best[Int(role.rawValue)] }

    mutating func clear() {
        for i in best.indices { best[i] = nil }
        attributes = []
        attributes.reserveCapacity(12)
    }
    mutating func add(_ entry: LogKeyTable.Entry, _ value: JSONValue) {
        guard entry.role != .none else { return attribute(entry.key, value) }
        let place = Int(entry.role.rawValue)
        if let other = best[place] {
            guard entry.rank < other.rank else { return attribute(entry.key, value) }
            attribute(other.key, other.value)
        }
        best[place] = Piece(key: entry.key, value: value, rank: entry.rank)
    }
    /// A candidate that turned out to be something else.
    mutating func giveBack(_ role: LogRole) { if let piece = self[role] { attribute(piece.key, piece.value) } }

    mutating func attribute(_ key: String, _ value: JSONValue) {
        guard attributes.count < WireLimit.attributesPerItem else { return }
        attributes.append(Attribute(key, value.attributeValue(depth: 0)))
    }
}

extension JSONValue {
    /// Any JSON as an attribute's value; what is nested too deep becomes a marker.
    func attributeValue(depth: Int) -> AttributeValue {
        switch kind {
        case .string: return .string(text.map { String(decoding: $0.bytes.prefix(WireLimit.valueBytes), as: UTF8.self) } ?? "")
        case .int: return int.map { .int($0) } ?? .empty
        case .unsigned, .double: return double.map { .double($0) } ?? .empty
        case .bool: return bool.map { .bool($0) } ?? .empty
        case .null: return .empty
        case .array, .object: break
        }
        guard depth < WireLimit.valueDepth else { return .string(WireLimit.tooDeepMarker) }
        if kind == .array {
            return .array(elements.prefix(WireLimit.attributesPerItem).map { $0.attributeValue(depth: depth + 1) })
        }
        return .map(
            members.prefix(WireLimit.attributesPerItem).map { Attribute($0.key.string, $0.value.attributeValue(depth: depth + 1)) })
    }
}

extension LogLineReader {
    /// The record of a parsed line, and the service it names.
    func jsonRecord(_ root: JSONValue, arrival: Timestamp) -> (LogRecord, service: String?) {
        pieces.clear()
        prefix.removeAll(keepingCapacity: true)
        collect(root, depth: 0)
        var record = LogRecord(time: arrival.precise, message: "")
        takeTime(into: &record, arrival: arrival)
        takeLevel(into: &record, isGELF: root["short_message"] != nil)
        takeIDs(into: &record)
        takeMessage(into: &record)
        let service = takeText(.service)
        record.attributes = pieces.attributes
        pieces.attributes = []
        let needsLevel = record.severity == .unspecified && record.severityText.isEmpty
        if record.message.isEmpty || needsLevel {
            let parts = RequestParts(record.attributes)
            if record.message.isEmpty { record.message = parts.message ?? Self.fallbackMessage(record.attributes) }
            if needsLevel { record.severity = parts.severity }
        }
        return (record, service)
    }

    /// Members by role, nested ones by their dotted name.
    private func collect(_ object: JSONValue, depth: Int) {
        for (key, value) in object.members {
            if value.isNull { continue }
            let outer = prefix.count
            if value.kind == .object, depth < WireLimit.valueDepth {
                prefix.append(contentsOf: key.bytes)
                prefix.append(UInt8(ascii: "."))
                collect(value, depth: depth + 1)
                prefix.removeSubrange(outer...)
            } else if outer == 0 {
                pieces.add(keys.entry(key.bytes), value)
            } else {
                prefix.append(contentsOf: key.bytes)
                let entry = prefix.withUnsafeBufferPointer { keys.entry($0) }
                prefix.removeSubrange(outer...)
                pieces.add(entry, value)
            }
        }
    }

    private func takeTime(into record: inout LogRecord, arrival: Timestamp) {
        guard let piece = pieces[.time] else { return }
        let time =
            piece.value.text.map { LogTime.read($0.bytes) }
            ?? piece.value.double.flatMap { number in
                piece.value.int.map { LogTime.epoch($0) } ?? LogTime.epoch(number)
            }
        if let time, LogTime.isPlausible(time, arrival: arrival) {
            record.time = time
            lastTime = time
        } else {
            pieces.attribute("log.time", piece.value)
        }
    }

    private func takeLevel(into record: inout LogRecord, isGELF: Bool) {
        if let number = pieces[.severityNumber]?.value.int, (1...24).contains(number) { record.severity = Severity(UInt8(number)) }
        guard let piece = pieces[.level] else { return }
        if let text = piece.value.string {
            record.severityText = text
            guard record.severity == .unspecified else { return }
            record.severity = severity(named: text, isSyslog: isGELF || piece.key.isPriority)
        } else if let number = piece.value.int, let severity = LogLevel.severity(number, isSyslog: isGELF || piece.key.isPriority) {
            if record.severity == .unspecified { record.severity = severity }
        } else {
            pieces.giveBack(.level)
        }
    }

    /// By name or number; the few words of a log are looked up once.
    private func severity(named text: String, isSyslog: Bool) -> Severity {
        if isSyslog, let number = Int64(text) { return LogLevel.severity(number, isSyslog: true) ?? .unspecified }
        if let known = levels[text] { return known }
        let severity = Severity(named: text) ?? Int64(text).flatMap { LogLevel.severity($0, isSyslog: false) } ?? .unspecified
        if levels.count < 64, text.utf8.count <= 32 { levels[text] = severity }
        return severity
    }

    private func takeIDs(into record: inout LogRecord) {
        if let piece = pieces[.traceparent] {
            if let (trace, span) = piece.value.text.flatMap({ LogIDs.traceparent($0.bytes) }) {
                record.traceID = trace
                record.spanID = span
            } else {
                pieces.giveBack(.traceparent)
            }
        }
        take(.datadogTraceID) { value in
            guard let low = value.unsigned ?? value.text?.decimal ?? value.text.flatMap({ UInt64($0.string) }), low != 0 else {
                return false
            }
            record.traceID = TraceID(high: 0, low: low)
            return true
        }
        take(.datadogSpanID) { value in
            guard let id = value.unsigned ?? value.text.flatMap({ UInt64($0.string) }), id != 0 else { return false }
            record.spanID = SpanID(id)
            return true
        }
        take(.traceID) { value in
            guard let id = value.text.flatMap({ LogIDs.traceID($0.bytes) }) else { return false }
            record.traceID = id
            return true
        }
        take(.spanID) { value in
            guard let text = value.text, text.bytes.count <= 16, let id = hexadecimalNumber(text.bytes), id.low != 0 else { return false }
            record.spanID = SpanID(id.low)
            return true
        }
    }
    /// Hands the candidate of `role` to `use`; what it does not understand stays an attribute.
    private func take(_ role: LogRole, _ use: (JSONValue) -> Bool) {
        if let piece = pieces[role], !use(piece.value) { pieces.giveBack(role) }
    }

    private func takeMessage(into record: inout LogRecord) {
        guard let piece = pieces[.message] else { return }
        if let text = piece.value.text {
            record.message = text.string
        } else if piece.value.kind == .array {
            var json = JSONWriter()
            json.plain(piece.value.attributeValue(depth: 0))
            record.message = json.text
        } else {
            record.message = piece.value.attributeValue(depth: 0).text
        }
    }
    private func takeText(_ role: LogRole) -> String? {
        guard let piece = pieces[role] else { return nil }
        if let text = piece.value.text, !text.bytes.isEmpty { return text.string }
        pieces.giveBack(role)
        return nil
    }

    /// `key=value` of the first few attributes, for a line that has no message and is no request.
    private static func fallbackMessage(_ attributes: [Attribute]) -> String {
        attributes.prefix(8).map { "\($0.key)=\($0.value.text)" }.joined(separator: " ")
    }
}

extension String {
    /// True for the keys under which journald and syslog keep a number from 0 to 7.
    fileprivate var isPriority: Bool { self == "PRIORITY" || self == "priority" }
}
