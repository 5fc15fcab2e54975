import Telemetry

/// The log records of one version of the store.
package struct LogSnapshot: Sendable {
    package let strings: StringTable
    package let count: Int
    let blocks: RowBlocks<LogRow>
    private let sources: AppendOnly<Source>

    init(_ state: borrowing LogState, strings: StringTable) {
        self.strings = strings
        count = state.count
        blocks = state.rows.blocks
        sources = state.sources
    }

    /// Each record in `range` by time, equal ones by arrival, or all this backwards, until `body` says false. A range up to the end of time
    /// includes it.
    package func forEach(in range: Range<PreciseTime>, newestFirst: Bool = false, _ body: (borrowing LogHeader) -> Bool) {
        var merge = LogMerge(blocks, in: range, newestFirst: newestFirst)
        while let row = merge.next() { if !body(row.pointee.header) { return } }
    }

    package func header(_ ref: LogRef) -> LogHeader? { blocks.row(block: ref.block, ref.row)?.row.pointee.header }

    /// The whole record, as it came.
    package func record(_ ref: LogRef) -> LogRecord? {
        guard let header = header(ref), var reader = reader(of: ref) else { return nil }
        let message = reader.string()
        let severityText = reader.string()
        return LogRecord(
            time: header.time, severity: header.severity, severityText: severityText, message: message, attributes: reader.attributes(),
            traceID: header.traceID, spanID: header.spanID)
    }
    /// Empty where the record is not kept.
    package func message(of ref: LogRef) -> String { withMessage(of: ref) { String(decoding: $0, as: UTF8.self) } }
    /// Gives `body` the bytes of the message, without making a string.
    package func withMessage<Result>(of ref: LogRef, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        guard let place = blocks.row(block: ref.block, ref.row) else { return body(UnsafeBufferPointer(start: nil, count: 0)) }
        return withExtendedLifetime(place.block) {
            var reader = place.block.reader(at: place.row.pointee.offset)
            _ = reader.varint()
            return body(reader.bytes())
        }
    }
    /// One attribute of the record itself, without decoding the others.
    package func attribute(_ key: String, of ref: LogRef) -> AttributeValue? {
        guard var reader = reader(of: ref) else { return nil }
        _ = reader.bytes()
        _ = reader.bytes()
        return reader.attribute(key)
    }
    package func resource(of ref: LogRef) -> Resource? {
        var reader = origin(of: ref)
        return reader?.resource()
    }
    package func scope(of ref: LogRef) -> InstrumentationScope? {
        var reader = origin(of: ref)
        return reader?.scope()
    }
    /// The file or receiver that it came from.
    package func source(of ref: LogRef) -> Source? {
        blocks.row(block: ref.block, ref.row).map { sources[Int($0.row.pointee.source)] }
    }

    /// By time, then arrival. Looks at each record: about 1 ms for 300,000.
    package func records(ofTrace id: TraceID) -> [LogHeader] {
        var out: [LogHeader] = []
        blocks.forEach { view in
            for index in 0..<view.count where view.block.row(index).pointee.header.traceID == id {
                out.append(view.block.row(index).pointee.header)
            }
        }
        out.sort { ($0.time, $0.ref) < ($1.time, $1.ref) }
        return out
    }

    /// At the message.
    private func reader(of ref: LogRef) -> ArenaReader? {
        guard let (block, row) = blocks.row(block: ref.block, ref.row) else { return nil }
        var reader = block.reader(at: row.pointee.offset)
        _ = reader.varint()
        return reader
    }
    private func origin(of ref: LogRef) -> ArenaReader? {
        guard let (block, row) = blocks.row(block: ref.block, ref.row) else { return nil }
        var reader = block.reader(at: row.pointee.offset)
        return block.reader(at: UInt32(truncatingIfNeeded: reader.varint()))
    }
}
