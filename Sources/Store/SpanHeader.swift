import Telemetry

/// Where a span stands in the store; never used twice. Ascending in the order of arrival.
package struct SpanRef: Hashable, Comparable, Sendable {
    package let block: UInt32
    package let row: UInt32
    @inlinable package init(block: UInt32, row: UInt32) {
        self.block = block
        self.row = row
    }
    @inlinable package static func < (a: SpanRef, b: SpanRef) -> Bool { (a.block, a.row) < (b.block, b.row) }
}

/// What is on the other side of a CLIENT or PRODUCER span, as far as its attributes tell.
package enum PeerKind: UInt8, Hashable, Sendable { case none, service, database, messaging, host }

/// What most questions about a span need, kept in columns; trivially copyable.
package struct SpanHeader: Hashable, Sendable {
    package var ref: SpanRef
    package var traceID: TraceID
    package var spanID: SpanID
    /// Zero for a root span.
    package var parentSpanID: SpanID
    package var start: PreciseTime
    /// Never negative.
    package var duration: TimeSpan
    package var service: Symbol
    package var version: Symbol
    package var name: Symbol
    /// Of CLIENT and PRODUCER spans: `peer.service`, the database, the messaging destination or `server.address`; empty where there is none.
    package var peer: Symbol
    package var kind: SpanKind
    package var status: StatusCode
    package var peerKind: PeerKind
    package var isShared: Bool
    /// Saturates.
    @inlinable package var end: PreciseTime { start + duration }
}

/// One trace in a few numbers; trivially copyable.
package struct TraceSummary: Hashable, Sendable {
    package var traceID: TraceID
    /// The earliest start and the latest end of its spans.
    package var start: PreciseTime
    package var end: PreciseTime
    package var spanCount: Int32
    package var errorCount: Int32
    package var serviceCount: Int32
    /// The rank of `root`: 2 a parentless span, 1 a parentless shared half, 0 merely the earliest span so far.
    var rootRank: UInt8
    var rootStart: PreciseTime
    /// The earliest parentless span or, while there is none, the earliest span.
    package var root: SpanRef
    package var rootService: Symbol
    package var rootName: Symbol
    /// The newest span of the trace: the head of its chain.
    var last: SpanRef
    package var duration: TimeSpan { end - start }
    /// False while no parentless span has come.
    package var hasRoot: Bool { rootRank > 0 }
}

/// What came of appending spans.
package struct SpanOutcome: Hashable, Sendable {
    package var accepted = 0
    /// Were there already: same trace, span id and side of the call.
    package var duplicates = 0
    /// With a zero trace or span id.
    package var invalidIDs = 0
    /// Larger than the store takes.
    package var tooLarge = 0
    package init() {}
    package var rejected: Int { invalidIDs + tooLarge }
}
