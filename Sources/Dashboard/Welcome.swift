import Canvas
import Store
import Telemetry

/// What a view shows before anything came for it: what to send where.
struct Welcome {
    enum Need: CaseIterable { case spans, metrics, logs }

    var title: String
    var sentence: String
    /// What would fill the view.
    var needs: [Need] = Need.allCases
    /// What is open.
    var receivers: [Source]
    var look: Look

    func draw(in frame: inout Frame) {
        let theme = look.theme
        let inside = frame.box(frame.bounds, title: StyledText(title, theme[.title]), style: theme[.borderFocused]).inset(
            columns: 2, rows: 1)
        let lines = self.lines
        let start = inside.row + max(min((inside.rows - lines.count) / 3, 6), 0)
        for (offset, line) in lines.enumerated() where start + offset < inside.endRow {
            frame.write(line, at: Point(inside.column, start + offset), width: inside.columns)
        }
    }

    private var lines: [StyledText] {
        let theme = look.theme
        var lines = [StyledText(sentence, theme[.strong]), StyledText()]
        if needs.contains(.spans) { lines += addresses(of: receivers, "spans to") + [StyledText()] }
        if needs.contains(.metrics) {
            lines.append(row("metrics by", StyledText("dogwatch --scrape http://gateway:9901/stats/prometheus", theme[.text])))
        }
        if needs.contains(.logs) { lines.append(row("logs by", StyledText("dogwatch --logs '/var/log/shop/*.log'", theme[.text]))) }
        if needs == [.logs] { lines += addresses(of: receivers.filter { $0.kind == .otlpHTTP || $0.kind == .otlpGRPC }, "or to") }
        lines.append(row("a tour by", StyledText("dogwatch demo", theme[.text])))
        let keys =
            StyledText("9", theme[.key]) + StyledText(" tells what came and what went wrong, ", theme[.muted])
            + StyledText("?", theme[.key])
            + StyledText(" the keys.", theme[.muted])
        return lines + [StyledText(), keys]
    }

    private func addresses(of receivers: [Source], _ label: String) -> [StyledText] {
        guard !receivers.isEmpty else {
            return [row(label, StyledText("no receiver is open; --otlp-http 127.0.0.1:4318 opens one", look.theme[.text]))]
        }
        return receivers.enumerated().map { index, receiver in
            let text = StyledText(receiver.address, look.theme[.strong]) + StyledText("  \(receiver.kind.speaks)", look.theme[.muted])
            return row(index == 0 ? label : "", text)
        }
    }

    private func row(_ label: String, _ text: StyledText) -> StyledText {
        StyledText(label + String(repeating: " ", count: max(12 - label.count, 1)), look.theme[.muted]) + text
    }
}

extension Source {
    /// As it is given to what sends.
    fileprivate var address: String { kind == .otlpGRPC || name.contains("://") ? name : "http://" + name }
}

extension StoreSnapshot {
    /// What takes spans and records, and is open.
    var receivers: [Source] { sources.filter { $0.health != .closed && $0.health != .down && $0.source.kind.isReceiver }.map(\.source) }
}

extension Source.Kind {
    fileprivate var isReceiver: Bool {
        switch self {
        case .otlpHTTP, .otlpGRPC, .zipkin: true
        case .scrape, .tail, .remoteWrite, .file, .rules, .channel: false
        }
    }
    fileprivate var speaks: String {
        switch self {
        case .otlpHTTP: "OTLP over HTTP, protobuf or JSON"
        case .otlpGRPC: "OTLP over gRPC"
        case .zipkin: "Zipkin v2 JSON"
        case .scrape, .tail, .remoteWrite, .file, .rules, .channel: rawValue
        }
    }
}
