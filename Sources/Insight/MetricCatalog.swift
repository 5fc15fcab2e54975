import Store
import Telemetry

/// A metric as people speak of it: a histogram is one, whatever the number of series that make it up.
package struct MetricEntry: Hashable, Sendable {
    /// What its values are, from its type where it is told, else from its name.
    package enum Form: String, Hashable, Sendable {
        case counter, gauge
        /// A moment in seconds since the epoch.
        case moment
        /// `up`: 1 or 0.
        case status
        case classicHistogram = "histogram", nativeHistogram = "native histogram"
        /// Buckets that are no counters.
        case gaugeHistogram = "gauge histogram"
        case summary
        /// A summary of `_sum` and `_count` alone.
        case plainSummary = "plain summary"
        case info, states
    }
    /// Of the family: without `_bucket`, `_sum` and the like; of a counter with its `_total`.
    package var name: String
    package var form: Form
    package var metadata: MetricMetadata
    /// What its name or its target says its values are counted in, such as `seconds`; empty where nothing does.
    package var unit: String
    /// The metrics that make it up, as they are selected; of a classic histogram the buckets first.
    package var parts: [String]

    package init(name: String, form: Form, metadata: MetricMetadata = MetricMetadata(), parts: [String]? = nil) {
        self.name = name
        self.form = form
        self.metadata = metadata
        self.parts = parts ?? [name]
        unit = metadata.unit.isEmpty ? Self.unit(in: name) : metadata.unit
    }

    private static func unit(in name: String) -> String {
        let stem = ["_total", "_sum", "_count", "_bucket"].first { name.hasSuffix($0) }.map { name.dropLast($0.count) } ?? name[...]
        let units = [
            "seconds", "milliseconds", "microseconds", "nanoseconds", "bytes", "ratio", "percent", "celsius", "volts", "amperes", "joules",
            "watts", "grams", "meters", "hertz", "bits",
        ]
        if stem.hasSuffix("_ms") { return "milliseconds" }
        return units.first { stem.hasSuffix("_" + $0) || stem == $0 } ?? ""
    }
}

/// All metrics of one version of the store, ascending by name.
package struct MetricCatalog: Sendable {
    package let entries: [MetricEntry]

    package init(_ metrics: MetricSnapshot) {
        self.init(names: metrics.metricNames, metadata: metrics.metadata(family:)) { name, label in
            metrics.series(named: name).first.map { metrics.label(label, of: $0) != nil } ?? false
        }
    }

    /// `hasLabel` says whether the series of a metric have a label: a few are asked for.
    package init(names: [String], metadata: (String) -> MetricMetadata?, hasLabel: (_ metric: String, _ label: String) -> Bool) {
        let known = Set(names)
        var found: [String: MetricEntry] = [:]
        for name in names {
            let entry = Self.entry(of: name, known, metadata, hasLabel)
            // The same family by its other parts; a classic histogram that is a native one too is shown as that.
            if let old = found[entry.name] {
                let isBetter = old.form == .plainSummary || entry.form == .nativeHistogram
                found[entry.name] = isBetter ? entry : old
            } else {
                found[entry.name] = entry
            }
        }
        entries = found.values.sorted { $0.name < $1.name }
    }

    package subscript(name: String) -> MetricEntry? {
        if let entry = entry(of: name) { return entry }
        return ["_bucket", "_sum", "_count", "_created"].lazy.compactMap { suffix in
            name.hasSuffix(suffix) ? entry(of: String(name.dropLast(suffix.count))) : nil
        }.first
    }
    private func entry(of name: String) -> MetricEntry? {
        let index = entries.partitioningIndex { $0.name >= name }
        return index < entries.count && entries[index].name == name ? entries[index] : nil
    }

    // MARK: - From names to families

    private static func entry(
        of name: String, _ known: Set<String>, _ metadata: (String) -> MetricMetadata?, _ hasLabel: (String, String) -> Bool
    ) -> MetricEntry {
        if let base = base(of: name, "_bucket"), metadata(base)?.type ?? .histogram != .counter {
            return histogram(base, metadata(base) ?? MetricMetadata(), known)
        }
        for suffix in ["_sum", "_count", "_created", "_gsum", "_gcount"] {
            guard let base = base(of: name, suffix) else { continue }
            if let entry = whole(base, suffix, known, metadata, hasLabel) { return entry }
        }
        let own = metadata(name) ?? base(of: name, "_total").flatMap(metadata) ?? base(of: name, "_info").flatMap(metadata)
        return single(name, own ?? MetricMetadata(), hasLabel)
    }

    private static func base(of name: String, _ suffix: String) -> String? {
        name.hasSuffix(suffix) && name.utf8.count > suffix.utf8.count ? String(name.dropLast(suffix.count)) : nil
    }

    /// What `base` with that suffix is a part of; nil where it stands for itself.
    private static func whole(
        _ base: String, _ suffix: String, _ known: Set<String>, _ metadata: (String) -> MetricMetadata?,
        _ hasLabel: (String, String) -> Bool
    ) -> MetricEntry? {
        let told = metadata(base)
        if known.contains(base + "_bucket") { return histogram(base, told ?? MetricMetadata(), known) }
        if suffix == "_created", known.contains(base + "_total") {
            return single(base + "_total", metadata(base + "_total") ?? told ?? MetricMetadata(), hasLabel)
        }
        if known.contains(base), told?.type == .summary || told?.type == .histogram || hasLabel(base, "quantile") {
            return single(base, told ?? MetricMetadata(), hasLabel)
        }
        let isSummary =
            told?.type == .summary || (told == nil && suffix != "_created" && known.isSuperset(of: [base + "_sum", base + "_count"]))
        guard isSummary else { return nil }
        return MetricEntry(name: base, form: .plainSummary, metadata: told ?? MetricMetadata(), parts: [base + "_sum", base + "_count"])
    }

    private static func histogram(_ base: String, _ metadata: MetricMetadata, _ known: Set<String>) -> MetricEntry {
        if metadata.type != .gaugehistogram, known.contains(base), !known.contains(base + "_bucket") {
            return MetricEntry(name: base, form: .nativeHistogram, metadata: metadata)
        }
        let isGauge = metadata.type == .gaugehistogram
        let parts = (isGauge ? ["_bucket", "_gsum", "_gcount"] : ["_bucket", "_sum", "_count"]).map { base + $0 }.filter(known.contains)
        return MetricEntry(name: base, form: isGauge ? .gaugeHistogram : .classicHistogram, metadata: metadata, parts: parts)
    }

    private static func single(_ name: String, _ metadata: MetricMetadata, _ hasLabel: (String, String) -> Bool) -> MetricEntry {
        MetricEntry(name: name, form: form(name, metadata, hasLabel), metadata: metadata)
    }

    private static func form(_ name: String, _ metadata: MetricMetadata, _ hasLabel: (String, String) -> Bool) -> MetricEntry.Form {
        switch metadata.type {
        case .counter: return .counter
        case .histogram: return .nativeHistogram
        case .gaugehistogram: return .gaugeHistogram
        case .summary: return hasLabel(name, "quantile") ? .summary : .gauge
        case .info: return .info
        case .stateset: return .states
        case .unknown, .gauge: break
        }
        if name == "up" { return .status }
        if metadata.type == .unknown {
            if name.hasSuffix("_total") { return .counter }
            if hasLabel(name, "quantile") { return .summary }
        }
        if name.hasSuffix("_info") { return .info }
        return ["_timestamp_seconds", "_time_seconds", "_created"].contains { name.hasSuffix($0) } ? .moment : .gauge
    }
}
