/// A form of the page that a scrape may ask for, by the names that Prometheus gives them in `scrape_protocols`.
package enum ScrapeProtocol: String, Hashable, Sendable, CaseIterable {
    case protobuf = "PrometheusProto"
    case text0 = "PrometheusText0.0.4"
    case text1 = "PrometheusText1.0.0"
    case openMetrics0 = "OpenMetricsText0.0.1"
    case openMetrics1 = "OpenMetricsText1.0.0"

    /// What is asked for where nothing is said.
    package static let standard: [ScrapeProtocol] = [.openMetrics1, .openMetrics0, .text1, .text0]
    /// The same with native histograms, which only protobuf has.
    package static let protobufFirst: [ScrapeProtocol] = [.protobuf] + standard

    /// As it stands in `Accept` and `Content-Type`.
    package var mediaType: String {
        switch self {
        case .protobuf: "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"
        case .text0: "text/plain;version=0.0.4"
        case .text1: "text/plain;version=1.0.0"
        case .openMetrics0: "application/openmetrics-text;version=0.0.1"
        case .openMetrics1: "application/openmetrics-text;version=1.0.0"
        }
    }
    /// The forms that may have names of any characters, and are asked for them.
    private var takesAnyName: Bool { self == .text1 || self == .openMetrics1 }

    /// The header `Accept` that asks for `protocols`, the first liked best, and takes anything else too; as Prometheus 3 writes it.
    package static func accept(_ protocols: [ScrapeProtocol]) -> String {
        var weight = allCases.count + 1
        var parts: [String] = []
        for form in protocols {
            parts.append(form.mediaType + (form.takesAnyName ? ";escaping=allow-utf-8" : "") + ";q=0.\(weight)")
            weight -= 1
        }
        return (parts + ["*/*;q=0.\(weight)"]).joined(separator: ",")
    }
}

/// Which histograms a scrape takes, and in which forms it asks for the page.
package struct ScrapeForms: Hashable, Sendable {
    /// `scrape_protocols`; nil where nothing is said.
    package var protocols: [ScrapeProtocol]?
    /// `fallback_scrape_protocol`: how a page is read that does not say what it is.
    package var fallback: ScrapeProtocol?
    /// `scrape_native_histograms`
    package var takesNativeHistograms = false
    /// `always_scrape_classic_histograms`
    package var keepsClassicHistograms = false
    package init() {}

    /// The `Accept` of a request.
    package var accept: String {
        ScrapeProtocol.accept(protocols ?? (takesNativeHistograms ? ScrapeProtocol.protobufFirst : ScrapeProtocol.standard))
    }
}
