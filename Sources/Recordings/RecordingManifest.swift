import Telemetry

/// What `recording.json` says: what the folder is, from when to when, from which sources.
package struct RecordingManifest: Sendable {
    package struct Counts: Hashable, Sendable {
        package var arrivals: Int64 = 0
        package var scrapes: Int64 = 0
        package var lines: Int64 = 0
        package var spans: Int64 = 0
        package var records: Int64 = 0
        /// That came with their labels; those on pages are not counted.
        package var samples: Int64 = 0
        package init() {}
    }

    package var format = RecordingFormat.version
    /// The version of dogwatch that wrote it.
    package var dogwatch: String
    /// The times of the first and the newest arrival; nil before there is one.
    package var from: Timestamp?
    package var to: Timestamp?
    package var sources: [Source] = []
    package var counts = Counts()
    /// False while it is being written, and after a crash.
    package var isClosed = false

    package init(dogwatch: String) { self.dogwatch = dogwatch }

    mutating func count(_ arrival: Arrival) {
        from = min(from ?? arrival.time, arrival.time)
        to = max(to ?? arrival.time, arrival.time)
        counts.arrivals += 1
        switch arrival.payload {
        case .scrape: counts.scrapes += 1
        case .lines(let lines): counts.lines += Int64(lines.bytes.withUnsafeBufferPointer { $0.count { $0 == 0x0a } })
        case .spans(let spans): counts.spans += Int64(spans.count)
        case .logs(let batches): counts.records += Int64(batches.reduce(0) { $0 + $1.records.count })
        case .metrics(let batch): counts.samples += Int64(batch.sampleCount)
        case .status, .trouble: break
        }
    }
}

extension RecordingManifest {
    /// One member a line, ended by a newline.
    var bytes: [UInt8] {
        var members: [(name: String, value: HeaderValue)] = [
            ("format", .integer(Int64(format))), ("dogwatch", .string(dogwatch)), ("from", from.map { .integer($0.milliseconds) } ?? .null),
            ("to", to.map { .integer($0.milliseconds) } ?? .null), ("closed", .bool(isClosed)),
            (
                "counts",
                .object([
                    ("arrivals", .integer(counts.arrivals)), ("scrapes", .integer(counts.scrapes)), ("lines", .integer(counts.lines)),
                    ("spans", .integer(counts.spans)), ("records", .integer(counts.records)),
                    ("samples", .integer(counts.samples)),
                ])
            ),
        ]
        members.append(("sources", .array(sources.map { .array([.string($0.kind.rawValue), .string($0.name)]) })))
        let lines = members.map { "  " + HeaderValue.object([$0]).text.dropFirst().dropLast() }
        return Array("{\n\(lines.joined(separator: ",\n"))\n}\n".utf8)
    }

    /// Nil where the text is no manifest.
    init?(_ bytes: [UInt8]) {
        guard
            let value = bytes.withUnsafeBytes({ bytes -> HeaderValue? in
                var reader = HeaderReader(bytes)
                return reader.value()
            }), let format = value["format"]?.integer
        else { return nil }
        self.init(dogwatch: value["dogwatch"]?.string ?? "")
        self.format = Int(clamping: format)
        from = (value["from"]?.integer).map(Timestamp.init(milliseconds:))
        to = (value["to"]?.integer).map(Timestamp.init(milliseconds:))
        isClosed = value["closed"]?.bool ?? false
        sources = (value["sources"]?.elements ?? []).compactMap { pair in
            guard pair.elements.count == 2, let kind = pair.elements[0].string.flatMap(Source.Kind.init(rawValue:)) else { return nil }
            return pair.elements[1].string.map { Source(kind, $0) }
        }
        let counts = value["counts"]
        self.counts.arrivals = counts?["arrivals"]?.integer ?? 0
        self.counts.scrapes = counts?["scrapes"]?.integer ?? 0
        self.counts.lines = counts?["lines"]?.integer ?? 0
        self.counts.spans = counts?["spans"]?.integer ?? 0
        self.counts.records = counts?["records"]?.integer ?? 0
        self.counts.samples = counts?["samples"]?.integer ?? 0
    }
}
