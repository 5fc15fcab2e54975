import Ports
import Synchronization
import Telemetry

/// Scrapes targets: says what is due, and turns what came back into arrivals.
package final class Scraper: FetchDriver {
    private struct State {
        var targets: [Int: ScrapeTarget] = [:]
        /// Apart from the targets: all are looked through whenever something is due.
        var loops: [Int: ScraperLoop] = [:]
        /// Targets that have no loop yet.
        var fresh: Set<Int> = []
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
                if let id = state.ids[target.identity], let known = state.targets[id] {
                    state.targets[id] = target
                    if known.interval == target.interval || state.loops[id]?.underWay != nil { continue }
                    state.loops[id] = nil
                    state.fresh.insert(id)
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
        state.targets[state.lastID] = target
        state.fresh.insert(state.lastID)
    }

    private static func remove(_ id: Int, _ identity: ScrapeTarget.Identity, from state: inout State) {
        state.ids[identity] = nil
        if state.loops[id]?.underWay != nil {
            state.doomed.insert(id)
        } else if let target = state.targets.removeValue(forKey: id) {
            state.fresh.remove(id)
            if state.loops.removeValue(forKey: id) != nil { state.leaving.append(target) }
        }
    }

    // MARK: FetchDriver

    package func due(at now: Timestamp) -> (start: [FetchRequest], wake: Timestamp?) {
        let (requests, wake, gone, refused) = state.withLock { state in
            var requests: [FetchRequest] = []
            var refused: [(ScrapeTarget, started: Timestamp)] = []
            var wake: Timestamp?
            for id in state.fresh.union(state.loops.filter { $0.value.underWay == nil && $0.value.mayStart(at: now) }.keys) {
                if let request = Self.start(id, &state, at: now) { requests.append(request) }
                if let target = Self.refused(id, &state, at: now) { refused.append(target) }
            }
            for loop in state.loops.values where loop.underWay == nil { wake = min(wake ?? loop.next, loop.next) }
            defer { state.leaving = [] }
            return (requests.sorted { $0.id < $1.id }, wake, state.leaving, refused)
        }
        for target in gone { tellEnd(of: target, at: now) }
        for (target, started) in refused { tellRefusal(of: target, started: started, at: now) }
        return (requests, wake)
    }

    private static func start(_ id: Int, _ state: inout State, at now: Timestamp) -> FetchRequest? {
        guard let target = state.targets[id] else { return nil }
        var loop = state.loops[id] ?? ScraperLoop(interval: target.interval, hash: target.identity.stableHash, from: now)
        let starts = !state.doomed.contains(id) && loop.starts(at: now)
        state.loops[id] = loop
        state.fresh.remove(id)
        return starts && target.refusal == nil ? request(id, target) : nil
    }

    /// A target that was to be fetched now and must not be.
    private static func refused(_ id: Int, _ state: inout State, at now: Timestamp) -> (ScrapeTarget, started: Timestamp)? {
        guard let target = state.targets[id], target.refusal != nil, let started = state.loops[id]?.underWay else { return nil }
        state.loops[id]?.finish(at: now)
        return (target, started)
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
        let (target, started, isDoomed) = state.withLock { state in
            let (target, started) = (state.targets[id], state.loops[id]?.underWay)
            state.loops[id]?.finish(at: now)
            let isDoomed = state.doomed.remove(id) != nil
            if isDoomed { (state.targets[id], state.loops[id]) = (nil, nil) }
            return (target, started, isDoomed)
        }
        guard let target, let started else { return }
        if isDoomed { return tellEnd(of: target, at: now) }
        // Broken off by us: nothing was learnt of the target.
        if case .failure(.cancelled) = outcome { return }
        let scrape = scrape(of: target, outcome, started: started, at: now)
        sink.accept(Arrival(source: target.source, time: now, payload: .scrape(scrape)))
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
