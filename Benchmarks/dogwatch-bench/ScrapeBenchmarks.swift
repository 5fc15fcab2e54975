import Disk
import Runtime
import Store
import Telemetry
import Transfer
import Wire

/// Pages of metrics into the store, from the first byte in memory; `Benchmarks/peers/scrape.py` measures the program with the network, beside others.
enum ScrapeBenchmarks {
    private static let series = 10_000
    private static let rounds = 20

    static func run() {
        var section = Section("Scraping pages of \(series) series")
        let pages = (0..<rounds + 2).map { Material.page(series, version: $0) }
        section.figure("size of a page", Double(pages[0].count) / Double(series), "bytes a series")
        section.cost("a page with new series", of: series, "series", prepare: { Engine(store: TelemetryStore()) }) {
            $0.accept(Material.scrape(pages[0], round: 0))
        }
        section.cost("a known page, half of it moved", of: rounds * series, "samples", prepare: { known(pages) }) { engine in
            for round in 2..<rounds + 2 { engine.accept(Material.scrape(pages[round], round: round)) }
        }
        let reversed = pages.map {
            Array($0.split(separator: UInt8(ascii: "\n")).reversed().joined(separator: [UInt8(ascii: "\n")])) + [10]
        }
        section.cost("a page whose order changes each time", of: rounds * series, "samples", prepare: { known(pages) }) { engine in
            for round in 2..<rounds + 2 { engine.accept(Material.scrape((round % 2 == 0 ? reversed : pages)[round], round: round)) }
        }
        gzip(pages, &section)
        load(&section)
        memory(pages, &section)
        section.print()
    }

    private static func known(_ pages: [[UInt8]]) -> Engine {
        let engine = Engine(store: TelemetryStore())
        for round in 0..<2 { engine.accept(Material.scrape(pages[round], round: round)) }
        return engine
    }

    private static func gzip(_ pages: [[UInt8]], _ section: inout Section) {
        let packed = pages.map { page in
            let compressor = GzipCompressor(level: 6)
            return compressor.compress(page) + compressor.finish()
        }
        guard let inflater = GzipInflater() else { return }
        section.cost("the same, gzip", of: rounds * series, "samples", prepare: { known(pages) }) { engine in
            var body: [UInt8] = []
            for round in 2..<rounds + 2 {
                let failure = inflater.inflate(packed[round], into: &body, limit: 1 << 26)
                precondition(failure == nil, "what is measured inflates")
                engine.accept(Material.scrape(body, round: round))
            }
        }
    }

    /// Two hundred series of a file, a sample each quarter of a minute.
    private static func load(_ section: inout Section) {
        let perSeries = 480
        var text = ""
        for number in 0..<200 {
            for step in 0..<perSeries {
                text += """
                    http_requests_total{job="shop",instance="10.0.0.\(number):8080",handler="/api/v1/orders",code="200"} \
                    \(number + step * 7) \(Material.start.milliseconds + Int64(step * 15_000))

                    """
            }
        }
        let bytes = Array(text.utf8)
        section.cost("a file of samples with times, series by series", of: 200 * perSeries, "samples", prepare: { TelemetryStore() }) {
            store in
            var reader = ExpositionFileReader(.text)
            let batch = bytes.withUnsafeBufferPointer { reader.read($0) { _ in } }
            let outcome = MetricBatchIntake.take(batch, at: Material.start + .minutes(180), into: store)
            precondition(outcome.accepted == 200 * perSeries, "what is measured is taken")
        }
    }

    private static func memory(_ pages: [[UInt8]], _ section: inout Section) {
        let engine = known(pages)
        for round in 2..<20 { engine.accept(Material.scrape(pages[round], round: round)) }
        let bytes = engine.store.snapshot().accounting.bytes[.metrics] ?? 0
        section.figure("memory after 20 scrapes, by the store's books", Double(bytes) / Double(series), "bytes a series")
    }
}
