import Telemetry

/// The newest exemplars of all series, up to a limit, as Prometheus keeps them.
struct ExemplarRing: Sendable {
    static let limit = 10_000
    /// Characters of label names and values together, as OpenMetrics says.
    static let textLimit = 128
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

    static func takes(_ exemplar: Exemplar) -> Bool {
        var count = 0
        for label in exemplar.labels.labels {
            // The bytes first: they are known without counting.
            guard label.name.utf8.count + label.value.utf8.count <= 4 * textLimit else { return false }
            count += label.name.unicodeScalars.count + label.value.unicodeScalars.count
            if count > textLimit { return false }
        }
        return true
    }

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
