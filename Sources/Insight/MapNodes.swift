import Store
import Telemetry

/// The nodes of a map while it is made, by number.
struct MapNodes {
    private struct Tally {
        var id: String
        var name: String
        var kind: ServiceMap.NodeKind
        var system = ""
        var requests: ServiceTally?
        var entries = 0
        /// Of a service, whose name is looked up at the end.
        var service: Symbol?
    }
    private struct DatabaseKey: Hashable {
        let service: Symbol
        let peer: Symbol
        let name: Symbol
    }

    private var tallies: [Tally] = []
    private var services = DenseIDs()
    /// By dense number of the service: its node.
    private var serviceNodes: [Int?] = []
    private var peers: [String: Int] = [:]
    private var named: [Symbol: Int] = [:]
    private var databases: [DatabaseKey: Int] = [:]

    // MARK: - Services

    @inline(__always) mutating func service(_ id: Symbol) -> Int? {
        let number = services.number(of: id)
        if number < serviceNodes.count { return serviceNodes[number] }
        // One known so far as a peer turns out to send spans itself.
        let node = named[id] ?? append(Tally(id: "", name: "", kind: .service))
        if let node {
            tallies[node].kind = .service
            tallies[node].service = id
        }
        serviceNodes.append(node)
        return node
    }
    @inline(__always) mutating func addRequest(_ span: SpanHeader) {
        guard let node = service(span.service) else { return }
        if tallies[node].requests == nil { tallies[node].requests = ServiceTally() }
        tallies[node].requests?.add(span, bucket: 0, of: 1)
    }
    mutating func addEntry(_ id: Symbol) {
        if let node = service(id) { tallies[node].entries += 1 }
    }

    // MARK: - Peers

    /// A service by its name in an attribute: one that sends spans, or a peer without any.
    mutating func named(_ id: Symbol, _ name: String) -> Int? {
        if let number = services.known(id) { return serviceNodes[number] }
        if let known = named[id] { return known }
        let node = append(Tally(id: name, name: name, kind: .peer))
        named[id] = node
        return node
    }
    /// A queue or host.
    mutating func peer(_ kind: ServiceMap.NodeKind, _ name: String) -> Int? {
        let id = "\(kind)/\(name)"
        if let known = peers[id] { return known }
        let (system, rest) = kind == .queue ? Self.parts(of: name) : ("", name)
        let node = append(Tally(id: id, name: rest, kind: kind, system: system))
        peers[id] = node
        return node
    }
    func database(of span: SpanHeader) -> Int? {
        databases[DatabaseKey(service: span.service, peer: span.peer, name: span.name)]
    }
    /// By its namespace where the peer has one, else by its address, else by its system.
    mutating func addDatabase(of span: SpanHeader, _ peer: String, _ address: String?) -> Int? {
        let (system, namespace) = Self.parts(of: peer)
        let name = namespace != system ? namespace : address ?? system
        let id = "database/\(name == system ? system : system + " " + name)"
        let node = peers[id] ?? append(Tally(id: id, name: name, kind: .database, system: system))
        peers[id] = node
        if databases.count < 10_000 { databases[DatabaseKey(service: span.service, peer: span.peer, name: span.name)] = node }
        return node
    }

    /// The system, and what follows its first space or, without one, the system again.
    private static func parts(of peer: String) -> (system: String, name: String) {
        guard let space = peer.firstIndex(of: " ") else { return (peer, peer) }
        return (String(peer[..<space]), String(peer[peer.index(after: space)...]))
    }

    private mutating func append(_ tally: Tally) -> Int? {
        guard tallies.count < ServiceMap.nodeLimit else { return nil }
        tallies.append(tally)
        return tallies.count - 1
    }

    // MARK: - The result

    func made(_ edges: [MapLinkerEdge], seconds: Double, of source: some SpanReading) -> [ServiceMap.Node] {
        var incoming = [LatencyDistribution](repeating: LatencyDistribution(), count: tallies.count)
        var incomingErrors = [Int](repeating: 0, count: tallies.count)
        for edge in edges {
            incoming[edge.to].merge(edge.latency)
            incomingErrors[edge.to] += edge.errors
        }
        return tallies.indices.map { number in
            let tally = tallies[number]
            let name = tally.service.map { source.text($0) } ?? tally.name
            let own = tally.requests?.requests
            let latency = own?.latency ?? incoming[number]
            let errors = own?.errors ?? incomingErrors[number]
            let versions = (own?.versions ?? []).map { (source.text($0.version), $0.requests) }.sorted { ($1.1, $0.0) < ($0.1, $1.0) }
            return ServiceMap.Node(
                id: tally.service == nil ? tally.id : name, name: name, kind: tally.kind, system: tally.system, requests: latency.count,
                errors: errors, rate: Double(latency.count) / seconds,
                errorShare: latency.isEmpty ? nil : Double(errors) / Double(latency.count),
                latency: latency, p95: latency.quantile(0.95), entryRate: Double(tally.entries) / seconds, versions: versions.map(\.0))
        }
    }
}
