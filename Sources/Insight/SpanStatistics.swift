import Store
import Telemetry

/// The spans of one trace counted together by service and operation, as Jaeger's table: where the time went.
package struct SpanStatistics: Sendable {
    package struct Row: Hashable, Sendable {
        package let service: Symbol
        package let name: Symbol
        package var count = 0
        package var errors = 0
        package var total = TimeSpan.zero
        package var least = TimeSpan(nanoseconds: .max)
        package var greatest = TimeSpan.zero
        /// What none of their children covers.
        package var selfTotal = TimeSpan.zero
        /// Of `selfTotal` in the duration of the trace, from 0; above 1 where work ran side by side.
        package var selfShare = 0.0
        /// On the critical path.
        package var pathTotal = TimeSpan.zero
        package var average: TimeSpan { TimeSpan(nanoseconds: total.nanoseconds / Int64(max(1, count))) }
    }
    /// The most self time first.
    package private(set) var rows: [Row] = []

    /// With a critical path also the time on it.
    package init(_ tree: TraceTree, path: CriticalPath? = nil) {
        struct Key: Hashable {
            let service: Symbol
            let name: Symbol
        }
        var places: [Key: Int] = [:]
        let selfTimes = tree.selfTimes()
        for (index, span) in tree.spans.enumerated() {
            let key = Key(service: span.service, name: span.name)
            let place = places[key] ?? rows.count
            if place == rows.count {
                places[key] = place
                rows.append(Row(service: span.service, name: span.name))
            }
            rows[place].count += 1
            if span.status == .error { rows[place].errors += 1 }
            rows[place].total = rows[place].total + span.duration
            rows[place].least = min(rows[place].least, span.duration)
            rows[place].greatest = max(rows[place].greatest, span.duration)
            rows[place].selfTotal = rows[place].selfTotal + selfTimes[index]
            if let path { rows[place].pathTotal = rows[place].pathTotal + path.times[index] }
        }
        let whole = Double(max(1, tree.duration.nanoseconds))
        for index in rows.indices { rows[index].selfShare = Double(rows[index].selfTotal.nanoseconds) / whole }
        rows.sort { ($1.selfTotal, $0.service.index, $0.name.index) < ($0.selfTotal, $1.service.index, $1.name.index) }
    }
}
