import Ports
import Synchronization
import Telemetry

/// Scrapes targets: says what is due, and turns what came back into arrivals.
package final class Scraper: FetchDriver {
    private struct Entry {
        var target: ScrapeTarget
        var loop: ScraperLoop?
    }
    private struct State {
        var entries: [Int: Entry] = [:]
        var ids: [ScrapeTarget.Identity: Int] = [:]
        /// Removed while not under way: their end is still to be told.
        var leaving: [ScrapeTarget] = []
        /// Removed while under way.
        var doomed: Set<Int> = []
        var lastID = 0
    }

    private let sink: any ArrivalSink
    private let state: Mutex<State>

    package init(_ targets: [ScrapeTarget], sink: any ArrivalSink) {
        self.sink = sink
        var state = State()
        for target in targets { Self.add(target, to: &state) }
        self.state = Mutex(state)
    }

    /// Scrapes these targets from now on. A target that was scraped already goes on in its rhythm; one that is gone has its series ended.
    /// Wake the fetcher afterwards.
    package func replace(_ targets: [ScrapeTarget]) {
        state.withLock { state in
            let wanted = Set(targets.map(\.identity))
            for (identity, id) in state.ids where !wanted.contains(identity) { Self.remove(id, identity, from: &state) }
            for target in targets {
                if let id = state.ids[target.identity], let entry = state.entries[id] {
                    let keepsLoop = entry.target.interval == target.interval
                    state.entries[id] = Entry(target: target, loop: keepsLoop || entry.loop?.underWay != nil ? entry.loop : nil)
                } else {
                    Self.add(target, to: &state)
                }
            }
        }
    }

    private static func add(_ target: ScrapeTarget, to state: inout State) {
        guard state.ids[target.identity] == nil else { return }
        state.lastID += 1
        state.ids[target.identity] = state.lastID
        state.entries[state.lastID] = Entry(target: target, loop: nil)
    }

    private static func remove(_ id: Int, _ identity: ScrapeTarget.Identity, from state: inout State) {
        state.ids[identity] = nil
        guard let entry = state.entries[id] else { return }
        if entry.loop?.underWay != nil {
            state.doomed.insert(id)
        } else {
            state.entries[id] = nil
            if entry.loop != nil { state.leaving.append(entry.target) }
        }
    }

    // MARK: FetchDriver

    package func due(at now: Timestamp) -> (start: [FetchRequest], wake: Timestamp?) {
        let (requests, wake, gone, refused) = state.withLock { state in
            var requests: [FetchRequest] = []
            var refused: [(ScrapeTarget, started: Timestamp)] = []
            var wake: Timestamp?
            for id in state.entries.keys {
                if let request = Self.start(id, &state, at: now) { requests.append(request) }
                if let target = Self.refused(id, &state, at: now) { refused.append(target) }
                guard let loop = state.entries[id]?.loop, loop.underWay == nil else { continue }
                wake = min(wake ?? loop.next, loop.next)
            }
            defer { state.leaving = [] }
            return (requests.sorted { $0.id < $1.id }, wake, state.leaving, refused)
        }
        for target in gone { tellEnd(of: target, at: now) }
        for (target, started) in refused { tellRefusal(of: target, started: started, at: now) }
        return (requests, wake)
    }

    private static func start(_ id: Int, _ state: inout State, at now: Timestamp) -> FetchRequest? {
        guard var entry = state.entries[id] else { return nil }
        var loop = entry.loop ?? ScraperLoop(interval: entry.target.interval, hash: entry.target.identity.stableHash, from: now)
        let starts = !state.doomed.contains(id) && loop.starts(at: now)
        entry.loop = loop
        state.entries[id] = entry
        return starts && entry.target.refusal == nil ? request(id, entry.target) : nil
    }

    /// A target that was to be fetched now and must not be.
    private static func refused(_ id: Int, _ state: inout State, at now: Timestamp) -> (ScrapeTarget, started: Timestamp)? {
        guard var entry = state.entries[id], entry.target.refusal != nil, let started = entry.loop?.underWay else { return nil }
        entry.loop?.finish(at: now)
        state.entries[id] = entry
        return (entry.target, started)
    }

    private static func request(_ id: Int, _ target: ScrapeTarget) -> FetchRequest {
        let seconds = target.timeout.seconds
        let timeout = seconds == seconds.rounded() && seconds < 1e9 ? String(Int(seconds)) : String(seconds)
        return FetchRequest(
            id: id, url: target.url,
            headers: [("Accept", target.forms.accept), ("X-Prometheus-Scrape-Timeout-Seconds", timeout)] + target.headers,
            authentication: target.authentication, unixSocketPath: target.unixSocketPath, timeout: target.timeout,
            bodyLimit: target.bodyLimit, acceptsGzip: target.acceptsGzip,
            followsRedirects: target.followsRedirects, tls: target.tls)
    }

    package func finished(_ id: Int, _ outcome: Result<FetchAnswer, FetchFailure>, at now: Timestamp) {
        let (entry, isDoomed) = state.withLock { state in
            let entry = state.entries[id]
            state.entries[id]?.loop?.finish(at: now)
            let isDoomed = state.doomed.remove(id) != nil
            if isDoomed { state.entries[id] = nil }
            return (entry, isDoomed)
        }
        guard let entry, let started = entry.loop?.underWay else { return }
        if isDoomed { return tellEnd(of: entry.target, at: now) }
        // Broken off by us: nothing was learnt of the target.
        if case .failure(.cancelled) = outcome { return }
        let scrape = scrape(of: entry.target, outcome, started: started, at: now)
        sink.accept(Arrival(source: entry.target.source, time: now, payload: .scrape(scrape)))
    }

    // MARK: Arrivals

    private func scrape(
        of target: ScrapeTarget, _ outcome: Result<FetchAnswer, FetchFailure>, started: Timestamp, at now: Timestamp
    ) -> Scrape {
        var scrape = Scrape(
            labels: target.labels, started: started, duration: max(.zero, now - started), interval: target.interval,
            honorsLabels: target.honorsLabels, sampleLimit: target.sampleLimit, labelLimits: target.labelLimits,
            honorsTimestamps: target.honorsTimestamps, takesNativeHistograms: target.forms.takesNativeHistograms,
            keepsClassicHistograms: target.forms.keepsClassicHistograms)
        switch outcome {
        case .success(let answer):
            scrape.duration = answer.duration
            scrape.contentType = answer.contentType
            if let fallback = target.forms.fallback, !Self.isKnown(answer.contentType) { scrape.contentType = fallback.mediaType }
            if answer.status == 200 { scrape.body = answer.body } else { scrape.failure = ScraperSentence.status(answer.status) }
        case .failure(let failure): scrape.failure = ScraperSentence.failure(failure, of: target)
        }
        return scrape
    }

    /// True where the type of an answer says how its page is to be read.
    private static func isKnown(_ contentType: String) -> Bool {
        let kind = contentType.prefix { $0 != ";" && $0 != " " }.lowercased()
        return ["text/plain", "application/openmetrics-text", "application/vnd.google.protobuf"].contains(kind)
    }

    private func tellRefusal(of target: ScrapeTarget, started: Timestamp, at now: Timestamp) {
        let scrape = Scrape(
            labels: target.labels, started: started, duration: .zero, interval: target.interval, failure: target.refusal)
        sink.accept(Arrival(source: target.source, time: now, payload: .scrape(scrape)))
    }

    private func tellEnd(of target: ScrapeTarget, at now: Timestamp) {
        let scrape = Scrape(
            labels: target.labels, started: now, duration: .zero, interval: target.interval, isFinal: true,
            honorsLabels: target.honorsLabels)
        sink.accept(Arrival(source: target.source, time: now, payload: .scrape(scrape)))
    }
}
