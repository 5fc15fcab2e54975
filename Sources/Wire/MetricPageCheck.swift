import Telemetry

/// How a page of metrics that somebody wants checked is written.
package enum MetricPageFormat: String, Hashable, Sendable, CaseIterable {
    case text, openmetrics, protobuf

    /// By content: protobuf has bytes that text never has, OpenMetrics ends with `# EOF`.
    package init(of page: [UInt8]) {
        if page.prefix(1 << 12).contains(where: { $0 < 0x20 && !(0x09...0x0d).contains($0) }) {
            self = .protobuf
        } else {
            self =
                page.withUnsafeBufferPointer { ExpositionFormat.recognise(contentType: "", body: $0)?.format == .openMetrics }
                ? .openmetrics : .text
        }
    }
}

/// What `dogwatch check metrics` says of a page.
package enum MetricPageCheck {
    /// What the page does against the rules of naming; throws where it is not to be read at all.
    package static func problems(of page: [UInt8], as format: MetricPageFormat) throws(Diagnostic) -> [MetricProblem] {
        switch format {
        case .text:
            return try read(page) { bytes throws(ExpositionError) in
                var check = ClassicPageCheck(bytes)
                return try check.run()
            }
        case .openmetrics: return try read(page) { bytes throws(ExpositionError) in try check(bytes, isStrict: true) }
        case .protobuf:
            let text: [UInt8]
            do throws(WireError) { text = try ProtobufExposition(page, takesNative: false, keepsClassic: true).text } catch {
                throw Diagnostic(message: "the page is no protobuf exposition: \(error)")
            }
            var problems = try read(text) { bytes throws(ExpositionError) in try check(bytes, isStrict: false) }
            for index in problems.indices { problems[index].position = nil }
            return problems
        }
    }

    private static func read(
        _ page: [UInt8], _ check: (UnsafeBufferPointer<UInt8>) throws(ExpositionError) -> [MetricProblem]
    ) throws(Diagnostic) -> [MetricProblem] {
        let outcome: Result<[MetricProblem], ExpositionError> = page.withUnsafeBufferPointer { bytes in
            do throws(ExpositionError) { return .success(try check(bytes)) } catch { return .failure(error) }
        }
        do throws(ExpositionError) { return try outcome.get() } catch { throw error.diagnostic(source: "") }
    }

    /// A page of OpenMetrics, where it `isStrict`; otherwise of protobuf rewritten as text, in which counters have their whole names.
    private static func check(_ bytes: UnsafeBufferPointer<UInt8>, isStrict: Bool) throws(ExpositionError) -> [MetricProblem] {
        var parser = ExpositionParser(bytes, format: .openMetrics, isStrict: isStrict)
        var lint = MetricLint()
        var places = LinePlaces(bytes)
        /// What the rules call a family, by what the page calls it.
        var names: [String: String] = [:]
        while true {
            switch try parser.next() {
            case .end: return lint.finish()
            case .metadata(let line):
                let found = try parser.metadata(of: line)
                let place = places.place(of: line.lowerBound)
                let name = names[found.family] ?? found.family
                if case .type(.counter) = found.item, isStrict, !name.hasSuffix("_total") { names[found.family] = name + "_total" }
                names[found.family] = names[found.family] ?? name
                lint.rename(name, to: names[found.family] ?? name)
                lint.update(names[found.family] ?? name, at: place) { family in
                    switch found.item {
                    case .type(let type): family.type = type
                    case .help(let help): family.hasHelp = !help.isEmpty
                    case .unit: break
                    }
                }
            case .sample(let sample):
                let place = places.place(of: sample.series.lowerBound)
                let set = try parser.labels(of: sample.series)
                let labels = set.labels.filter { $0.name != LabelSet.nameLabel }.map {
                    MetricLint.PlacedLabel(name: $0.name, value: $0.value, position: place)
                }
                lint.take(labels, of: family(of: set.metricName, names), at: place)
            }
        }
    }

    private static func family(of sample: String, _ names: [String: String]) -> String {
        if let name = names[sample] { return name }
        for suffix in ["_total", "_created", "_bucket", "_count", "_sum", "_gcount", "_gsum", "_info"] where sample.hasSuffix(suffix) {
            if let name = names[String(sample.dropLast(suffix.count))] { return name }
        }
        return sample
    }
}

/// Lines and columns of offsets that only rise.
private struct LinePlaces {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var line = 1
    private var lineStart = 0
    private var seen = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    mutating func place(of offset: Int) -> SourcePosition {
        while seen < min(offset, bytes.count) {
            if bytes[seen] == PageByte.newline {
                line += 1
                lineStart = seen + 1
            }
            seen += 1
        }
        return SourcePosition(line: line, column: bytes[lineStart..<seen].count { $0 & 0xc0 != 0x80 } + 1)
    }
}
