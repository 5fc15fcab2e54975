import Telemetry

extension ScrapeConfiguration {
    /// How one target of the job is scraped: the labels `__address__`, `__scheme__`, `__metrics_path__`, `__param_NAME`, `__scrape_interval__` and
    /// `__scrape_timeout__` of its group win over the job, as in Prometheus; what begins with `__` is no label of its series.
    package struct Target: Hashable, Sendable {
        package var job: ScrapeConfiguration
        package var address: String
        package var labels: [Label]
    }

    /// Throws a sentence on a label that tells no scheme or no length of time.
    package func target(_ address: String, labels: [Label]) throws(Diagnostic) -> Target {
        var target = Target(job: self, address: address, labels: labels.filter { !$0.name.hasPrefix("__") })
        for label in labels where label.name.hasPrefix("__") { try target.take(label) }
        if target.job.timeout > target.job.interval {
            if target.job.timeout != timeout { throw Diagnostic(message: "__scrape_timeout__ is longer than the interval") }
            target.job.timeout = target.job.interval
        }
        return target
    }
}

extension ScrapeConfiguration.Target {
    fileprivate mutating func take(_ label: Label) throws(Diagnostic) {
        switch label.name {
        case "__address__": address = label.value
        case "__metrics_path__": job.metricsPath = label.value
        case "__scheme__":
            guard let scheme = ScrapeConfiguration.Scheme(rawValue: label.value) else {
                throw Diagnostic(message: "__scheme__ is http or https, not \"\(label.value)\"")
            }
            job.scheme = scheme
        case "__scrape_interval__": job.interval = try Self.span(label)
        case "__scrape_timeout__": job.timeout = try Self.span(label)
        default:
            guard label.name.hasPrefix("__param_") else { return }
            let name = String(label.name.dropFirst("__param_".count))
            if let place = job.parameters.firstIndex(where: { $0.name == name }) {
                // The first value alone is the label's.
                let rest = job.parameters[place].values.dropFirst()
                job.parameters[place] = QueryParameter(name, [label.value] + rest)
            } else {
                job.parameters.append(QueryParameter(name, [label.value]))
            }
        }
    }
    private static func span(_ label: Label) throws(Diagnostic) -> TimeSpan {
        guard let span = TimeSpan(prometheus: label.value), span > .zero else {
            throw Diagnostic(message: "\(label.name) wants a length of time such as 15s, not \"\(label.value)\"")
        }
        return span
    }
}
