import Canvas
import Insight
import Store
import Telemetry

/// How single lines and patterns are written.
enum LogLook {
    /// The longest piece of a pattern that is the same in all of its lines.
    static func search(for pattern: LogPatterns.Pattern) -> String {
        let pieces = pattern.text.split(separator: "<_>").map { $0.trimmingSpaces }
        let longest = pieces.max { $0.count < $1.count } ?? ""
        var search = longest.isEmpty ? "" : "message~" + "\"" + ".*" + escaped(longest) + ".*" + "\""
        if pattern.services.count == 1, let service = pattern.services.first {
            search += (search.isEmpty ? "" : " ") + "service=\(searchValue(service))"
        }
        return search
    }

    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { out, character in
            if "\\.+*?()|[]{}^$".contains(character) { out += "\\" }
            out += character == "\"" ? "." : String(character)
        }
    }

    static func json(_ header: LogHeader, _ logs: LogSnapshot) -> String {
        guard let record = logs.record(header.ref) else { return "{}" }
        var members = [
            ("time_unix_ns", String(header.time.nanoseconds)), ("level", ExportTable.quoted(header.severity.name)),
            ("service", ExportTable.quoted(logs.strings[header.service])), ("message", ExportTable.quoted(record.message)),
        ]
        if header.traceID.isValid { members.append(("trace_id", ExportTable.quoted(header.traceID.hexadecimal))) }
        if header.spanID.isValid { members.append(("span_id", ExportTable.quoted(header.spanID.hexadecimal))) }
        members += record.attributes.map { ($0.key, ExportTable.quoted($0.value.text)) }
        return "{" + members.map { ExportTable.quoted($0.0) + ": " + $0.1 }.joined(separator: ", ") + "}"
    }

    /// All of one line, a field a row.
    static func lines(_ header: LogHeader, _ logs: LogSnapshot, width: Int, _ look: Look) -> [StyledText] {
        let theme = look.theme
        guard let record = logs.record(header.ref) else { return [StyledText("This line has been evicted since.", theme[.muted])] }
        var fields: [(String, StyledText)] = [
            (
                "time",
                StyledText(
                    look.clock.date(header.time.timestamp) + " " + look.clock.timeWithMilliseconds(header.time.timestamp) + " "
                        + look.clock.zone, theme[.text])
            ),
            ("level", StyledText(LogLevelLook.label(header.severity), theme[LogLevelLook.role(of: header.severity)])),
            ("service", StyledText(logs.strings[header.service], theme.service(logs.strings[header.service]).bold)),
        ]
        if header.traceID.isValid {
            fields.append(("trace", StyledText(header.traceID.hexadecimal, theme[.link]) + StyledText("  t opens it", theme[.muted])))
        }
        if header.spanID.isValid { fields.append(("span", StyledText(header.spanID.hexadecimal, theme[.link]))) }
        fields += record.attributes.map { ($0.key, StyledText($0.value.text, theme[.text])) }
        let resource = logs.resource(of: header.ref)?.attributes.filter { $0.key != "service.name" } ?? []
        fields += resource.map { ($0.key, StyledText($0.value.text, theme[.muted])) }
        if let source = logs.source(of: header.ref) { fields.append(("source", StyledText(source.name, theme[.muted]))) }
        var lines = TextBlock(StyledText(record.message, theme[.strong])).lines(width: width, limit: 60)
        lines.append(StyledText())
        let keys = min(fields.map { columns(of: $0.0) }.max() ?? 0, max(width / 3, 10))
        for (key, value) in fields {
            let parts = TextBlock(value).lines(width: max(width - keys - 2, 8), limit: 60)
            for (index, part) in (parts.isEmpty ? [StyledText()] : parts).enumerated() {
                let shown = index > 0 ? "" : columns(of: key) > keys ? String(key.prefix(max(keys - 1, 0))) + "…" : key
                lines.append(StyledText(shown + String(repeating: " ", count: max(keys - columns(of: shown), 0) + 2), theme[.muted]) + part)
            }
        }
        return lines
    }
}

extension Substring {
    fileprivate var trimmingSpaces: String {
        var rest = self
        while rest.first == " " { rest = rest.dropFirst() }
        while rest.last == " " { rest = rest.dropLast() }
        return String(rest)
    }
}
