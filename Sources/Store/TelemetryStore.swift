import Synchronization
import Telemetry

/// Telemetry of all three signals in memory, within one byte budget; written from any thread, read through snapshots.
///
/// Each signal stands behind a mutex of its own, taken once a batch. When the budget is passed, the oldest block of any signal goes, by the order
/// in which they were filled, not by the times they claim; but a signal that holds less than an eighth of the budget keeps what it has.
package final class TelemetryStore: Sendable {
    /// More sources are not told of.
    package static let sourceLimit = 10_000
    private static let slabSizes = (16 << 10)...(256 << 10)

    package let budget: ByteCount
    let traces: Mutex<TraceState>
    let logs: Mutex<LogState>
    let metrics: Mutex<MetricState>
    private let sources = Mutex(SourceBook())
    private let drops = Mutex<[Signal: [DropReason: UInt64]]>([:])
    /// The strings of traces and logs.
    private let strings: StringPool
    private let version = Atomic<UInt64>(0)
    private let traceBytes = Atomic<Int>(0)
    private let logBytes = Atomic<Int>(0)
    private let metricBytes = Atomic<Int>(0)
    private let eviction = Mutex(())
    /// What the books may come to: a sixteenth is left for what they don't see, such as spare slabs, copies for snapshots, gaps of the allocator.
    private var bookLimit: Int { budget.bytes - budget.bytes / 16 }

    /// Samples older than `retention`, counted from those that came last, go even where the budget has room for them.
    /// `checksHistograms`: native histograms that contradict themselves are refused.
    package init(
        budget: ByteCount = .mebibytes(512), seriesLimit: Int = 1_000_000, retention: TimeSpan? = nil, checksHistograms: Bool = true
    ) {
        self.budget = budget
        let size = min(max(budget.bytes / 256, Self.slabSizes.lowerBound), Self.slabSizes.upperBound) & ~4095
        let pool = SlabPool(slabSize: size)
        let turns = Turns()
        strings = StringPool(limit: budget.bytes / 8)
        traces = Mutex(TraceState(pool: pool, turns: turns, budget: budget.bytes))
        logs = Mutex(LogState(pool: pool, turns: turns, budget: budget.bytes))
        metrics = Mutex(
            MetricState(
                pool: pool, turns: turns, budget: budget.bytes, seriesLimit: seriesLimit, retention: retention,
                checksHistograms: checksHistograms))
    }

    deinit { metrics.withLock { $0.close() } }

    /// Spans of any order; what is refused is counted in the accounting too.
    @discardableResult package func append(_ spans: PackedSpans, at now: Timestamp) -> SpanOutcome {
        let batches = spans.batches
        let names = SpanNames.of(batches, in: strings)
        let outcome = traces.withLock { state in
            defer { traceBytes.store(state.bytes, ordering: .relaxed) }
            return state.append(batches, names: names, at: now)
        }
        countDropped(.traces, .duplicate, outcome.duplicates)
        countDropped(.traces, .invalidID, outcome.invalidIDs)
        countDropped(.traces, .tooLarge, outcome.tooLarge)
        return changed(outcome)
    }

    @discardableResult package func append(_ batches: [SpanBatch], at now: Timestamp) -> SpanOutcome {
        append(PackedSpans(batches), at: now)
    }

    /// Records of any order; what is refused is counted in the accounting too.
    @discardableResult package func append(_ batches: [LogBatch], from source: Source, at now: Timestamp) -> LogOutcome {
        let services = strings.intern { intern in batches.map { intern(SpanNames.cut($0.resource.serviceName)) } }
        let outcome = logs.withLock { state in
            defer { logBytes.store(state.bytes, ordering: .relaxed) }
            return state.append(batches, services: services, from: source, at: now)
        }
        countDropped(.logs, .tooLarge, outcome.tooLarge)
        return changed(outcome)
    }

    /// The series of `labels`, made if new; nil when the limit of series or their share of the budget (half) is reached, which is counted.
    package func series(for labels: LabelSet) -> SeriesID? { series(for: .empty, with: labels) }
    /// The same for the labels of a text and `labels` together, which must have no name in common.
    package func series(for text: LabelText, with labels: LabelSet) -> SeriesID? {
        let id = metrics.withLock { state in
            defer { metricBytes.store(state.bytes, ordering: .relaxed) }
            return state.id(for: text, with: labels)?.id
        }
        if id == nil { countDropped(.metrics, .seriesLimit, 1) }
        return id
    }
    /// The series of many label sets under one lock, of which at most `limit` are made; nil for those that there is no room for, which is counted.
    package func resolve(_ labels: [LabelSet], limit: Int? = nil) -> [SeriesID?] {
        let ids = metrics.withLock { state in
            defer { metricBytes.store(state.bytes, ordering: .relaxed) }
            var made = 0
            return labels.map { labels -> SeriesID? in
                guard let (id, isNew) = state.id(with: labels, mayAdd: limit.map { made < $0 } ?? true) else { return nil }
                made += isNew ? 1 : 0
                return id
            }
        }
        countDropped(.metrics, .seriesLimit, ids.count { $0 == nil })
        return ids
    }

    /// Samples of many series, ascending by time within each; what is refused is counted in the accounting too.
    @discardableResult package func append(_ samples: [SeriesSample]) -> SampleOutcome { appendSamples { $0.append(samples) } }
    /// One sample for each of many series, all at one time: the quick way for a scrape.
    @discardableResult package func append(
        at time: Timestamp, _ ids: UnsafeBufferPointer<SeriesID>, _ values: UnsafeBufferPointer<Double>
    ) -> SampleOutcome {
        appendSamples { $0.append(at: time, ids, values) }
    }
    /// Native histograms, ascending by time within each series; a series may have floating-point samples too, at other times.
    @discardableResult package func append(_ histograms: [SeriesHistogram]) -> SampleOutcome { appendSamples { $0.append(histograms) } }

    private func appendSamples(_ append: (inout MetricState) -> SampleOutcome) -> SampleOutcome {
        let outcome = metrics.withLock { state in
            defer { metricBytes.store(state.bytes, ordering: .relaxed) }
            return append(&state)
        }
        countDropped(.metrics, .outOfOrder, outcome.outOfOrder)
        countDropped(.metrics, .duplicate, outcome.duplicates)
        countDropped(.metrics, .malformed, outcome.unknownSeries + outcome.invalid)
        return changed(outcome)
    }

    /// Keeps `exemplar` unless it is the newest of its series already, or older than that. One with more text than OpenMetrics allows is only counted
    /// in the accounting, as too large.
    @discardableResult package func append(_ exemplar: Exemplar, to series: SeriesID) -> SampleOutcome {
        var outcome = SampleOutcome()
        guard ExemplarRing.takes(exemplar) else {
            countDropped(.metrics, .tooLarge, 1)
            return outcome
        }
        metrics.withLock { state in
            guard state.contains(series) else { return outcome.unknownSeries += 1 }
            if case .outOfOrder = state.exemplars.append(exemplar, to: series) { outcome.outOfOrder += 1 } else { outcome.accepted += 1 }
            metricBytes.store(state.bytes, ordering: .relaxed)
        }
        return changed(outcome)
    }

    package func setMetadata(_ metadata: MetricMetadata, family: String) { metrics.withLock { $0.setMetadata(metadata, family: family) } }

    /// Changes the status of `source`, made (waiting) if new.
    package func update(_ source: Source, _ change: (inout SourceStatus) -> Void) {
        sources.withLock { $0.update(source, change) }
        version.wrappingAdd(1, ordering: .relaxed)
    }

    /// Counts what was lost before it came to the store; what the store itself refuses it counts by itself.
    package func countDropped(_ signal: Signal, _ reason: DropReason, _ count: Int) {
        guard count > 0 else { return }
        drops.withLock { $0[signal, default: [:]][reason, default: 0] &+= UInt64(count) }
    }

    private func changed<Outcome>(_ outcome: Outcome) -> Outcome {
        version.wrappingAdd(1, ordering: .relaxed)
        keepBudget()
        return outcome
    }
}

extension TelemetryStore {
    /// This version of everything: microseconds, whatever the store holds. Any thread.
    package func snapshot() -> StoreSnapshot {
        let version = version.load(ordering: .relaxed)
        var accounting = StoreAccounting()
        accounting.budget = budget
        let metrics = metrics.withLock { state in
            accounting.take(state)
            return MetricSnapshot(&state)
        }
        // What the rows of a state refer to was interned before, so the strings are taken after them.
        let traces = traces.withLock { state in
            accounting.take(state, strings: strings.bytes)
            return TraceSnapshot(state, strings: strings.table)
        }
        let logs = logs.withLock { state in
            accounting.take(state)
            return LogSnapshot(state, strings: strings.table)
        }
        accounting.dropped = drops.withLock { $0 }
        return StoreSnapshot(
            version: version, metrics: metrics, traces: traces, logs: logs, sources: sources.withLock { $0.statuses },
            accounting: accounting)
    }

    /// What a snapshot would tell of the sources.
    package var statuses: [SourceStatus] { sources.withLock { $0.statuses } }

    private var bytesHeld: [(signal: Signal, bytes: Int)] {
        [
            (.traces, traceBytes.load(ordering: .relaxed) + strings.bytes), (.logs, logBytes.load(ordering: .relaxed)),
            (.metrics, metricBytes.load(ordering: .relaxed)),
        ]
    }

    private func keepBudget() {
        guard bytesHeld.reduce(0, { $0 + $1.bytes }) > bookLimit else { return }
        eviction.withLock { _ in
            while true {
                let held = bytesHeld
                guard held.reduce(0, { $0 + $1.bytes }) > bookLimit, evictOldest(held) else { return }
            }
        }
    }

    /// Evicts a block of the signal whose oldest block was sealed first, among those that hold more than their floor.
    private func evictOldest(_ held: [(signal: Signal, bytes: Int)]) -> Bool {
        let candidates = held.filter { $0.bytes > budget.bytes / 8 }.map {
            (signal: $0.signal, turn: oldestTurn(of: $0.signal), bytes: $0.bytes)
        }
        // Where nothing is sealed yet, the largest gives what it has.
        let order = candidates.sorted { ($0.turn, -$0.bytes) < ($1.turn, -$1.bytes) }
        return order.contains { evictOldest(of: $0.signal) }
    }
    private func oldestTurn(of signal: Signal) -> UInt64 {
        switch signal {
        case .traces: traces.withLock { $0.rows.blocks.sealed.first?.turn ?? .max }
        case .logs: logs.withLock { $0.rows.blocks.sealed.first?.turn ?? .max }
        case .metrics: metrics.withLock { $0.oldestTurn }
        }
    }
    private func evictOldest(of signal: Signal) -> Bool {
        switch signal {
        case .traces:
            traces.withLock { state in
                defer { traceBytes.store(state.bytes, ordering: .relaxed) }
                return state.evictOldest()
            }
        case .logs:
            logs.withLock { state in
                defer { logBytes.store(state.bytes, ordering: .relaxed) }
                return state.evictOldest()
            }
        case .metrics:
            metrics.withLock { state in
                defer { metricBytes.store(state.bytes, ordering: .relaxed) }
                return state.evictOldest()
            }
        }
    }
}

/// What each source is doing, in the order of their first mention.
private struct SourceBook: Sendable {
    private(set) var statuses: [SourceStatus] = []
    private var places: [Source: Int] = [:]

    mutating func update(_ source: Source, _ change: (inout SourceStatus) -> Void) {
        if let place = places[source] { return change(&statuses[place]) }
        guard statuses.count < TelemetryStore.sourceLimit else { return }
        var status = SourceStatus(source: source)
        change(&status)
        places[source] = statuses.count
        statuses.append(status)
    }
}
