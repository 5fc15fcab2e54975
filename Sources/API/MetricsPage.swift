import Telemetry

/// What dogwatch tells of itself at `/metrics`.
package struct OwnNumbers: Hashable, Sendable {
    package var samplesIngested: UInt64 = 0
    package var activeSeries: Int = 0
    package var spansReceived: UInt64 = 0
    package var logLinesReceived: UInt64 = 0
    package var dropped: [Signal: [DropReason: UInt64]] = [:]
    package var evicted: [Signal: UInt64] = [:]
    package var storeBytes: [Signal: Int] = [:]
    /// Of the process; nil where the system does not tell.
    package var residentMemory: ByteCount?
    package var processorTime: TimeSpan?
    package var started: Timestamp?
    package var openFiles: Int?
    package var version: String = ""
    package init() {}
}

/// The page of dogwatch's own metrics, in the text format 0.0.4 or in OpenMetrics 1.0.
package struct MetricsPage: Sendable {
    package enum Format: Hashable, Sendable {
        case text, openMetrics
        /// OpenMetrics where the `Accept` header asks for it, as Prometheus does; text otherwise.
        package init(accept: String) {
            let wanted = accept.split(separator: ",").contains { part in
                let pieces = part.lowercased().filter { $0 != " " && $0 != "\t" }.split(separator: ";")
                return pieces.first == "application/openmetrics-text" && !pieces.contains("q=0")
            }
            self = wanted ? .openMetrics : .text
        }
        package var contentType: String {
            self == .text ? "text/plain; version=0.0.4; charset=utf-8" : "application/openmetrics-text; version=1.0.0; charset=utf-8"
        }
    }

    private enum Kind: String { case counter, gauge }

    private let format: Format
    private var text = ""

    /// The whole page as bytes.
    package static func render(_ numbers: OwnNumbers, as format: Format) -> [UInt8] {
        var page = MetricsPage(format: format)
        page.write(numbers)
        if format == .openMetrics { page.text += "# EOF\n" }
        return Array(page.text.utf8)
    }

    private init(format: Format) { self.format = format }

    private mutating func write(_ numbers: OwnNumbers) {
        plain("dogwatch_samples_ingested", .counter, "Samples taken from scraped pages.", String(numbers.samplesIngested))
        plain("dogwatch_active_series", .gauge, "Series held in memory.", String(numbers.activeSeries))
        plain("dogwatch_spans_received", .counter, "Spans received.", String(numbers.spansReceived))
        plain("dogwatch_log_lines_received", .counter, "Log lines and records received.", String(numbers.logLinesReceived))
        family("dogwatch_dropped", .counter, "Items that could not be taken, by signal and reason.")
        for signal in Signal.allCases {
            for reason in DropReason.allCases {
                guard let count = numbers.dropped[signal]?[reason] else { continue }
                sample("dogwatch_dropped", .counter, [("signal", signal.rawValue), ("reason", reason.rawValue)], String(count))
            }
        }
        family("dogwatch_evicted", .counter, "Items that went to keep within the memory budget.")
        for signal in Signal.allCases {
            sample("dogwatch_evicted", .counter, [("signal", signal.rawValue)], String(numbers.evicted[signal] ?? 0))
        }
        family("dogwatch_store_bytes", .gauge, "Memory the store holds.")
        for signal in Signal.allCases {
            sample("dogwatch_store_bytes", .gauge, [("signal", signal.rawValue)], String(numbers.storeBytes[signal] ?? 0))
        }
        family("dogwatch_build_info", .gauge, "The version of dogwatch; the value is always 1.")
        sample("dogwatch_build_info", .gauge, [("version", numbers.version)], "1")
        writeProcess(numbers)
    }

    private mutating func writeProcess(_ numbers: OwnNumbers) {
        if let memory = numbers.residentMemory {
            plain("process_resident_memory_bytes", .gauge, "Resident memory size.", String(memory.bytes))
        }
        if let time = numbers.processorTime {
            plain("process_cpu_seconds", .counter, "Total user and system CPU time spent.", String(time.seconds))
        }
        if let files = numbers.openFiles { plain("process_open_fds", .gauge, "Open file descriptors.", String(files)) }
        if let started = numbers.started {
            let milliseconds = threeDigits(started.milliseconds % 1000)
            plain(
                "process_start_time_seconds", .gauge, "Start time since the Unix epoch.", "\(started.milliseconds / 1000).\(milliseconds)")
        }
    }

    private mutating func plain(_ name: String, _ kind: Kind, _ help: String, _ value: String) {
        family(name, kind, help)
        sample(name, kind, [], value)
    }

    /// OpenMetrics names a counter's family without `_total`, the older text with it.
    private mutating func family(_ name: String, _ kind: Kind, _ help: String) {
        let full = format == .text && kind == .counter ? name + "_total" : name
        text += "# HELP \(full) \(help)\n# TYPE \(full) \(kind.rawValue)\n"
    }

    private mutating func sample(_ name: String, _ kind: Kind, _ labels: [(name: String, value: String)], _ value: String) {
        text += kind == .counter ? name + "_total" : name
        if !labels.isEmpty { text += "{" + labels.map { "\($0.name)=\"\(escaped($0.value))\"" }.joined(separator: ",") + "}" }
        text += " \(value)\n"
    }

    private func escaped(_ value: String) -> String {
        var out = ""
        for character in value.unicodeScalars {
            switch character {
            case "\\": out += "\\\\"
            case "\"": out += "\\\""
            case "\n": out += "\\n"
            default: out.unicodeScalars.append(character)
            }
        }
        return out
    }

    private func threeDigits(_ value: Int64) -> String {
        let digits = String(abs(value))
        return String(repeating: "0", count: max(0, 3 - digits.utf8.count)) + digits
    }
}
