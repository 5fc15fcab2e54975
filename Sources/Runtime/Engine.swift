import Recordings
import Store
import Synchronization
import Telemetry
import Wire

/// Takes every arrival: decodes what came raw, gives it to the store, keeps the sources' status, and writes the recording.
///
/// May be called from any thread. What is decoded by line or by page has its memory of the source here, behind one lock; spans and log
/// records come decoded and go straight to the store.
package final class Engine: ArrivalSink {
    package let store: TelemetryStore
    private let scrapes = ScrapeIntake()
    private let tails: Mutex<[Source: LogLineReader]> = Mutex([:])
    /// While a recording is on, its lock is held from the store to the file, so that a replay comes in the same order.
    private let recorder = Mutex(Recorder())
    private let isStopping = Mutex(false)
    private let whenRecording = Mutex<(@Sendable () -> Void)?>(nil)

    /// The writer is touched under the lock alone, whichever thread it is.
    private struct Recorder: @unchecked Sendable { var writer: RecordingWriter? }

    package init(store: TelemetryStore) { self.store = store }

    @discardableResult
    package func accept(_ arrival: Arrival) -> Admission {
        if isStopping.withLock({ $0 }) { return Admission(detail: "dogwatch is stopping", isOverloaded: true) }
        guard isRecording else { return take(arrival) }
        return recorder.withLock { recorder in
            let admission = take(arrival)
            recorder.writer?.append(arrival)
            return admission
        }
    }

    /// Refuses everything from now on, so that what has been accepted is all there is.
    package func stop() { isStopping.withLock { $0 = true } }

    // MARK: - Recording

    package var isRecording: Bool { recorder.withLock { $0.writer != nil } }

    /// Writes what is accepted from now on; a recording that was on is closed first.
    package func record(into writer: sending RecordingWriter) {
        let next = Recorder(writer: writer)
        recorder.withLock { current in
            current.writer?.close()
            current = next
        }
        whenRecording.withLock { $0 }?()
    }
    /// Calls `body` whenever a recording begins.
    package func whenRecording(_ body: @escaping @Sendable () -> Void) { whenRecording.withLock { $0 = body } }

    /// Brings to disk what was written; the first failure since the last call.
    package func flushRecording(at now: Timestamp) -> Diagnostic? {
        recorder.withLock { recorder in
            recorder.writer?.flush(at: now)
            return recorder.writer?.takeFailure()
        }
    }

    package func endRecording() {
        recorder.withLock { recorder in
            recorder.writer?.close()
            recorder.writer = nil
        }
    }

    // MARK: - By payload

    private func take(_ arrival: Arrival) -> Admission {
        switch arrival.payload {
        case .scrape(let scrape): takeScrape(scrape, arrival)
        case .lines(let lines): takeLines(lines, arrival)
        case .spans(let spans): takeSpans(spans, arrival)
        case .logs(let batches): takeRecords(batches, arrival)
        case .metrics(let batch): takeSamples(batch, arrival)
        case .status(let change): takeStatus(change, arrival)
        case .trouble(let trouble): takeTrouble(trouble, arrival)
        }
    }

    private func takeScrape(_ scrape: Scrape, _ arrival: Arrival) -> Admission {
        let report = scrapes.take(scrape, from: arrival.source, into: store)
        let refusal = report.lost
        if let refusal { store.countDropped(.metrics, refusal.reason, refusal.count) }
        store.countDropped(.metrics, .outOfBounds, report.outOfBounds)
        store.update(arrival.source) { status in
            status.arrivals &+= 1
            status.bytes &+= UInt64(scrape.body.count)
            status.items &+= UInt64(report.samples)
            status.recent.add(report.samples, at: arrival.time)
            status.lastArrival = arrival.time
            status.scrapeDuration = scrape.duration
            status.interval = scrape.interval
            status.count(.outOfOrder, report.outOfOrder)
            status.count(.duplicate, report.duplicates)
            status.count(.outOfBounds, report.outOfBounds)
            status.count(.seriesLimit, report.overSeriesLimit)
            status.count(.malformed, report.invalid)
            if let refusal { status.count(refusal.reason, refusal.count) }
            if scrape.isFinal {
                status.health = .closed
                status.detail = "not scraped any more"
            } else if let failure = report.failure {
                status.health = .down
                status.failures &+= 1
                status.note(failure, at: arrival.time)
            } else {
                status.health = .up
                status.detail = "\(report.samples) samples"
                if report.overSeriesLimit > 0 {
                    let sentence = "the limit of series is reached: \(report.overSeriesLimit) samples have no room"
                    status.detail += "; \(sentence)"
                    status.note(sentence, at: arrival.time)
                }
            }
        }
        return Admission(accepted: report.samples, detail: report.failure ?? "")
    }

    private func takeLines(_ lines: LogLines, _ arrival: Arrival) -> Admission {
        let (batches, outcome) = tails.withLock { tails in
            let reader = tails[arrival.source] ?? LogLineReader()
            tails[arrival.source] = reader
            return reader.read(lines, arrival: arrival.time, defaultService: arrival.source.fileStem)
        }
        let stored = store.append(batches, from: arrival.source, at: arrival.time)
        store.update(arrival.source) { status in
            status.take(stored.accepted, bytes: lines.bytes.count, at: arrival.time)
            status.count(.tooLarge, outcome.tooLarge + stored.tooLarge)
            status.count(.malformed, outcome.malformed)
            if !outcome.detail.isEmpty { status.note(outcome.detail, at: arrival.time) }
        }
        // Such lines are kept, cut or as text; what they were meant to say is lost.
        store.countDropped(.logs, .tooLarge, outcome.tooLarge)
        store.countDropped(.logs, .malformed, outcome.malformed)
        return Admission(accepted: stored.accepted, rejected: stored.rejected, detail: outcome.detail)
    }

    private func takeSpans(_ spans: PackedSpans, _ arrival: Arrival) -> Admission {
        let outcome = store.append(spans, at: arrival.time)
        let sentence = outcome.sentence
        store.update(arrival.source) { status in
            status.take(outcome.accepted, bytes: 0, at: arrival.time)
            status.count(.duplicate, outcome.duplicates)
            status.count(.invalidID, outcome.invalidIDs)
            status.count(.tooLarge, outcome.tooLarge)
            if let sentence { status.note(sentence, at: arrival.time) }
        }
        return Admission(accepted: outcome.accepted, rejected: outcome.rejected, detail: outcome.rejected > 0 ? sentence ?? "" : "")
    }

    private func takeRecords(_ batches: [LogBatch], _ arrival: Arrival) -> Admission {
        let outcome = store.append(batches, from: arrival.source, at: arrival.time)
        store.update(arrival.source) { status in
            status.take(outcome.accepted, bytes: 0, at: arrival.time)
            status.count(.tooLarge, outcome.tooLarge)
        }
        return Admission(
            accepted: outcome.accepted, rejected: outcome.rejected,
            detail: outcome.tooLarge > 0 ? "\(outcome.tooLarge) records are larger than dogwatch keeps" : "")
    }

    private func takeSamples(_ batch: MetricBatch, _ arrival: Arrival) -> Admission {
        let outcome = MetricBatchIntake.take(batch, at: arrival.time, into: store)
        // What the store refuses it counts by itself.
        store.countDropped(.metrics, .outOfBounds, outcome.outOfBounds)
        let sentence = outcome.sentence
        store.update(arrival.source) { status in
            status.take(outcome.accepted, bytes: 0, at: arrival.time)
            for (reason, count) in outcome.dropped { status.count(reason, count) }
            if let sentence { status.note(sentence, at: arrival.time) }
        }
        return Admission(accepted: outcome.accepted, rejected: outcome.rejected, detail: sentence ?? "")
    }

    private func takeStatus(_ change: SourceChange, _ arrival: Arrival) -> Admission {
        if change.state == .closed { tails.withLock { $0[arrival.source] = nil } }
        store.update(arrival.source) { status in
            status.detail = change.detail
            switch change.state {
            case .listening, .reading, .rotated, .truncated: status.health = .up
            case .waiting: status.health = .waiting
            case .closed: status.health = .closed
            case .failed:
                status.health = .down
                status.failures &+= 1
                status.note(change.detail, at: arrival.time)
            }
        }
        return Admission()
    }

    private func takeTrouble(_ trouble: Trouble, _ arrival: Arrival) -> Admission {
        store.countDropped(trouble.signal, trouble.reason, trouble.count)
        store.update(arrival.source) { status in
            status.count(trouble.reason, trouble.count)
            status.failures &+= 1
            status.note(trouble.detail, at: arrival.time)
        }
        return Admission(rejected: trouble.count, detail: trouble.detail)
    }
}

extension ScrapeOutcome {
    /// Why a page that came was not taken, and what that cost: its samples where they were counted, else one.
    fileprivate var lost: (reason: DropReason, count: Int)? { refusal.map { ($0, $0 == .malformed ? 1 : samples) } }
}

extension SpanOutcome {
    /// What was not taken, in one sentence; nil when all was.
    fileprivate var sentence: String? {
        if tooLarge > 0 { return "\(tooLarge) spans are larger than dogwatch keeps" }
        if invalidIDs > 0 { return "\(invalidIDs) spans have no valid trace or span id" }
        if duplicates > 0 { return "\(duplicates) spans came a second time" }
        return nil
    }
}

extension SourceStatus {
    fileprivate mutating func take(_ count: Int, bytes: Int, at time: Timestamp) {
        arrivals &+= 1
        items &+= UInt64(max(count, 0))
        self.bytes &+= UInt64(bytes)
        recent.add(count, at: time)
        lastArrival = time
        if health == .waiting { health = .up }
    }

    fileprivate mutating func count(_ reason: DropReason, _ count: Int) {
        if count > 0 { dropped[reason, default: 0] &+= UInt64(count) }
    }

    fileprivate mutating func note(_ sentence: String, at time: Timestamp) {
        lastError = sentence
        lastErrorTime = time
    }
}

extension Source {
    /// `order` of `/var/log/shop/order.log`: what a line's service is called where it does not say.
    fileprivate var fileStem: String {
        guard let last = name.split(separator: "/").last else { return name }
        return String(last.prefix { $0 != "." })
    }
}
