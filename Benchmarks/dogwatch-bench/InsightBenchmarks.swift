import Insight
import Store
import Telemetry

/// What the views ask.
enum InsightBenchmarks {
    static func run() {
        layouts()
        traces()
        reports()
    }

    private static func layouts() {
        var section = Section("Map layout")
        for (count, edges) in [(20, 40), (200, 400), (500, 1000)] {
            let nodes = (0..<count).map { MapLayout.Node(id: "service-\($0)", columns: 18, rows: 5) }
            let links = (0..<edges).map { number in
                let from = number * 7919 % count
                return MapLayout.Edge(from: "service-\(from)", to: "service-\(min(count - 1, from + 1 + number * 104_729 % 23))")
            }
            section.milliseconds("\(count) services, \(edges) calls") { keep(MapLayout(nodes, links)) }
        }
        section.print()
    }

    private static func traces() {
        var section = Section("A trace of 50 000 spans")
        let store = TelemetryStore()
        store.append(Material.tree(of: 50_000), at: Material.start)
        let snapshot = store.snapshot()
        let id = TraceID(high: 9, low: 9)
        let spans = snapshot.traces.spans(ofTrace: id)
        section.milliseconds("find its spans") { keep(snapshot.traces.spans(ofTrace: id)) }
        section.milliseconds("its tree") { keep(TraceTree(spans)) }
        let tree = TraceTree(spans)
        section.milliseconds("its critical path") { keep(CriticalPath(tree)) }
        section.milliseconds("its rows") { keep(tree.rows()) }
        section.print()
    }

    private static func reports() {
        var section = Section("Five minutes of 300 000 spans and 300 000 log records")
        let store = TelemetryStore()
        for second in 0..<300 {
            let now = Material.start + .seconds(Int64(second))
            store.append(Material.spans(second: second), at: now)
            store.append([Material.records(second: second)], from: Source(.tail, "order.log"), at: now)
        }
        let snapshot = store.snapshot()
        let now = Material.start + .seconds(300)
        let range = Material.start.precise..<(now + .seconds(60)).precise
        section.milliseconds("the report of all services") { keep(ServiceReport(snapshot, over: .minutes(5), at: now)) }
        section.milliseconds("the map") { keep(ServiceMap(snapshot, over: .minutes(5), at: now)) }
        for text in ["", "service=order", "status=error", "http.response.status_code>=500", "name~\"orders/[3-7]\""] {
            section.milliseconds(text.isEmpty ? "all traces" : "traces that match `\(text)`") {
                keep(TraceSearch(text).run(in: snapshot.traces, range: range).total)
            }
        }
        for text in ["", "level>=error", "finished", "http.status>=500", "message~\"status 5[0-9]+\""] {
            section.milliseconds(text.isEmpty ? "all lines" : "lines that match `\(text)`") {
                keep(LogSearch(text).run(in: snapshot.logs, range: range).total)
            }
        }
        section.print()
    }
}
