import Store
import Telemetry

/// How many log lines of each level came, over the window and in each of its buckets.
package struct LogLevels: Sendable {
    /// From unspecified over trace to fatal: the order of the second index.
    package static let levels: [Severity] = [.unspecified, .trace, .debug, .info, .warn, .error, .fatal]
    package let buckets: TimeBuckets
    /// By bucket, oldest first, then by `levels`.
    package private(set) var counts: [[Int]]
    /// By `levels`.
    package private(set) var totals = [Int](repeating: 0, count: 7)

    /// Of the records that `accepts` says yes to: the lens by service, and whatever a search asks for.
    package init(
        _ logs: LogSnapshot, lens: Lens = Lens(), over window: TimeSpan, at now: Timestamp, buckets count: Int,
        where accepts: (borrowing LogHeader) -> Bool = { _ in true }
    ) {
        let buckets = TimeBuckets(over: window, at: now, count: count)
        var flat = [Int](repeating: 0, count: buckets.count * 7)
        let service = lens.service.flatMap { logs.strings.id(of: $0) }
        if lens.service == nil || service != nil {
            logs.forEach(in: buckets.range) { line in
                if let service, line.service != service { return true }
                guard accepts(line) else { return true }
                flat[buckets.index(of: line.time) * 7 + Self.index(of: line.severity)] += 1
                return true
            }
        }
        self.buckets = buckets
        counts = (0..<buckets.count).map { Array(flat[($0 * 7)..<($0 * 7 + 7)]) }
        for bucket in counts { for (level, count) in bucket.enumerated() { totals[level] += count } }
    }

    package var total: Int { totals.reduce(0, +) }
    /// The fullest bucket, for the scale.
    package var greatest: Int { counts.lazy.map { $0.reduce(0, +) }.max() ?? 0 }
    /// The place of a severity in `levels`.
    package static func index(of severity: Severity) -> Int { severity.number == 0 ? 0 : min(6, (Int(severity.number) - 1) / 4 + 1) }
}
