import Ports
import Telemetry

/// What the files of a recording are called and how large they may be; drawn in docs/recording-format.md.
package enum RecordingFormat {
    package static let version = 1
    package static let manifestName = "recording.json"
    /// How much time one file of each kind holds.
    package static let segment = TimeSpan.minutes(2)
    /// How much a crash may lose: sync points lie so far apart.
    package static let syncInterval = TimeSpan.seconds(5)
    static let compressionLevel = 9
    /// A longer header or request line is taken for damage.
    static let lineLimit = 256 << 20
    /// A longer page or run of log lines is taken for damage.
    static let bodyLimit = 128 << 20
    /// Of the pages that later pages of the same file refer to, all sources together.
    static let pageMemoryLimit = 256 << 20
    static let manifestLimit = ByteCount.mebibytes(4)
    static let segmentLimit = 1_000_000

    /// What one file holds.
    enum Kind: String, CaseIterable {
        case scrapes, lines, spans, records, samples, events

        /// True where a header line is followed by as many bytes as it says; else the header is part of the line.
        var hasBodies: Bool { self == .scrapes || self == .lines || self == .samples }
        var suffix: String { hasBodies ? ".gz" : ".jsonl.gz" }

        init(of payload: Arrival.Payload) {
            switch payload {
            case .scrape: self = .scrapes
            case .lines: self = .lines
            case .spans: self = .spans
            case .logs: self = .records
            case .metrics: self = .samples
            case .status, .trouble: self = .events
            }
        }
    }

    static func name(segment: Int, _ kind: Kind) -> String {
        let digits = String(segment)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits + "-" + kind.rawValue + kind.suffix
    }

    /// The segment and kind that a file name tells; nil for names of other things.
    static func parse(name: String) -> (segment: Int, kind: Kind)? {
        guard let dash = name.firstIndex(of: "-"), let segment = Int(name[..<dash]), (0...segmentLimit).contains(segment) else {
            return nil
        }
        let rest = name[name.index(after: dash)...]
        guard let kind = Kind.allCases.first(where: { $0.rawValue + $0.suffix == rest }) else { return nil }
        return (segment, kind)
    }

    static func path(_ folder: String, _ name: String) -> String { folder.hasSuffix("/") ? folder + name : folder + "/" + name }
}

/// How requests of spans and of log records stand in a recording: one JSON object on one line, as OTLP/JSON has it. Used by one thread at a time.
package protocol RequestCodec: AnyObject {
    /// Appends an object, without line breaks.
    func encode(_ batches: [SpanBatch], into out: inout [UInt8])
    func encode(_ batches: [LogBatch], into out: inout [UInt8])
    /// Members that OTLP does not know are skipped. Throws a sentence for what can't be read.
    func decodeSpans(_ request: UnsafeRawBufferPointer) throws(Diagnostic) -> [SpanBatch]
    /// `arrival` is the time of records that say none.
    func decodeLogs(_ request: UnsafeRawBufferPointer, arrival: Timestamp) throws(Diagnostic) -> [LogBatch]
}
