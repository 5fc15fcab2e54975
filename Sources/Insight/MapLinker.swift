import Store
import Telemetry

/// One edge while it is counted; its ends are numbers of `MapNodes`.
struct MapLinkerEdge {
    let from: Int
    let to: Int
    var errors = 0
    var callerMeasured = 0
    var isAsynchronous: Bool
    var latency = LatencyDistribution()
}

/// Pairs the halves of calls and counts them by node and edge.
struct MapLinker<Spans: SpanReading> {
    private let source: Spans
    private let filter: LensFilter
    private let lens: Lens
    private let buckets: TimeBuckets
    private var spans: [SpanHeader] = []
    private var index: SpanIndex
    /// By span: another service answered it, or a span of the same call inside it stands for it.
    private var isAnswered: [Bool]
    private var nodes = MapNodes()
    private var edges: [MapLinkerEdge] = []
    private var edgePlaces: [UInt64: Int] = [:]
    private var unpaired: [ServiceMap.UnpairedReason: Int] = [:]
    private var linksRead = 0

    /// Parents of spans at the start of the window may have begun so long before.
    private static var lead: TimeSpan { .seconds(30) }
    /// Whole spans that are read for their links and addresses in one map.
    private static var readLimit: Int { 20_000 }

    init(_ source: Spans, _ lens: Lens, _ buckets: TimeBuckets) {
        self.source = source
        self.lens = lens
        self.buckets = buckets
        filter = LensFilter(lens, in: source)
        var spans: [SpanHeader] = []
        source.forEachSpan(startingIn: (buckets.start - Self.lead)..<buckets.end) { spans.append(copy $0) }
        self.spans = spans
        index = SpanIndex(spans)
        isAnswered = [Bool](repeating: false, count: spans.count)
    }

    mutating func link(now: PreciseTime) {
        guard !filter.isImpossible else { return }
        let start = buckets.start
        for number in spans.indices { pair(number, isCounted: spans[number].start >= start) }
        let settled = now - ServiceMap.settling
        for number in spans.indices where spans[number].kind.isExit && !isAnswered[number] && spans[number].start >= start {
            followPeer(of: number, settled: settled)
        }
    }

    // MARK: - Halves

    private mutating func pair(_ number: Int, isCounted: Bool) {
        let span = spans[number]
        if isCounted, filter.accepts(span) { nodes.addRequest(span) }
        guard let parent = caller(of: span, number) else {
            if isCounted, span.kind.isEntry { begin(span) }
            return
        }
        let caller = spans[parent]
        if caller.service == span.service {
            // A client span around another of the same call: the inner one leads on.
            if caller.kind.isExit, span.kind.isExit || span.kind.isEntry { isAnswered[parent] = true }
            return
        }
        isAnswered[parent] = true
        guard isCounted, passes(caller, span) else { return }
        connect(caller, span)
    }

    private func caller(of span: SpanHeader, _ number: Int) -> Int? {
        if index.hasRepeats, span.kind.isEntry || span.isShared, let twin = exitHalf(span.traceID, span.spanID, not: number) { return twin }
        guard span.parentSpanID.isValid else { return nil }
        return half(span)
    }

    /// The client half of a shared id.
    private func exitHalf(_ trace: TraceID, _ id: SpanID, not number: Int) -> Int? {
        var next = index.first(trace, id, in: spans)
        var steps = 0
        while let candidate = next, steps < 8 {
            if candidate != number, spans[candidate].kind.isExit { return candidate }
            next = index.next(after: candidate)
            steps += 1
        }
        return nil
    }

    /// The parent; of two halves the one of the span's own service, else the server's.
    private func half(_ span: SpanHeader) -> Int? {
        let first = index.first(span.traceID, span.parentSpanID, in: spans)
        guard index.hasRepeats else { return first }
        var next = first
        var best = first
        var steps = 0
        while let candidate = next, steps < 8 {
            if spans[candidate].service == span.service { return candidate }
            if spans[candidate].kind.isEntry { best = candidate }
            next = index.next(after: candidate)
            steps += 1
        }
        return best
    }

    private mutating func connect(_ caller: SpanHeader, _ span: SpanHeader) {
        let isMessage = caller.kind == .producer || span.kind == .consumer
        guard let from = nodes.service(caller.service), let to = nodes.service(span.service) else { return drop(.tooManyNodes) }
        if isMessage, caller.peerKind == .messaging, let queue = nodes.peer(.queue, source.text(caller.peer)) {
            count(from, queue, caller.duration, caller.status == .error, byCaller: true, isAsynchronous: true)
            count(queue, to, span.duration, span.status == .error, byCaller: false, isAsynchronous: true)
        } else {
            let isMeasured = caller.kind.isExit
            count(
                from, to, isMeasured ? caller.duration : span.duration, caller.status == .error && isMeasured || span.status == .error,
                byCaller: isMeasured, isAsynchronous: isMessage)
        }
    }

    /// A call that came in without a parent in sight.
    private mutating func begin(_ span: SpanHeader) {
        guard filter.accepts(span) || lens.isOpen else { return }
        if span.kind == .consumer { return followLinks(of: span) }
        if span.parentSpanID.isValid, !span.isShared { drop(.missingParent) }
        nodes.addEntry(span.service)
    }

    private mutating func followLinks(of span: SpanHeader) {
        guard let whole = read(span), let to = nodes.service(span.service) else { return drop(.missingLink) }
        let system = whole["messaging.system"]?.text ?? ""
        let destination = whole["messaging.destination.name"]?.text ?? ""
        let name = [system, destination].filter { !$0.isEmpty }.joined(separator: " ")
        guard let queue = nodes.peer(.queue, name.isEmpty ? source.text(span.name) : name) else { return drop(.tooManyNodes) }
        count(queue, to, span.duration, span.status == .error, byCaller: false, isAsynchronous: true)
        var isSent = false
        for link in whole.links.prefix(16) {
            guard let sender = index.first(link.traceID, link.spanID, in: spans), spans[sender].service != span.service,
                let from = nodes.service(spans[sender].service)
            else { continue }
            isSent = true
            // A producer that names the queue leads there by itself.
            if spans[sender].kind == .producer, spans[sender].peerKind == .messaging { continue }
            count(from, queue, .zero, false, byCaller: false, isAsynchronous: true)
        }
        if !isSent { drop(.missingLink) }
    }

    private mutating func followPeer(of number: Int, settled: PreciseTime) {
        let span = spans[number]
        if lens.service != nil || lens.version != nil {
            guard acceptsEnd(span) else { return }
        }
        guard span.peerKind != .none, !span.peer.isEmpty else { return drop(span.end > settled ? .unsettled : .unnamedPeer) }
        if span.peerKind == .host, span.end > settled { return drop(.unsettled) }
        guard let from = nodes.service(span.service), let to = node(ofPeer: span) else { return drop(.tooManyNodes) }
        count(from, to, span.duration, span.status == .error, byCaller: true, isAsynchronous: span.kind == .producer)
    }

    private mutating func node(ofPeer span: SpanHeader) -> Int? {
        switch span.peerKind {
        case .database:
            if let known = nodes.database(of: span) { return known }
            // Only asked for once for each kind of call.
            let address = read(span)?["server.address"]?.text
            return nodes.addDatabase(of: span, source.text(span.peer), address)
        case .messaging: return nodes.peer(.queue, source.text(span.peer))
        case .host: return nodes.peer(.host, source.text(span.peer))
        case .service, .none: return nodes.named(span.peer, source.text(span.peer))
        }
    }

    private mutating func read(_ span: SpanHeader) -> Span? {
        guard linksRead < Self.readLimit else { return nil }
        linksRead += 1
        return source.span(span.ref)
    }

    // MARK: - Counting

    private func acceptsEnd(_ span: SpanHeader) -> Bool {
        (lens.service == nil || source.text(span.service) == lens.service)
            && (lens.version == nil || source.text(span.version) == lens.version)
    }
    private func passes(_ caller: SpanHeader, _ span: SpanHeader) -> Bool {
        lens.isOpen || filter.accepts(span) || (lens.operation == nil || lens.service != nil) && acceptsEnd(caller)
    }

    private mutating func drop(_ reason: ServiceMap.UnpairedReason) { unpaired[reason, default: 0] += 1 }

    private mutating func count(_ from: Int, _ to: Int, _ time: TimeSpan, _ isError: Bool, byCaller: Bool, isAsynchronous: Bool) {
        let key = UInt64(truncatingIfNeeded: from) << 32 | UInt64(truncatingIfNeeded: to)
        let place: Int
        if let known = edgePlaces[key] {
            place = known
        } else {
            place = edges.count
            edgePlaces[key] = place
            edges.append(MapLinkerEdge(from: from, to: to, isAsynchronous: isAsynchronous))
        }
        edges[place].latency.add(time)
        if isError { edges[place].errors += 1 }
        if byCaller { edges[place].callerMeasured += 1 }
        if !isAsynchronous { edges[place].isAsynchronous = false }
    }

    func finish(_ map: inout ServiceMap) {
        let seconds = buckets.secondsSeen(since: spans.lazy.map(\.start).min())
        let all = nodes.made(edges, seconds: seconds, of: source)
        map.edges = edges.map { edge in
            ServiceMap.Edge(
                from: all[edge.from].id, to: all[edge.to].id, calls: edge.latency.count, errors: edge.errors,
                rate: Double(edge.latency.count) / seconds, latency: edge.latency, callerMeasured: edge.callerMeasured,
                isAsynchronous: edge.isAsynchronous)
        }.sorted { ($0.from, $0.to) < ($1.from, $1.to) }
        let isConnected = Set(map.edges.flatMap { [$0.from, $0.to] })
        // Under a lens a service that has no part in it is not drawn; without one each service is.
        map.nodes = all.filter { isConnected.contains($0.id) || $0.requests > 0 || lens.isOpen }.sorted { $0.id < $1.id }
        map.unpaired = unpaired.map { ($0.key, $0.value) }.sorted { ($1.1, $0.0.rawValue) < ($0.1, $1.0.rawValue) }
    }
}
