import Telemetry

/// The spans as their writer sees them; stands behind the mutex of the traces.
struct TraceState: Sendable {
    /// From so many spans on, a trace keeps sets of what it has; below, its chain is walked.
    private static let censusThreshold = 32
    /// What a trace takes beside its spans: its summary, and its place in the index.
    private static let traceCost = MemoryLayout<TraceSummary>.stride + 48
    private static let censusCost = 64

    /// The two sides of a call may share one span id.
    private struct SpanKey: Hashable, Sendable {
        let id: SpanID
        let isServerSide: Bool
        init(_ id: SpanID, _ kind: SpanKind, isShared: Bool) {
            self.id = id
            isServerSide = isShared || kind == .server || kind == .consumer
        }
        init(_ header: SpanHeader) { self.init(header.spanID, header.kind, isShared: header.isShared) }
    }
    private struct Census: Sendable {
        var spans: Set<SpanKey> = []
        var services: Set<Symbol> = []
    }

    var rows: RowWriter<SpanRow>
    private(set) var summaries = SegmentedTable<TraceSummary>()
    private var slots: [TraceID: Int] = [:]
    private var censuses: [Int: Census] = [:]
    private var censusCount = 0
    private(set) var ingested: UInt64 = 0
    private(set) var evicted: UInt64 = 0
    private(set) var spanCount = 0

    init(pool: SlabPool, turns: Turns, budget: Int) { rows = RowWriter(pool: pool, turns: turns, budget: budget) }

    var traceCount: Int { slots.count }
    var bytes: Int { rows.bytes + (summaries.endIndex - summaries.base) * Self.traceCost + censusCount * Self.censusCost }

    mutating func append(_ batches: [SpanBatch], names: [SpanNames], at now: Timestamp) -> SpanOutcome {
        var outcome = SpanOutcome()
        var index = 0
        for batch in batches {
            var origin = BatchOrigin(resource: batch.resource, scope: batch.scope)
            for span in batch.spans {
                append(span, names[index], &origin, at: now, &outcome)
                index += 1
            }
        }
        ingested += UInt64(outcome.accepted)
        spanCount += outcome.accepted
        return outcome
    }

    private mutating func append(
        _ span: Span, _ names: SpanNames, _ origin: inout BatchOrigin, at now: Timestamp, _ outcome: inout SpanOutcome
    ) {
        guard span.traceID.isValid, span.spanID.isValid else { return outcome.invalidIDs += 1 }
        let slot = slots[span.traceID]
        let known = slot.map { look(for: span, service: names.service, inTrace: $0) } ?? (span: false, service: false)
        if known.span { return outcome.duplicates += 1 }
        guard rows.reserve(Footprint.of(span), origin), let open = rows.blocks.open else { return outcome.tooLarge += 1 }
        let offset = write(span, names, &origin)
        let ref = SpanRef(block: open.block.number, row: UInt32(open.count))
        let header = SpanHeader(
            ref: ref, traceID: span.traceID, spanID: span.spanID, parentSpanID: span.parentSpanID, start: span.start,
            duration: span.duration,
            service: names.service, version: names.version, name: names.name, peer: names.peer, kind: span.kind, status: span.status,
            peerKind: names.peerKind, isShared: span.isShared)
        rows.write(
            SpanRow(header: header, offset: offset, previous: slot.map { summaries[$0].last } ?? .none), time: span.start.nanoseconds,
            at: now)
        count(header, slot: slot, isNewService: !known.service)
        outcome.accepted += 1
    }

    private mutating func write(_ span: Span, _ names: SpanNames, _ origin: inout BatchOrigin) -> UInt32 {
        let origin = rows.offset(of: &origin)
        let offset = UInt32(rows.arena.used)
        rows.arena.span(span, origin: origin, writesName: names.isNameCut)
        return offset
    }

    /// Whether the trace has this span, and any span of its service, already.
    private func look(for span: Span, service: Symbol, inTrace slot: Int) -> (span: Bool, service: Bool) {
        let key = SpanKey(span.spanID, span.kind, isShared: span.isShared)
        if let census = censuses[slot] { return (census.spans.contains(key), census.services.contains(service)) }
        var hasService = false
        var ref = summaries[slot].last
        while let row = row(ref) {
            if SpanKey(row.pointee.header) == key { return (true, true) }
            if row.pointee.header.service == service { hasService = true }
            ref = row.pointee.previous
        }
        return (false, hasService)
    }
    private func row(_ ref: SpanRef) -> UnsafePointer<SpanRow>? {
        if let open = rows.blocks.open, open.block.number == ref.block { return open.block.row(Int(ref.row)) }
        return ref == .none ? nil : rows.blocks.row(block: ref.block, ref.row)?.row
    }

    private mutating func count(_ header: SpanHeader, slot known: Int?, isNewService: Bool) {
        let slot = known ?? open(header)
        summaries[slot].include(header, isNewService: isNewService)
        if censuses[slot] != nil {
            censuses[slot]?.spans.insert(SpanKey(header))
            censuses[slot]?.services.insert(header.service)
            censusCount += 1
        } else if summaries[slot].spanCount >= Self.censusThreshold {
            takeCensus(slot)
        }
    }
    private mutating func open(_ header: SpanHeader) -> Int {
        let slot = summaries.endIndex
        summaries.append(TraceSummary(first: header))
        slots[header.traceID] = slot
        return slot
    }
    private mutating func takeCensus(_ slot: Int) {
        var census = Census()
        var ref = summaries[slot].last
        while let row = row(ref) {
            census.spans.insert(SpanKey(row.pointee.header))
            census.services.insert(row.pointee.header.service)
            ref = row.pointee.previous
        }
        censusCount += census.spans.count
        censuses[slot] = census
    }
}

extension TraceState {
    /// Sheds each trace that has a span in the oldest block; false when there is no block.
    mutating func evictOldest() -> Bool {
        if rows.blocks.sealed.isEmpty { rows.seal() }
        guard let oldest = rows.blocks.sealed.first else { return false }
        for index in 0..<oldest.count {
            let id = oldest.block.row(index).pointee.header.traceID
            if !rows.blocks.sealed[0].isDead(index), let slot = slots[id] { shed(slot, id) }
        }
        rows.removeSealed { $0.deadCount == $0.count }
        summaries.trim { $0.spanCount == 0 }
        return true
    }

    private mutating func shed(_ slot: Int, _ id: TraceID) {
        var ref = summaries[slot].last
        while ref != .none, let index = rows.blocks.index(ofBlock: ref.block) {
            let view = index == rows.blocks.sealed.count ? rows.blocks.open : rows.blocks.sealed[index]
            guard let view else { break }
            let previous = view.block.row(Int(ref.row)).pointee.previous
            if index == rows.blocks.sealed.count {
                rows.blocks.open?.kill(Int(ref.row))
            } else {
                rows.blocks.sealed[index].kill(Int(ref.row))
            }
            ref = previous
        }
        let count = Int(summaries[slot].spanCount)
        evicted += UInt64(count)
        spanCount -= count
        summaries[slot].spanCount = 0
        slots[id] = nil
        if let census = censuses.removeValue(forKey: slot) { censusCount -= census.spans.count }
    }
}

extension TraceSummary {
    fileprivate init(first header: SpanHeader) {
        self.init(
            traceID: header.traceID, start: header.start, end: header.end, spanCount: 0, errorCount: 0, serviceCount: 0, rootRank: 0,
            rootStart: header.start, root: header.ref, rootService: header.service, rootName: header.name, last: header.ref)
    }
    fileprivate mutating func include(_ header: SpanHeader, isNewService: Bool) {
        start = min(start, header.start)
        end = max(end, header.end)
        spanCount &+= 1
        if header.status == .error { errorCount &+= 1 }
        if isNewService { serviceCount &+= 1 }
        last = header.ref
        let rank: UInt8 = header.parentSpanID.isValid ? 0 : header.isShared ? 1 : 2
        guard rank > rootRank || rank == rootRank && header.start < rootStart else { return }
        rootRank = rank
        rootStart = header.start
        root = header.ref
        rootService = header.service
        rootName = header.name
    }
}
