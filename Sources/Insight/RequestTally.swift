import Store
import Telemetry

/// Requests, errors and latency of one thing over a window and in each of its buckets.
struct RequestTally {
    private(set) var requests = 0
    private(set) var errors = 0
    private(set) var latencies: [LatencyDistribution]
    private(set) var requestSeries: [Int32]
    private(set) var errorSeries: [Int32]
    private(set) var first = PreciseTime(nanoseconds: .max)
    private(set) var last = PreciseTime(nanoseconds: .min)
    private(set) var versions: [VersionTally] = []
    static let versionLimit = 64

    init(buckets: Int) {
        latencies = [LatencyDistribution](repeating: LatencyDistribution(), count: buckets)
        requestSeries = [Int32](repeating: 0, count: buckets)
        errorSeries = requestSeries
    }

    struct VersionTally {
        let version: Symbol
        var requests = 0
        var errors = 0
        var latency = LatencyDistribution()
        var first: PreciseTime
    }

    @inline(__always) mutating func add(_ span: borrowing SpanHeader, bucket: Int) {
        requests += 1
        requestSeries[bucket] &+= 1
        latencies[bucket].add(span.duration)
        if span.status == .error {
            errors += 1
            errorSeries[bucket] &+= 1
        }
        first = min(first, span.start)
        last = max(last, span.start)
        addVersion(span)
    }

    @inline(__always) private mutating func addVersion(_ span: borrowing SpanHeader) {
        guard !span.version.isEmpty else { return }
        let version = span.version
        var place = 0
        while place < versions.count, versions[place].version != version { place += 1 }
        if place == versions.count {
            guard place < Self.versionLimit else { return }
            versions.append(VersionTally(version: version, first: span.start))
        }
        versions[place].requests += 1
        if span.status == .error { versions[place].errors += 1 }
        versions[place].latency.add(span.duration)
        versions[place].first = min(versions[place].first, span.start)
    }

    var latency: LatencyDistribution {
        var sum = LatencyDistribution()
        for part in latencies { sum.merge(part) }
        return sum
    }
}

/// The spans of one service by what they are: its entries where it has any.
struct ServiceTally {
    var entries: RequestTally?
    var roots: RequestTally?
    var inner: RequestTally?
    /// Of any of its spans.
    var last = PreciseTime(nanoseconds: .min)

    @inline(__always) mutating func add(_ span: borrowing SpanHeader, bucket: Int, of buckets: Int) {
        last = max(last, span.start)
        if span.kind.isEntry {
            if entries == nil { entries = RequestTally(buckets: buckets) }
            entries?.add(span, bucket: bucket)
        } else if !span.parentSpanID.isValid {
            if roots == nil { roots = RequestTally(buckets: buckets) }
            roots?.add(span, bucket: bucket)
        } else if entries == nil, roots == nil {
            // Only for services that have neither; what they count till an entry comes is thrown away.
            if inner == nil { inner = RequestTally(buckets: buckets) }
            inner?.add(span, bucket: bucket)
        }
    }

    var basis: RequestBasis { entries != nil ? .entrySpans : roots != nil ? .rootSpans : inner != nil ? .allSpans : .none }
    var requests: RequestTally? { entries ?? roots ?? inner }
}

extension SpanKind {
    /// A call that came in.
    @inline(__always) var isEntry: Bool { self == .server || self == .consumer }
    /// A call that goes out.
    @inline(__always) var isExit: Bool { self == .client || self == .producer }
}

/// Which spans stand for the requests of a service.
package enum RequestBasis: String, Hashable, Sendable {
    /// SERVER and CONSUMER spans: calls that came in.
    case entrySpans = "calls that came in"
    /// It takes no calls: the spans that begin a trace.
    case rootSpans = "work it began itself"
    /// Neither: all its spans.
    case allSpans = "all its spans"
    case none = "no spans"
}
