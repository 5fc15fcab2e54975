import Ports
import Telemetry
import Wire

/// One file of a recording being read: arrivals in order, until its end or a tear.
final class RecordedFile {
    private static let readSize = 64 << 10
    private static let inflateSize = 512 << 10

    let kind: RecordingFormat.Kind
    let path: String
    private let file: any OpenFile
    private let decompressor: any Decompressor
    private let codec: any RequestCodec
    private var offset: Int64 = 0
    private var input: ArraySlice<UInt8> = []
    private var buffer: [UInt8] = []
    private var start = 0
    private var isExhausted = false
    private var pages: [Source: [UInt8]] = [:]
    private var pageBytes = 0
    /// The next arrival's header and where the rest of it stands in `buffer`.
    private var next: (header: ArrivalHeader, payload: Range<Int>, end: Int)?
    private var unreadable = 0
    private(set) var damage: String?

    init(kind: RecordingFormat.Kind, path: String, files: any Files, codec: any RequestCodec) throws(FileFailure) {
        self.kind = kind
        self.path = path
        self.codec = codec
        file = try files.open(path)
        decompressor = files.makeDecompressor()
    }

    /// What was lost, once the file has been read to its end; nil where nothing was.
    var loss: Diagnostic? {
        guard unreadable > 0 || damage != nil else { return nil }
        let parts = [unreadable > 0 ? "\(unreadable) \(unreadable == 1 ? "entry" : "entries") can't be read" : nil, damage].compactMap {
            $0
        }
        return Diagnostic(source: path, message: parts.joined(separator: "; ") + "; the rest of the recording is used")
    }

    /// The header of the next arrival; nil at the end.
    func peek() -> ArrivalHeader? {
        while next == nil {
            guard let line = nextLine() else { return nil }
            guard advance(over: line) else { return nil }
        }
        return next?.header
    }

    /// The next arrival; nil where it can't be read, which is counted, or at the end.
    func take() -> Arrival? {
        guard peek() != nil, let next else { return nil }
        defer { release(upTo: next.end) }
        guard let payload = payload(next.header, next.payload) else {
            unreadable += 1
            return nil
        }
        return Arrival(source: next.header.source, time: next.header.time, payload: payload)
    }

    /// Steps over the next arrival, decoding no more than later ones need.
    func skip() {
        guard peek() != nil, let next else { return }
        if kind == .scrapes { _ = payload(next.header, next.payload) }
        release(upTo: next.end)
    }

    private func release(upTo end: Int) {
        start = end
        next = nil
    }

    /// Sets `next` from a header line, with its body where it has one; false when the file ends within it.
    private func advance(over line: Range<Int>) -> Bool {
        guard let (header, rest) = header(in: line) else {
            unreadable += 1
            start = line.upperBound + 1
            return true
        }
        guard kind.hasBodies else {
            next = (header, kind == .events ? line : rest..<line.upperBound, line.upperBound + 1)
            return true
        }
        let bodyOffset = line.upperBound + 1 - start
        while buffer.count - start < bodyOffset + header.length + 1 {
            guard fill() else {
                tear()
                return false
            }
        }
        let body = start + bodyOffset
        next = (header, body..<(body + header.length), body + header.length + 1)
        return true
    }

    /// The header, and where a request goes on behind it.
    private func header(in line: Range<Int>) -> (ArrivalHeader, rest: Int)? {
        buffer.withUnsafeBytes { bytes -> (ArrivalHeader, rest: Int)? in
            var reader = HeaderReader(UnsafeRawBufferPointer(rebasing: bytes[line]))
            if kind.hasBodies || kind == .events { return reader.value().flatMap(ArrivalHeader.init).map { ($0, line.upperBound) } }
            guard reader.take(UInt8(ascii: "{")), reader.value()?.string == "arrival", reader.take(UInt8(ascii: ":")),
                let header = reader.value().flatMap(ArrivalHeader.init)
            else { return nil }
            return (header, line.lowerBound + reader.position)
        }
    }

    /// The next line without its newline; nil at the end.
    private func nextLine() -> Range<Int>? {
        var searched = 0
        while true {
            let found = buffer.withUnsafeBytes { $0.firstNewline(from: start + searched) }
            if let found { return start..<found }
            searched = buffer.count - start
            guard searched <= RecordingFormat.lineLimit, fill() else {
                if searched > 0 { tear() }
                return nil
            }
        }
    }

    private func tear() {
        start = buffer.count
        isExhausted = true
        if damage == nil { damage = "its end is torn off" }
    }

    /// Adds inflated bytes to `buffer`; false at the end.
    private func fill() -> Bool {
        if start > 0 {
            buffer.removeSubrange(..<start)
            start = 0
        }
        while !isExhausted {
            do {
                if input.isEmpty {
                    let bytes = try file.read(at: offset, count: Self.readSize)
                    offset += Int64(bytes.count)
                    input = bytes[...]
                    isExhausted = bytes.isEmpty
                }
                let (output, consumed) = try decompressor.decompress(input, limit: Self.inflateSize)
                input = input.dropFirst(consumed)
                if isExhausted, !decompressor.isComplete { damage = "its end is torn off" }
                if output.isEmpty, consumed == 0, !input.isEmpty { input = [] }
                if !output.isEmpty {
                    buffer += output
                    return true
                }
            } catch {
                isExhausted = true
                damage =
                    "it is damaged (\((error as? FileFailure)?.detail ?? "no gzip from byte \(max(0, offset - Int64(input.count))) on"))"
            }
        }
        return false
    }
}

extension RecordedFile {
    private func payload(_ header: ArrivalHeader, _ range: Range<Int>) -> Arrival.Payload? {
        switch kind {
        case .scrapes: scrape(header, range).map(Arrival.Payload.scrape)
        case .lines: .lines(LogLines(header.value, bytes: Array(buffer[range])))
        case .spans: request(range) { bytes throws(Diagnostic) in try codec.decodeSpans(bytes) }.map { .spans($0) }
        case .records:
            request(range) { bytes throws(Diagnostic) in try codec.decodeLogs(bytes, arrival: header.time) }.map(Arrival.Payload.logs)
        case .samples: (try? RemoteWrite.decode(Array(buffer[range]))).map { .metrics($0.batch) }
        case .events: SourceChange(header.value).map(Arrival.Payload.status) ?? Trouble(header.value).map(Arrival.Payload.trouble)
        }
    }

    private func scrape(_ header: ArrivalHeader, _ range: Range<Int>) -> Scrape? {
        var body: [UInt8]
        if header.value["form"]?.string == "changes" {
            guard let earlier = pages[header.source] else { return nil }
            let changed = buffer.withUnsafeBytes {
                PageChanges.apply(UnsafeRawBufferPointer(rebasing: $0[range]), to: earlier, limit: RecordingFormat.bodyLimit)
            }
            guard let changed else { return nil }
            body = changed
        } else {
            body = Array(buffer[range])
        }
        if !body.isEmpty { keep(body, of: header.source) }
        return Scrape(header.value, body: body)
    }

    private func keep(_ page: [UInt8], of source: Source) {
        if let old = pages.removeValue(forKey: source) { pageBytes -= old.count }
        guard pageBytes + page.count <= RecordingFormat.pageMemoryLimit else { return }
        pages[source] = page
        pageBytes += page.count
    }

    /// Decodes the members behind `arrival` as an object of their own: the byte before them is made its opening brace.
    private func request<Batch>(_ rest: Range<Int>, _ decode: (UnsafeRawBufferPointer) throws(Diagnostic) -> [Batch]) -> [Batch]? {
        guard let first = rest.first else { return nil }
        if buffer[first] == UInt8(ascii: "}") { return [] }
        guard buffer[first] == UInt8(ascii: ",") else { return nil }
        buffer[first] = UInt8(ascii: "{")
        return buffer.withUnsafeBytes { try? decode(UnsafeRawBufferPointer(rebasing: $0[rest])) }
    }
}

extension UnsafeRawBufferPointer {
    /// The offset of the next newline, looked for eight bytes at a time.
    fileprivate func firstNewline(from start: Int) -> Int? {
        var position = start
        while position + 8 <= count {
            let word = loadUnaligned(fromByteOffset: position, as: UInt64.self) ^ 0x0a0a_0a0a_0a0a_0a0a
            let found = (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
            if found != 0 { return position + (UInt64(littleEndian: found).trailingZeroBitCount >> 3) }
            position += 8
        }
        while position < count {
            if self[position] == 0x0a { return position }
            position += 1
        }
        return nil
    }
}
