/// How bad a log record is, on OpenTelemetry's scale of 1 (TRACE) to 24 (FATAL4); 0 is unspecified.
package struct Severity: Hashable, Comparable, Sendable {
    package var number: UInt8
    package init(_ number: UInt8) { self.number = min(number, 24) }
    package static let unspecified = Severity(0)
    package static let trace = Severity(1)
    package static let debug = Severity(5)
    package static let info = Severity(9)
    package static let warn = Severity(13)
    package static let error = Severity(17)
    package static let fatal = Severity(21)
    package static func < (a: Severity, b: Severity) -> Bool { a.number < b.number }

    /// The level it belongs to, without the steps between: trace, debug, info, warn, error, fatal or unspecified.
    package var level: Severity { number == 0 ? self : Severity((number - 1) / 4 * 4 + 1) }
    /// `trace`, `debug`, `info`, `warn`, `error`, `fatal`, or the empty string.
    package var name: String { number == 0 ? "" : ["trace", "debug", "info", "warn", "error", "fatal"][Int(number - 1) / 4] }

    /// By the names in use (`WARNING`, `err`, `critical`, `notice`, `E`, …), in any case; nil for others.
    package init?(named name: some StringProtocol) {
        switch name.lowercased() {
        case "trace", "finest", "finer", "verbose", "t": self = .trace
        case "debug", "dbg", "fine", "d": self = .debug
        case "info", "information", "informational", "inf", "i", "config": self = .info
        case "notice", "n": self = Severity(10)
        case "warn", "warning", "wrn", "w": self = .warn
        case "error", "err", "severe", "e", "failure": self = .error
        case "fatal", "f", "crit", "critical", "c": self = .fatal
        case "alert", "panic", "dpanic": self = Severity(22)
        case "emerg", "emergency": self = Severity(24)
        default: return nil
        }
    }
}

/// One log record, from a tailed line or from OTLP.
package struct LogRecord: Hashable, Sendable {
    /// When it happened, or when it was seen where it doesn't say.
    package var time: PreciseTime
    package var severity: Severity
    /// The level as it came, where it was a word.
    package var severityText: String
    /// The text to show; for an OTLP body that is no string, that body as JSON.
    package var message: String
    /// What else it carries; nested JSON is flattened with dots (`http.status`).
    package var attributes: [Attribute]
    package var traceID: TraceID
    package var spanID: SpanID
    package init(
        time: PreciseTime, severity: Severity = .unspecified, severityText: String = "", message: String, attributes: [Attribute] = [],
        traceID: TraceID = .zero, spanID: SpanID = .zero
    ) {
        self.time = time
        self.severity = severity
        self.severityText = severityText
        self.message = message
        self.attributes = attributes
        self.traceID = traceID
        self.spanID = spanID
    }
}

/// Log records of one resource.
package struct LogBatch: Hashable, Sendable {
    package var resource: Resource
    package var scope: InstrumentationScope
    package var records: [LogRecord]
    package init(resource: Resource, scope: InstrumentationScope = .init(), records: [LogRecord]) {
        self.resource = resource
        self.scope = scope
        self.records = records
    }
}
