import Telemetry

/// The newest exemplars of all series, up to a limit, as Prometheus keeps them.
struct ExemplarRing: Sendable {
    static let limit = 10_000
    private static let segmentSize = 256
    /// An entry with its labels, roughly; and its place as the newest of its series.
    private static let cost = 400

    struct Entry: Sendable {
        let series: SeriesID
        let exemplar: Exemplar
    }
    enum Outcome { case taken, known, outOfOrder }

    private(set) var segments: [[Entry]] = []
    private var newest: [SeriesID: Exemplar] = [:]
    private var count: Int { segments.reduce(0) { $0 + $1.count } }
    var bytes: Int { (segments.count * Self.segmentSize + newest.count) * Self.cost }

    mutating func append(_ exemplar: Exemplar, to series: SeriesID) -> Outcome {
        if let last = newest[series] {
            if last == exemplar { return .known }
            if exemplar.time < last.time { return .outOfOrder }
        }
        if newest.count >= Self.limit, newest[series] == nil { newest.removeAll() }
        newest[series] = exemplar
        if segments.last?.count ?? Self.segmentSize == Self.segmentSize { segments.append([]) }
        segments[segments.count - 1].append(Entry(series: series, exemplar: exemplar))
        if segments.count * Self.segmentSize > Self.limit { segments.removeFirst() }
        return .taken
    }
}
