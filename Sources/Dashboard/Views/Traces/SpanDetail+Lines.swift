import Canvas
import Insight
import Store
import Telemetry

extension SpanDetail {
    /// Everything about the span, a line each, cut to `width`.
    func lines(_ trace: TraceModel, width: Int, _ look: Look) -> [StyledText] {
        let theme = look.theme
        var lines: [StyledText] = []
        let index = trace.tree.index(of: header.ref)
        let service = trace.strings[header.service]
        var first = StyledText(service, theme.service(service).bold)
        if !trace.strings[header.version].isEmpty { first.append(" \(trace.strings[header.version])", theme[.muted]) }
        first.append("  \(header.kind.name)", theme[.muted])
        if header.status == .error {
            first.append("  failed", theme[.bad])
        } else if header.status == .ok {
            first.append("  ok", theme[.good])
        }
        lines.append(first)
        var times = StyledText(Quantity.duration(nanoseconds: Double(header.duration.nanoseconds)), theme[.strong])
        if let index {
            times.append("  self \(Quantity.duration(nanoseconds: Double(trace.selfTimes[index].nanoseconds)))", theme[.text])
            if header.start > trace.start {
                times.append("  at +\(Quantity.duration(nanoseconds: Double((header.start - trace.start).nanoseconds)))", theme[.muted])
            }
            let share = trace.path.share(of: index)
            if share > 0 { times.append("  \(Quantity.percent(share)) of the path", theme[.criticalPath]) }
        }
        lines.append(times)
        if !span.statusMessage.isEmpty { lines += wrapped(StyledText(span.statusMessage, theme[.bad]), width) }
        for warning in trace.tree.warnings where index == warning.span {
            lines += wrapped(StyledText(warning.sentence, theme[.warn]), width)
        }
        if let sentence = trace.skew.sentence, trace.skew.isNeeded { lines += wrapped(StyledText(sentence, theme[.muted]), width) }
        lines += section("attributes", span.attributes, width, theme)
        for event in span.events {
            lines.append(StyledText())
            lines.append(
                StyledText("event ", theme[.header]) + StyledText(event.name, theme[.strong])
                    + StyledText("  +\(Quantity.duration(nanoseconds: Double((event.time - header.start).nanoseconds)))", theme[.muted]))
            lines += pairs(event.attributes, width, theme)
        }
        lines += linkLines(theme)
        lines += logLines(width, look)
        lines += section("resource", resource.attributes, width, theme)
        if !scope.name.isEmpty {
            lines.append(StyledText("scope ", theme[.header]) + StyledText("\(scope.name) \(scope.version)", theme[.muted]))
        }
        lines.append(StyledText("span ", theme[.header]) + StyledText(header.spanID.hexadecimal, theme[.muted]))
        return lines
    }

    private func linkLines(_ theme: Theme) -> [StyledText] {
        guard !span.links.isEmpty else { return [] }
        return [StyledText(), StyledText("links", theme[.header]) + StyledText("  x follows", theme[.muted])]
            + zip(span.links, linked).map { link, summary in
                StyledText("  \(link.traceID.hexadecimal.prefix(16))", theme[.link])
                    + StyledText(summary == nil ? "  not in the store" : "  \(summary?.spanCount ?? 0) spans", theme[.muted])
            }
    }

    private func logLines(_ width: Int, _ look: Look) -> [StyledText] {
        guard !logs.isEmpty else { return [] }
        return [StyledText(), StyledText("logs", look.theme[.header]) + StyledText("  o opens them", look.theme[.muted])]
            + logs.map { log in
                StyledText("  " + look.clock.timeWithMilliseconds(log.header.time.timestamp) + " ", look.theme[.muted])
                    + StyledText(log.message, look.theme[LogLevelLook.role(of: log.header.severity)])
            }
    }

    private func section(_ title: String, _ attributes: [Attribute], _ width: Int, _ theme: Theme) -> [StyledText] {
        attributes.isEmpty ? [] : [StyledText(), StyledText(title, theme[.header])] + pairs(attributes, width, theme)
    }

    /// Keys in a column of their own; long values go on below it.
    private func pairs(_ attributes: [Attribute], _ width: Int, _ theme: Theme) -> [StyledText] {
        let keys = min(attributes.map { columns(of: $0.key) }.max() ?? 0, max(width / 2 - 2, 10))
        return attributes.sorted { $0.key < $1.key }.flatMap { attribute -> [StyledText] in
            let parts = TextBlock(StyledText(attribute.value.text, theme[.text])).lines(width: max(width - keys - 4, 8), limit: 40)
            return (parts.isEmpty ? [StyledText()] : parts).enumerated().map { line, part in
                let key = line == 0 ? attribute.key : ""
                let cut = columns(of: key) > keys ? String(key.prefix(max(keys - 1, 0))) + "…" : key
                return StyledText("  " + cut + String(repeating: " ", count: max(keys - columns(of: cut), 0) + 2), theme[.muted]) + part
            }
        }
    }

    private func wrapped(_ text: StyledText, _ width: Int) -> [StyledText] { TextBlock(text).lines(width: width) }

    /// For the clipboard.
    var text: String {
        var lines = [
            "\(resource.serviceName) \(span.name) \(header.kind.name)",
            "trace \(header.traceID.hexadecimal) span \(header.spanID.hexadecimal)",
        ]
        lines += span.attributes.map { "\($0.key)=\($0.value.text)" }
        return lines.joined(separator: "\n")
    }
}

extension SpanKind {
    var name: String {
        switch self {
        case .unspecified: "unspecified"
        case .internal: "internal"
        case .server: "server"
        case .client: "client"
        case .producer: "producer"
        case .consumer: "consumer"
        }
    }
}
