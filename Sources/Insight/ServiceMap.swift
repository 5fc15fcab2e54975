import Store
import Telemetry

/// Who calls whom, from the whole traces of a window; databases, queues and peers without spans of their own included.
///
/// As Zipkin's linker: a call stands where a span's parent is of another service; calls within a service are none. A CLIENT or PRODUCER span
/// that no other service answered leads to the peer that it names. A CONSUMER leads back to its producer through its parent or a span
/// link, by way of the queue. Halves that lead nowhere are counted by reason. Order and ids follow from the spans alone.
package struct ServiceMap: Sendable {
    /// Ascending by id.
    package internal(set) var nodes: [Node] = []
    /// Ascending by their ends.
    package internal(set) var edges: [Edge] = []
    /// Halves of calls that could not be paired, the most frequent reason first.
    package internal(set) var unpaired: [(reason: UnpairedReason, count: Int)] = []
    package let window: TimeSpan

    /// Nodes beyond this are left out, and their calls counted as unpaired.
    package static let nodeLimit = 1000
    /// A call that ended less than this ago may still wait for its other half.
    package static let settling = TimeSpan.seconds(5)

    package enum NodeKind: Int, Hashable, Sendable { case service, peer, database, queue, host }

    package struct Node: Hashable, Sendable {
        /// The name, before which databases, queues and hosts have their kind and a slash, so that a service may bear the same name.
        package let id: String
        package let name: String
        package let kind: NodeKind
        /// Of a database or queue the system, such as `postgresql`; else empty.
        package let system: String
        /// Requests of a service as in `ServiceReport`; of all others the calls to it.
        package let requests: Int
        package let errors: Int
        package let rate: Double
        /// Nil without requests.
        package let errorShare: Double?
        package let latency: LatencyDistribution
        package let p95: TimeSpan?
        /// Requests that came from outside of all that sends spans, a second; 0 for most.
        package let entryRate: Double
        /// Most requests first.
        package let versions: [String]
        package var sendsSpans: Bool { kind == .service }
    }

    package struct Edge: Hashable, Sendable {
        package let from: String
        package let to: String
        package let calls: Int
        package let errors: Int
        package let rate: Double
        package var errorShare: Double { calls > 0 ? Double(errors) / Double(calls) : 0 }
        /// As the caller saw it where the caller's span is known, else as the called one did.
        package let latency: LatencyDistribution
        /// How many of `calls` were measured by the caller.
        package let callerMeasured: Int
        /// By way of a message: the caller does not wait.
        package let isAsynchronous: Bool
        package var p50: TimeSpan? { latency.quantile(0.5) }
        package var p95: TimeSpan? { latency.quantile(0.95) }
        package var p99: TimeSpan? { latency.quantile(0.99) }
    }

    package enum UnpairedReason: String, Hashable, Sendable, CaseIterable {
        case missingParent = "came from a span that has not been received"
        case unnamedPeer = "went to a peer that the span does not name"
        case unsettled = "are so new that their other half may still come"
        case missingLink = "were messages whose sender is not known"
        case tooManyNodes = "led to more nodes than the map holds"
    }

    /// A lens narrows to the calls to or from its service, of its version; its operation to those that came in for it.
    package init(_ snapshot: StoreSnapshot, lens: Lens = Lens(), over window: TimeSpan, at now: Timestamp) {
        self.init(snapshot.traces, lens: lens, over: window, at: now)
    }

    package init(_ spans: some SpanReading, lens: Lens = Lens(), over window: TimeSpan, at now: Timestamp) {
        self.window = window
        var linker = MapLinker(spans, lens, TimeBuckets(over: window, at: now, count: 1))
        linker.link(now: now.precise)
        linker.finish(&self)
    }

    package subscript(node id: String) -> Node? {
        let place = nodes.partitioningIndex { $0.id >= id }
        return place < nodes.count && nodes[place].id == id ? nodes[place] : nil
    }
    /// The ids of what calls it and what it calls, each ascending.
    package func neighbours(of id: String) -> (callers: [String], callees: [String]) {
        (edges.filter { $0.to == id && $0.from != id }.map(\.from), edges.filter { $0.from == id && $0.to != id }.map(\.to))
    }
    package func edges(into id: String) -> [Edge] { edges.filter { $0.to == id } }
    package func edges(outOf id: String) -> [Edge] { edges.filter { $0.from == id } }
    package func edge(from: String, to: String) -> Edge? { edges.first { $0.from == from && $0.to == to } }

    /// One sentence for what is left out; nil where nothing is.
    package var note: String? {
        guard !unpaired.isEmpty else { return nil }
        return "Not drawn: " + unpaired.map { "\($0.count) calls \($0.reason.rawValue)" }.joined(separator: "; ") + "."
    }
}

extension Array {
    /// The first index whose element satisfies `belongs`, in an array where all before do not and all after do.
    func partitioningIndex(where belongs: (Element) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if belongs(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
