import Telemetry

/// Why a whole request, line or file could not be read.
package enum WireError: Error, Hashable, Sendable, CustomStringConvertible {
    /// `place`: the path of the field (`resourceSpans[0].scopeSpans[1].spans[3].traceId`), or `byte 17`.
    case malformed(place: String, String)
    /// A limit of ours was reached: what, and how much may be.
    case tooLarge(what: String, limit: Int)
    case unsupported(String)

    /// One sentence, without a full stop.
    package var description: String {
        switch self {
        case .malformed(let place, let what): place.isEmpty ? what : "\(place): \(what)"
        case .tooLarge(let what, let limit): "\(what) is larger than the limit of \(limit)"
        case .unsupported(let what): what
        }
    }
    package var reason: DropReason {
        switch self {
        case .malformed: .malformed
        case .tooLarge: .tooLarge
        case .unsupported: .unsupported
        }
    }
    /// The same, its place seen from one level further out.
    func within(_ outer: @autoclosure () -> String) -> WireError {
        guard case .malformed(let place, let what) = self, !place.hasPrefix("byte ") else { return self }
        return .malformed(place: place.isEmpty ? outer() : outer() + (place.hasPrefix("[") ? "" : ".") + place, what)
    }
}

/// What was not taken of a request that was read: for the partial success of its answer, and for view 9.
package struct WireOutcome: Hashable, Sendable {
    /// Items (spans, records) that were left out, by reason.
    package private(set) var rejected: [DropReason: Int] = [:]
    /// Items that were taken with something cut off: too many attributes, too long a value, nested too deep.
    package private(set) var cut = 0
    /// The first reason of each sort in a sentence; empty when all was taken as it came.
    package private(set) var detail = ""
    package init() {}

    package var rejectedCount: Int { rejected.values.reduce(0, +) }

    mutating func reject(_ reason: DropReason, count: Int = 1, _ sentence: @autoclosure () -> String) {
        if rejected.isEmpty { add(sentence()) }
        rejected[reason, default: 0] += count
    }
    mutating func noteCut(_ sentence: @autoclosure () -> String) {
        if cut == 0 { add(sentence()) }
        cut += 1
    }
    /// Adds what was left out of another part of the same request.
    package mutating func merge(_ other: WireOutcome) {
        rejected.merge(other.rejected, uniquingKeysWith: +)
        cut += other.cut
        if !other.detail.isEmpty { add(other.detail) }
    }
    private mutating func add(_ sentence: String) { detail += detail.isEmpty ? sentence : "; " + sentence }
}

/// Bounds on what one item from outside may hold; what goes beyond is cut and told.
package enum WireLimit {
    /// Spans or records of one request: an empty record is two bytes on the wire, and a hundred in memory.
    package static let itemsPerRequest = 1_000_000
    package static let attributesPerItem = 512
    package static let eventsPerSpan = 2048
    package static let linksPerSpan = 2048
    package static let exemplarsPerPoint = 256
    package static let quantilesPerPoint = 256
    /// Of one classic histogram: each is a series.
    package static let classicBuckets = 1024
    /// That a request of metrics may come to: a point of a classic histogram is many.
    package static let samplesPerRequest = 500_000
    /// Bytes of one attribute's string or blob, of a name or a status message.
    package static let valueBytes = 64 << 10
    /// Bytes of a log record's message.
    package static let messageBytes = 1 << 20
    /// Lists and maps within each other in one attribute.
    package static let valueDepth = 32
    /// What stands in the place of a value that is nested deeper.
    package static let tooDeepMarker = "(nested too deep)"
}
