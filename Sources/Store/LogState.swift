import Telemetry

/// A log record in its block.
struct LogRow: Sendable {
    var header: LogHeader
    var offset: UInt32
    /// Among the sources of the store.
    var source: UInt32
}

extension Footprint {
    static func of(_ record: LogRecord) -> Int { 16 + of(record.message) + of(record.severityText) + of(record.attributes) }
}

extension ArenaWriter {
    func record(_ record: LogRecord, origin: UInt32) {
        varint(UInt64(origin))
        string(record.message)
        string(record.severityText)
        attributes(record.attributes)
    }
}

/// The log records as their writer sees them; stands behind the mutex of the logs.
struct LogState: Sendable {
    var rows: RowWriter<LogRow>
    private(set) var sources = AppendOnly<Source>()
    private var sourceIDs: [Source: UInt32] = [:]
    private(set) var ingested: UInt64 = 0
    private(set) var evicted: UInt64 = 0
    private(set) var count = 0

    init(pool: SlabPool, turns: Turns, budget: Int) { rows = RowWriter(pool: pool, turns: turns, budget: budget) }

    var bytes: Int { rows.bytes + sources.count * 256 }

    /// `services` are those of the batches.
    mutating func append(_ batches: [LogBatch], services: [Symbol], from source: Source, at now: Timestamp) -> LogOutcome {
        var outcome = LogOutcome()
        let source = id(of: source)
        for (batch, service) in zip(batches, services) {
            var origin = BatchOrigin(resource: batch.resource, scope: batch.scope)
            for record in batch.records {
                let isTaken = append(record, service, source, &origin, at: now)
                if isTaken { outcome.accepted += 1 } else { outcome.tooLarge += 1 }
            }
        }
        ingested += UInt64(outcome.accepted)
        count += outcome.accepted
        return outcome
    }

    private mutating func append(
        _ record: LogRecord, _ service: Symbol, _ source: UInt32, _ origin: inout BatchOrigin, at now: Timestamp
    ) -> Bool {
        guard rows.reserve(Footprint.of(record), origin, atSeal: { $0.sortByTime() }), let open = rows.blocks.open else {
            return false
        }
        let origin = rows.offset(of: &origin)
        let offset = UInt32(rows.arena.used)
        rows.arena.record(record, origin: origin)
        let header = LogHeader(
            ref: LogRef(block: open.block.number, row: UInt32(open.count)), time: record.time, traceID: record.traceID,
            spanID: record.spanID,
            service: service, severity: record.severity)
        rows.write(LogRow(header: header, offset: offset, source: source), time: record.time.nanoseconds, at: now)
        return true
    }

    /// Beyond the limit of sources lines are told to be of the last one.
    private mutating func id(of source: Source) -> UInt32 {
        if let id = sourceIDs[source] { return id }
        guard sources.count < TelemetryStore.sourceLimit else { return UInt32(sources.count - 1) }
        let id = UInt32(sources.count)
        sources.append(source)
        sourceIDs[source] = id
        return id
    }

    /// False when there is no block.
    mutating func evictOldest() -> Bool {
        if rows.blocks.sealed.isEmpty { rows.seal { $0.sortByTime() } }
        guard let oldest = rows.blocks.sealed.first else { return false }
        evicted += UInt64(oldest.count)
        count -= oldest.count
        rows.removeSealed(at: 0)
        return true
    }
}

extension RowBlockView<LogRow> {
    mutating func sortByTime() { if !isSorted { order = timeOrder() } }

    /// The rows by time, equal ones by arrival.
    func timeOrder() -> [UInt32] {
        (0..<UInt32(count)).sorted { a, b in
            let (first, second) = (block.row(Int(a)).pointee.header.time, block.row(Int(b)).pointee.header.time)
            return first < second || first == second && a < b
        }
    }
}
