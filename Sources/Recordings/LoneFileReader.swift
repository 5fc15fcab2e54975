import Ports
import Telemetry
import Wire

/// The arrivals of one file as it lies: OTLP/JSON lines, a Zipkin or Jaeger export, logs, or a page of metrics.
///
/// Each arrival gets the newest time that its content tells, so that a replay goes by the file's own time.
package final class LoneFileReader: ArrivalReading {
    /// Exports that are one JSON document are read whole; larger ones are refused.
    package static let documentLimit = ByteCount.mebibytes(256)
    static let pieceLength = 256 << 10
    /// Further lines that can't be read are only counted.
    static let warningLimit = 100

    package private(set) var from: Timestamp?
    package private(set) var to: Timestamp?
    package private(set) var warnings: [Diagnostic] = []

    let path: String
    private let format: FileFormat
    let file: any OpenFile
    let now: Timestamp
    let size: Int64
    var offset: Int64 = 0
    /// What was read and not yet used: the beginning of a line.
    private var rest: [UInt8] = []
    var lineNumber = 0
    private let json = JSONReader()
    private let lines = LogLineReader()
    private let translator = OTLPTranslator()
    var waiting: [Arrival] = []
    var newest: Timestamp = .distantPast
    var hasEnded = false
    private var moreWarnings = 0
    /// Within a line that was cut: what comes up to its end is left out.
    var isSkipping = false
    /// For metrics whose samples have times of their own.
    var samples: ExpositionFileReader?

    let blockLength: Int

    /// `blockLength` is how much of a file of samples is read at once; longer lines are refused.
    package init(_ path: String, files: any Files, now: Timestamp, blockLength: Int = 1 << 20) throws(Diagnostic) {
        self.path = path
        self.blockLength = blockLength
        self.now = now
        do {
            file = try files.open(path)
            size = try file.facts().size
            let beginning = try file.read(at: 0, count: FileFormat.prefixLength)
            // An empty file is an empty log: somebody's script asks before the first line was written.
            guard let format = size == 0 && beginning.isEmpty ? .textLogs : FileFormat.recognise(beginning) else {
                throw Diagnostic(
                    source: path,
                    message: "this is no file that dogwatch can read: it wants OTLP/JSON, a Zipkin or Jaeger export, logs, or metrics")
            }
            self.format = format
            if format == .exposition { samples = try Self.samplesReader(file, beginning, size: size) }
        } catch let failure as FileFailure {
            throw Diagnostic(source: path, message: failure.detail)
        } catch let diagnostic as Diagnostic {
            throw diagnostic
        } catch {
            throw Diagnostic(source: path, message: "it can't be read")
        }
        // The first arrival tells from when on the file is; the last one is not known before all of it was read.
        if let first = pull() {
            from = earliest(of: first)
            to = newest
            waiting.insert(first, at: 0)
        }
    }

    package func next() -> Arrival? {
        if !waiting.isEmpty { return waiting.removeFirst() }
        return pull()
    }

    private func pull() -> Arrival? {
        while waiting.isEmpty, !hasEnded {
            do throws(Diagnostic) {
                switch format {
                case .otlpTraces, .otlpLogs, .otlpMetrics: try readRequest()
                case .exposition where samples != nil: try readSamples()
                case .zipkin, .jaeger, .exposition: try readDocument()
                case .jsonLogs, .textLogs: try readLines()
                }
            } catch {
                warn(error)
            }
        }
        return waiting.isEmpty ? nil : waiting.removeFirst()
    }

    /// At the limit the last one says how many more there are.
    func warn(_ warning: Diagnostic) {
        guard warnings.count >= Self.warningLimit else { return warnings.append(warning) }
        moreWarnings += 1
        let more = Diagnostic(source: path, message: "\(moreWarnings) more \(moreWarnings == 1 ? "line" : "lines") can't be read")
        if moreWarnings == 1 { warnings.append(more) } else { warnings[warnings.count - 1] = more }
    }

    // MARK: - By format

    /// One request a line; a document over several lines is taken whole.
    private func readRequest() throws(Diagnostic) {
        guard let line = try nextLine() else { return }
        lineNumber += 1
        if line.allSatisfy({ $0 <= 0x20 }) { return }
        do throws(WireError) {
            try take(request: line)
        } catch {
            if lineNumber == 1, line.count < size { return try readWholeRequest() }
            throw Diagnostic(source: path, position: SourcePosition(line: lineNumber, column: 1), message: "\(error)")
        }
    }

    private func readWholeRequest() throws(Diagnostic) {
        let body = try wholeFile()
        do throws(WireError) {
            try take(request: body)
        } catch {
            throw Diagnostic(source: path, message: "\(error)")
        }
    }

    private func take(request: [UInt8]) throws(WireError) {
        switch format {
        case .otlpLogs:
            let (batches, outcome) = try OTLP.decodeLogsJSON(request, arrival: now, with: json)
            deliver(.logs(batches), .logs, batches.lazy.flatMap(\.records).map(\.time).max(), outcome)
        case .otlpMetrics:
            let (batches, decoded) = try OTLP.decodeMetricsJSON(request, with: json)
            var (batch, _, outcome) = translator.translate(batches, at: now)
            outcome.merge(decoded)
            deliver(.metrics(batch), .metrics, batch.newest?.precise, outcome)
        default:
            let (batches, outcome) = try OTLP.decodeTracesJSON(request, with: json)
            deliver(.spans(batches), .traces, batches.lazy.flatMap(\.spans).map(\.end).max(), outcome)
        }
    }

    private func readDocument() throws(Diagnostic) {
        let body = try wholeFile()
        if format == .exposition {
            let scrape = Scrape(
                labels: LabelSet([Label("job", "file"), Label("instance", path)]), body: body,
                contentType: body.reversedEnds(with: "# EOF") ? "application/openmetrics-text; version=1.0.0" : "",
                started: now, duration: .zero, interval: .minutes(1))
            waiting.append(Arrival(source: Source(.file, path), time: now, payload: .scrape(scrape)))
            newest = now
            return
        }
        do throws(WireError) {
            let (batches, outcome) = format == .zipkin ? try Zipkin.decode(body, arrival: now) : try JaegerJSON.decode(body)
            deliver(.spans(batches), .traces, batches.lazy.flatMap(\.spans).map(\.end).max(), outcome)
        } catch {
            throw Diagnostic(source: path, message: "\(error)")
        }
    }

    private func readLines() throws(Diagnostic) {
        guard let piece = try nextPiece() else { return }
        let format: LogFormat = self.format == .textLogs ? .text : .auto
        let whole = LogLines(bytes: piece, format: format)
        let (batches, _) = lines.read(whole, arrival: now)
        // Lines without a time were read at `now`; they come with those around them, where any have one.
        let time = batches.lazy.flatMap(\.records).map(\.time).filter { [now] in $0 != now.precise }.max()
        if let time { newest = max(newest, min(time.timestamp, now)) } else if newest == .distantPast { newest = now }
        waiting.append(Arrival(source: Source(.file, path), time: newest, payload: .lines(whole)))
    }

    private func deliver(_ payload: Arrival.Payload, _ signal: Signal, _ time: PreciseTime?, _ outcome: WireOutcome) {
        newest = max(newest, min(time?.timestamp ?? now, now))
        let source = Source(.file, path)
        waiting.append(Arrival(source: source, time: newest, payload: payload))
        guard outcome.rejectedCount > 0 else { return }
        let trouble = Trouble(signal: signal, reason: .malformed, count: outcome.rejectedCount, detail: outcome.detail)
        waiting.append(Arrival(source: source, time: newest, payload: .trouble(trouble)))
    }

    private func earliest(of arrival: Arrival) -> Timestamp {
        let time: PreciseTime? =
            switch arrival.payload {
            case .spans(let spans): spans.rows.lazy.map(\.start).min()
            case .logs(let batches): batches.lazy.flatMap(\.records).map(\.time).min()
            case .lines(let piece): lines.read(piece, arrival: now).batches.lazy.flatMap(\.records).map(\.time).min()
            case .metrics(let batch): batch.oldest?.precise
            case .scrape, .status, .trouble: nil
            }
        return min(time?.timestamp ?? arrival.time, arrival.time)
    }

    // MARK: - Bytes

    private func wholeFile() throws(Diagnostic) -> [UInt8] {
        hasEnded = true
        guard size <= Int64(Self.documentLimit.bytes) else {
            throw Diagnostic(
                source: path, message: "this export is larger than \(Self.documentLimit.bytes >> 20) MiB; split it into several files")
        }
        return try read(at: 0, count: Int(size))
    }

    func read(at offset: Int64, count: Int) throws(Diagnostic) -> [UInt8] {
        var bytes: [UInt8] = []
        do {
            while bytes.count < count {
                let more = try file.read(at: offset + Int64(bytes.count), count: count - bytes.count)
                if more.isEmpty { break }
                bytes += more
            }
        } catch {
            hasEnded = true
            throw Diagnostic(source: path, message: error.detail)
        }
        return bytes
    }

    /// Whole lines, about `pieceLength` bytes of them; nil at the end.
    private func nextPiece() throws(Diagnostic) -> [UInt8]? {
        while true {
            let more = try read(at: offset, count: Self.pieceLength)
            offset += Int64(more.count)
            rest += more
            if more.isEmpty {
                hasEnded = true
                defer { rest = [] }
                return rest.isEmpty || isSkipping ? nil : rest
            }
            if isSkipping {
                guard let end = rest.firstIndex(of: 0x0a) else {
                    rest = []
                    continue
                }
                rest.removeSubrange(...end)
                isSkipping = false
            }
            if let end = rest.lastIndex(of: 0x0a) {
                let piece = Array(rest[...end])
                rest.removeSubrange(...end)
                return piece
            }
            // The reader of lines cuts a long line and says so; more of it than that takes is not worth the memory.
            if rest.count > LogLineReader.maximumLine {
                isSkipping = true
                defer { rest = [] }
                return rest + [0x0a]
            }
        }
    }

    private func nextLine() throws(Diagnostic) -> [UInt8]? {
        while true {
            if let end = rest.firstIndex(of: 0x0a) {
                let line = Array(rest[..<end])
                rest.removeSubrange(...end)
                return line
            }
            let more = try read(at: offset, count: max(Self.pieceLength, rest.count))
            offset += Int64(more.count)
            if more.isEmpty {
                hasEnded = true
                defer { rest = [] }
                return rest.isEmpty ? nil : rest
            }
            rest += more
            if rest.count > Self.documentLimit.bytes {
                hasEnded = true
                throw Diagnostic(source: path, message: "a line is longer than \(Self.documentLimit.bytes >> 20) MiB")
            }
        }
    }
}

extension [UInt8] {
    /// True where `word` stands at the end, but for white space.
    fileprivate func reversedEnds(with word: StaticString) -> Bool {
        var end = count
        while end > 0, self[end - 1] <= 0x20 { end -= 1 }
        return end >= word.utf8CodeUnitCount
            && self[(end - word.utf8CodeUnitCount)..<end].elementsEqual(
                UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
    }
}
