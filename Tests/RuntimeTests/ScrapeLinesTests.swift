import Store
import Telemetry
import TestKit
import Testing
import Wire

@testable import Runtime

/// Remembering lines must change nothing but the cost: against a model that reads every page anew, labels and all.
@Suite struct ScrapeLinesTests {
    private static let target = LabelSet([Label("instance", "h:1"), Label("job", "j")])
    private static let reports: Set = [
        "up", "scrape_duration_seconds", "scrape_samples_scraped", "scrape_samples_post_metric_relabeling", "scrape_series_added",
    ]

    @Test(arguments: 0..<100) func aRememberedPageReadsAsANewOne(seed: UInt64) {
        var pages = PageMutator(seed)
        let (intake, store) = (ScrapeIntake(), PlainStore())
        var model = Model()
        for round in 0..<40 {
            let (page, type) = pages.next()
            let time = Timestamp.seconds(1000 + Int64(round) * 15)
            let scrape = Scrape(
                labels: Self.target, body: page, contentType: type, started: time, duration: .milliseconds(1), interval: .seconds(15))
            let outcome = intake.take(scrape, from: Source(.scrape, "h"), into: store)
            let expected = model.take(scrape)
            #expect((outcome.failure == nil) == expected, "seed \(seed), round \(round): \(outcome.failure ?? "taken")")
        }
        let kept = store.samples.filter { !Self.reports.contains($0.key.metricName) }
        #expect(Set(kept.keys) == Set(model.samples.keys), "seed \(seed)")
        for (labels, samples) in model.samples {
            let found = kept[labels] ?? []
            #expect(
                found.map(\.time) == samples.map(\.time) && found.map(\.value.bitPattern) == samples.map(\.value.bitPattern),
                "seed \(seed), \(labels): \(found) not \(samples)")
        }
    }

    @Test func aPageLikeTheLastIsNotWrittenDownAgain() {
        let fingerprinter = LineFingerprinter()
        func line(_ text: String) -> ExpositionLine {
            Array(text.utf8).withUnsafeBufferPointer { ExpositionLine($0, series: SeriesID(UInt32(text.utf8.count)), by: fingerprinter) }
        }
        let first = ["a", "bb", "ccc", "dddd"].map(line)
        var lines = ScrapeLines()
        lines.begin(after: [])
        #expect(first.map { lines.take($0) } == [false, false, false, false] && lines.finish() == first && lines.gone.isEmpty)

        lines.begin(after: first)
        #expect(first.map { lines.take($0) } == [true, true, true, true] && lines.finish() == nil && lines.gone.isEmpty)

        lines.begin(after: first)
        let mixed = [first[2], line("x"), first[0], line("x")]
        #expect(mixed.map { lines.take($0) } == [true, false, true, true])
        #expect(lines.finish() == mixed && lines.gone == [first[1], first[3]])

        lines.begin(after: first)
        lines.advance(2)
        #expect(lines.finish() == Array(first[..<2]) && lines.gone == Array(first[2...]))
    }

    @Test func manyLinesInAnyOrderAreFound() {
        let fingerprinter = LineFingerprinter()
        let all = (0..<5000).map { number in
            Array("series_\(number)".utf8).withUnsafeBufferPointer {
                ExpositionLine($0, series: SeriesID(UInt32(number)), by: fingerprinter)
            }
        }
        var random = Seeded(3)
        var lines = ScrapeLines()
        var last = Array(all[..<2000])
        for round in 0..<10 {
            lines.begin(after: last)
            let page = Array(all.shuffled(using: &random)[..<(1000 + round * 300)])
            let known = Set(last)
            for line in page { #expect(lines.take(line) == known.contains(line)) }
            #expect(Set(lines.gone) == known.subtracting(page))
            last = lines.finish() ?? last
            #expect(last == page)
        }
    }
}

/// Scraping as it is defined, with no memory of texts.
private struct Model {
    private(set) var samples: [LabelSet: [Sample]] = [:]
    /// Series that end when they go.
    private var alive: Set<LabelSet> = []

    /// True for a page that is taken.
    mutating func take(_ scrape: Scrape) -> Bool {
        guard let page = read(scrape) else {
            for labels in alive { append(Sample(scrape.started, Sample.staleMarker), to: labels) }
            alive = []
            return false
        }
        for (labels, sample) in page where sample.time == nil { append(Sample(scrape.started, sample.value), to: labels) }
        for labels in alive.subtracting(page.map(\.0)) { append(Sample(scrape.started, Sample.staleMarker), to: labels) }
        for (labels, sample) in page {
            guard let time = sample.time, time <= scrape.started + .minutes(10) else { continue }
            append(Sample(time, sample.value), to: labels)
        }
        alive = Set(page.filter { $0.1.time == nil }.map(\.0))
        return true
    }

    private mutating func append(_ sample: Sample, to labels: LabelSet) {
        if let last = samples[labels]?.last, last.time >= sample.time { return }
        samples[labels, default: []].append(sample)
    }

    private func read(_ scrape: Scrape) -> [(LabelSet, ExpositionSample)]? {
        scrape.body.withUnsafeBufferPointer { bytes in
            guard let known = ExpositionFormat.recognise(contentType: scrape.contentType, body: bytes) else { return nil }
            var parser = ExpositionParser(bytes, format: known.format, isStrict: known.isStrict)
            var found: [(LabelSet, ExpositionSample)] = []
            do throws(ExpositionError) {
                while true {
                    switch try parser.next() {
                    case .end: return found
                    case .metadata(let line): _ = try parser.metadata(of: line)
                    case .sample(let sample):
                        let labels = try parser.labels(of: sample.series)
                        found.append((ScrapeLabels.merge(labels, with: scrape.labels, honorsLabels: false), sample))
                    }
                }
            } catch { return nil }
        }
    }
}

/// Pages that change as a hostile target's might: values, order, spelling, times, comments, line ends, errors.
private struct PageMutator {
    private static let values = [
        "0", "1", "-1", "17", "1.5", "1e+09", "0.0371230001", "NaN", "+Inf", "-Inf", "123456789012345678", "5e-324", "1E5",
    ]
    private static let texts = [
        "x", "x{}", "x{a=\"1\"}", "x{a=\"1\",}", "x {a=\"1\"}", "x{ a = \"1\" }", "y{a=\"1\",b=\"2\"}", "y{b=\"2\",a=\"1\"}", "y{a=\"}\"}",
        "{\"z.z\",a=\"1\"}",
        "x_total", "xx", "z{job=\"own\"}", "z{a=\"\"}", "z", "long{v=\"" + String(repeating: "v", count: 300) + "\"}", "u{a=\"ü\"}",
    ]
    private static let others = [
        "# HELP x help", "# HELP x another", "# TYPE x gauge", "# TYPE x counter", "# a comment", "", "  ", "# HELP y", "# TYPE x",
    ]
    private static let errors = [
        "x{a=\"1\" 1", "x 1 2 3", "x", "<html>", "x{a=\"1\",a=\"2\"} 1", "# TYPE x nonsense", "x one", "u{a=\"\u{1}", "9 1",
    ]

    private var random: Seeded
    private var lines: [String]
    init(_ seed: UInt64) {
        random = Seeded(seed)
        lines = Self.texts.map { $0 + " 1" } + ["# HELP x help"]
        lines += (0..<30).map { "many{n=\"\($0)\"} \($0)" }
    }

    mutating func next() -> (page: [UInt8], type: String) {
        for _ in 0..<Int.random(in: 0..<4, using: &random) { mutate() }
        var page = lines
        // Most values move.
        for place in page.indices where page[place].hasSuffix(" 1") && Bool.random(using: &random) {
            page[place] = String(page[place].dropLast()) + pick(Self.values)
        }
        if oneIn(8) { page.insert(pick(Self.errors), at: Int.random(in: 0...page.count, using: &random)) }
        let end = oneIn(8) ? "\r\n" : "\n"
        var text = page.joined(separator: end) + (oneIn(6) ? "" : end)
        if oneIn(10) { text += "# EOF\n" }
        if oneIn(15) { text = String(text.prefix(Int.random(in: 0...text.count, using: &random))) }
        var bytes = Array(text.utf8)
        if oneIn(20), let place = bytes.indices.randomElement(using: &random) { bytes[place] = UInt8.random(in: 0...255, using: &random) }
        return (bytes, oneIn(4) ? "" : oneIn(10) ? "application/openmetrics-text" : "text/plain; version=0.0.4")
    }

    private mutating func mutate() {
        guard let place = lines.indices.randomElement(using: &random) else { return lines.append(pick(Self.texts) + " 1") }
        switch Int.random(in: 0..<10, using: &random) {
        case 0: lines.remove(at: place)
        case 1: lines.insert(pick(Self.texts) + " 1", at: place)
        case 2: lines.insert(pick(Self.others), at: place)
        case 3: lines.swapAt(place, Int.random(in: 0..<lines.count, using: &random))
        case 4: lines.insert(lines[place], at: Int.random(in: 0...lines.count, using: &random))
        case 5: lines[place] += pick([" 1000000", " 1500000", "  ", "\t1300000 "])
        case 6: lines[place] = pick(Self.texts) + pick([" 1", "  1", "\t1", " 1 "])
        case 7 where oneIn(3): lines.shuffle(using: &random)
        case 8 where oneIn(3): lines.removeSubrange(place..<min(place + 15, lines.count))
        default: lines.insert("many{n=\"\(Int.random(in: 0..<40, using: &random))\"} 1", at: place)
        }
    }

    private mutating func pick(_ choices: [String]) -> String { choices.randomElement(using: &random) ?? "" }
    private mutating func oneIn(_ count: Int) -> Bool { Int.random(in: 0..<count, using: &random) == 0 }
}
