/// One value of a series.
package struct Sample: Hashable, Sendable {
    package var time: Timestamp
    package var value: Double
    @inlinable package init(_ time: Timestamp, _ value: Double) {
        self.time = time
        self.value = value
    }

    /// The NaN whose bits mean "this series ended here", as Prometheus writes it (`value.StaleNaN`).
    package static let staleMarker = Double(bitPattern: 0x7ff0_0000_0000_0002)
    /// True for the staleness marker only, not for other NaNs.
    @inlinable package static func isStale(_ value: Double) -> Bool { value.bitPattern == 0x7ff0_0000_0000_0002 }
    @inlinable package var isStale: Bool { Sample.isStale(value) }
}

/// An example behind a sample, typically with the `trace_id` that caused it.
package struct Exemplar: Hashable, Sendable {
    package var labels: LabelSet
    package var value: Double
    /// The exposed time, or that of the scrape where none was exposed.
    package var time: Timestamp
    package init(labels: LabelSet, value: Double, time: Timestamp) {
        self.labels = labels
        self.value = value
        self.time = time
    }
}

/// The kind of a metric family, by the names of OpenMetrics.
package enum MetricType: String, Hashable, Sendable, CaseIterable {
    case unknown, counter, gauge, histogram, gaugehistogram, summary, info, stateset
}

/// What a target says about one metric family.
package struct MetricMetadata: Hashable, Sendable {
    package var type: MetricType
    package var help: String
    package var unit: String
    package init(type: MetricType = .unknown, help: String = "", unit: String = "") {
        self.type = type
        self.help = help
        self.unit = unit
    }
}
