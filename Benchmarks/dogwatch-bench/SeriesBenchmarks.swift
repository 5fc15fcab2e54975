import Glibc
import Store
import Telemetry

/// A fleet's series scraped every 15 seconds: what they cost to make, to keep, to append to and to read.
enum SeriesBenchmarks {
    private static let count = 100_000
    static let scrapes = 480

    static func run() {
        var section = Section("Series")
        let before = residentBytes()
        let store = TelemetryStore(budget: .mebibytes(1024))
        let ids = makeSeries(store, &section)
        section.figure("memory of a series with no sample, by the books", Double(bytes(store)) / Double(count), "bytes")
        var fleet = Fleet(count)
        fill(store, ids, &fleet, before, &section)
        read(store, &section)
        section.print()
        runQueries(store) { round in
            fleet.step()
            append(fleet.values, at: moment(round), ids, store)
        }
    }

    /// A target's 10 000 at once; labels live no longer than that.
    private static func makeSeries(_ store: TelemetryStore, _ section: inout Section) -> [SeriesID] {
        var (ids, took) = ([SeriesID](), 0.0)
        for first in stride(from: 0, to: count, by: 10_000) {
            let labels = (first..<first + 10_000).map(Fleet.labels)
            let start = cpuSeconds()
            ids += store.resolve(labels).compactMap { $0 }
            took += cpuSeconds() - start
        }
        section.figure("make a series", took / Double(count) * 1e6, "µs")
        return ids
    }

    /// Appends all scrapes, of 10 000 series each as one target would have; in the latter half a snapshot is held all the while, and taken anew each minute.
    private static func fill(_ store: TelemetryStore, _ ids: [SeriesID], _ fleet: inout Fleet, _ before: Int, _ section: inout Section) {
        var held: StoreSnapshot?
        var took = [0.0, 0.0]
        for round in 0..<scrapes {
            fleet.step()
            let isWatched = round >= scrapes / 2
            if isWatched, round % 4 == 0 { held = store.snapshot() }
            let start = cpuSeconds()
            append(fleet.values, at: moment(round), ids, store)
            took[isWatched ? 1 : 0] += cpuSeconds() - start
            if round == 19 || round == scrapes - 1 {
                held = nil
                section.figure(
                    "resident memory of a series with \(round + 1) samples", Double(residentBytes() - before) / Double(count), "bytes")
                section.figure("the same by the books", Double(bytes(store)) / Double(count), "bytes")
            }
        }
        keep(held)
        section.figure("append a sample of a scrape", took[0] / Double(count * scrapes / 2) * 1e9, "ns")
        section.figure("the same while snapshots are held", took[1] / Double(count * scrapes / 2) * 1e9, "ns")
    }
    private static func append(_ values: [Double], at time: Timestamp, _ ids: [SeriesID], _ store: TelemetryStore) {
        ids.withUnsafeBufferPointer { ids in
            values.withUnsafeBufferPointer { values in
                for first in stride(from: 0, to: count, by: 10_000) {
                    let range = first..<first + 10_000
                    store.append(at: time, UnsafeBufferPointer(rebasing: ids[range]), UnsafeBufferPointer(rebasing: values[range]))
                }
            }
        }
    }

    private static func read(_ store: TelemetryStore, _ section: inout Section) {
        let snapshot = store.snapshot().metrics
        let columns = SampleColumns()
        let (range, hour) = (Timestamp.distantPast ... .distantFuture, moment(240)...moment(480))
        var (all, found) = (0, 0)
        let start = cpuSeconds()
        for series in (try? snapshot.select([], in: range)) ?? [] {
            columns.removeAll()
            snapshot.read(series, in: range, into: columns)
            all += columns.count
        }
        section.figure("read a sample", (cpuSeconds() - start) / Double(all) * 1e9, "ns")
        section.milliseconds("select 8000 of \(count) series by two labels, one a regular expression") {
            found +=
                (try? snapshot.select(
                    [
                        LabelMatcher(LabelSet.nameLabel, .equal, "http_requests_total"), LabelMatcher("code", .matches, "2.."),
                    ], in: hour))?.count ?? 0
        }
        section.milliseconds("what series are made of, from the index") { found += snapshot.cardinality().series }
        keep(found)
    }

    static func moment(_ round: Int) -> Timestamp { Material.start + .seconds(Int64(15 * round)) }
    private static func bytes(_ store: TelemetryStore) -> Int { store.snapshot().accounting.bytes[.metrics] ?? 0 }
}

/// Services with counters, histograms, CPU seconds and memory gauges.
private struct Fleet {
    private enum Kind { case counter, bucket, sum, cpu, gauge }
    private(set) var values: [Double]
    private var random: UInt64 = 88_172_645_463_325_252

    init(_ count: Int) {
        values = (0..<count).map { Self.kind($0) == .gauge ? Double(4096 * ($0 % 50_000)) : Double($0 % 1000) }
    }

    private static func kind(_ number: Int) -> Kind {
        switch number % 20 {
        case 0..<8: .counter
        case 8..<14: .bucket
        case 14: .sum
        case 15..<17: .cpu
        default: .gauge
        }
    }
    static func labels(_ number: Int) -> LabelSet {
        let (place, group) = (number % 20, number / 20)
        let common = [Label("job", "shop"), Label("instance", "10.0.\(group / 250).\(group % 250):8080")]
        switch kind(number) {
        case .counter:
            return LabelSet(
                common + [
                    Label(LabelSet.nameLabel, "http_requests_total"), Label("method", place < 4 ? "GET" : "POST"),
                    Label("code", ["200", "204", "404", "500"][place % 4]), Label("handler", "/api/v1/orders/\(group % 25)"),
                ])
        case .bucket, .sum:
            let bounds = ["0.005", "0.025", "0.1", "0.5", "2.5", "+Inf"]
            let name = place == 14 ? "sum" : "bucket"
            return LabelSet(
                common + [
                    Label(LabelSet.nameLabel, "http_request_duration_seconds_" + name), Label("handler", "/api/v1/carts/\(group % 25)"),
                ]
                    + (place == 14 ? [] : [Label("le", bounds[place - 8])]))
        case .cpu, .gauge:
            let name = place < 17 ? "container_cpu_usage_seconds_total" : "container_memory_working_set_bytes"
            return LabelSet([
                Label(LabelSet.nameLabel, name), Label("namespace", "ns-\(group % 12)"), Label("pod", "pod-\(number)"),
                Label("node", "node-\(group % 16)"),
            ])
        }
    }

    mutating func step() {
        for number in values.indices {
            let noise = Double(next() >> 11) * 0x1p-53
            switch Self.kind(number) {
            case .counter: if number % 10 > 2 || noise < 0.05 { values[number] += (Double(number % 97) * (0.5 + noise)).rounded(.down) }
            case .bucket: values[number] += (Double(number % 20 * 8) * (0.5 + noise)).rounded(.down)
            case .sum: values[number] += noise * 4.17
            case .cpu: values[number] = ((values[number] + 15 * noise) * 1e6).rounded() / 1e6
            case .gauge: if noise < 0.7 { values[number] = max(0, values[number] + 4096 * ((noise - 0.35) * 280).rounded()) }
            }
        }
    }
    private mutating func next() -> UInt64 {
        random ^= random << 13
        random ^= random >> 7
        random ^= random << 17
        return random
    }
}

/// What this thread has used: what a busy machine does beside it hardly tells.
func cpuSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// Of this process, as the kernel counts.
private func residentBytes() -> Int {
    guard let file = fopen("/proc/self/statm", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 128)
    guard fgets(&line, 128, file) != nil else { return 0 }
    let fields = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self).split(separator: " ")
    return fields.count > 1 ? (Int(fields[1]) ?? 0) * sysconf(Int32(_SC_PAGESIZE)) : 0
}
