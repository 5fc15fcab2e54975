import Notify
import Rules
import Telemetry

/// What a configuration file says, ready to be used.
package struct Configuration: Sendable {
    package var scrapes: [ScrapeConfiguration] = []
    package var logs: [LogConfiguration] = []
    package var receivers = ReceiverConfiguration()
    package var storage = StorageConfiguration()
    package var interface = InterfaceConfiguration()
    package var global = GlobalConfiguration()
    /// Patterns of rule files, from the folder of the configuration.
    package var ruleFiles: [String] = []
    package var alerts = AlertConfiguration()
    package var objectives: [ServiceLevelObjective] = []
    /// Who is told of alerts: `notify`, and Prometheus's `alerting`.
    package var notify = NotifyConfiguration()
    package init() {}
}

/// A configuration with all that was found wrong with it.
package struct ConfigurationReading: Sendable {
    /// What could be read; not to be used while there are errors.
    package var configuration: Configuration
    /// In the order of the text.
    package var errors: [Diagnostic]
    /// What is taken but does nothing yet.
    package var warnings: [Diagnostic]
}

/// Prometheus's `global`.
package struct GlobalConfiguration: Hashable, Sendable {
    package var scrapeInterval = TimeSpan.minutes(1)
    package var scrapeTimeout = TimeSpan.seconds(10)
    package var evaluationInterval = TimeSpan.minutes(1)
    package var ruleQueryOffset = TimeSpan.zero
    package var externalLabels: [Label] = []
    /// For jobs that say no other.
    package var limits = ScrapeConfiguration.Limits()
    package var forms = ScrapeForms()
    package init() {}
}

/// One of Prometheus's `scrape_configs`.
package struct ScrapeConfiguration: Hashable, Sendable {
    package enum Authentication: Hashable, Sendable {
        case none
        case basic(user: String, password: Secret)
        /// The header `Authorization: type credentials`.
        case authorization(type: String, credentials: Secret)
    }
    package enum Scheme: String, Hashable, Sendable, CaseIterable { case http, https }

    package var jobName: String
    package var interval: TimeSpan
    package var timeout: TimeSpan
    package var metricsPath = "/metrics"
    package var scheme = Scheme.http
    /// Query parameters in the order of the file.
    package var parameters: [QueryParameter] = []
    package var honorsLabels = false
    package var honorsTimestamps = true
    package var authentication = Authentication.none
    package var tls = TLSConfiguration()
    package struct Limits: Hashable, Sendable {
        /// 0 for none, here and below.
        package var samples = 0
        package var labels = LabelLimits()
        package var targets = 0
        /// Nil for dogwatch's own limit.
        package var bodySize: ByteCount?
        package init() {}
    }
    package var limits = Limits()
    package var forms = ScrapeForms()
    package var followsRedirects = true
    package var acceptsCompression = true
    /// Connects here instead of the targets' addresses; dogwatch's own key.
    package var unixSocket: String?
    package var groups: [TargetGroup] = []
    package var fileDiscoveries: [FileDiscovery] = []
    package init(jobName: String, interval: TimeSpan = .minutes(1), timeout: TimeSpan = .seconds(10)) {
        self.jobName = jobName
        self.interval = interval
        self.timeout = timeout
    }
}

/// One name of a query with its values.
package struct QueryParameter: Hashable, Sendable {
    package var name: String
    package var values: [String]
    package init(_ name: String, _ values: [String]) {
        self.name = name
        self.values = values
    }
}

/// Targets that share labels.
package struct TargetGroup: Hashable, Sendable {
    /// As `host:port`.
    package var targets: [String]
    package var labels: [Label]
    package init(targets: [String], labels: [Label] = []) {
        self.targets = targets
        self.labels = labels
    }
}

/// One of Prometheus's `file_sd_configs`.
package struct FileDiscovery: Hashable, Sendable {
    /// Patterns with `*` in their last part.
    package var files: [String]
    package var refreshInterval: TimeSpan
    package init(files: [String], refreshInterval: TimeSpan = .minutes(5)) {
        self.files = files
        self.refreshInterval = refreshInterval
    }
}

/// Prometheus's `tls_config`.
package struct TLSConfiguration: Hashable, Sendable {
    package var caFile: String?
    package var certFile: String?
    package var keyFile: String?
    package var serverName: String?
    package var skipsVerification = false
    package init() {}
}

/// One of `logs`.
package struct LogConfiguration: Hashable, Sendable {
    /// Glob patterns, or `-` for standard input.
    package var paths: [String]
    package var format: LogFormat
    package var labels: [Label]
    package var fields: LogFieldNames
    package init(paths: [String], format: LogFormat = .auto, labels: [Label] = [], fields: LogFieldNames = .init()) {
        self.paths = paths
        self.format = format
        self.labels = labels
        self.fields = fields
    }
}

/// `receivers`: addresses to listen on; nil where the file says nothing, so that the default holds.
package struct ReceiverConfiguration: Hashable, Sendable {
    package enum Address: Hashable, Sendable {
        case off
        case at(String)
    }
    package var otlpHTTP: Address?
    package var otlpGRPC: Address?
    package var zipkin: Address?
    package init() {}
}

/// `storage`.
package struct StorageConfiguration: Hashable, Sendable {
    package var memory: ByteCount?
    /// How long metrics are kept at most; nil: as long as the memory lasts.
    package var retention: TimeSpan?
    package init() {}
}

/// `alerts`: dogwatch's own keys about rules.
package struct AlertConfiguration: Hashable, Sendable {
    /// Whether the rules that come with dogwatch are evaluated.
    package var hasStarter = true
    /// Rules of the starter set that are left out, by their names.
    package var without: [String] = []
    /// Where silences, acknowledgements, alerts and what was told of them outlive a restart; nil: in memory alone.
    package var state: String?
    package init() {}
}

/// `ui`; nil where the file says nothing.
package struct InterfaceConfiguration: Hashable, Sendable {
    package var theme: String?
    package var refresh: TimeSpan?
    package var mouse: Bool?
    package var ascii: Bool?
    package init() {}
}

extension ByteCount {
    /// As configurations write it: `512MiB`, `1GB`, `64M`, `4096`; units of 1024 with or without the `i`, as Prometheus counts. Nil for anything else.
    package init?(configuration text: some StringProtocol) {
        let digits = text.prefix { ("0"..."9").contains($0) || $0 == "." }
        let units: [(String, Int)] = [("", 0), ("B", 0), ("K", 10), ("M", 20), ("G", 30), ("T", 40)]
        var unit = text.dropFirst(digits.count).drop { $0 == " " }.uppercased()
        if unit.count > 1, unit.hasSuffix("B") { unit.removeLast() }
        if unit.count > 1, unit.hasSuffix("I") { unit.removeLast() }
        guard let number = Double(digits), let shift = units.first(where: { $0.0 == unit })?.1 else { return nil }
        let bytes = number * Double(1 << shift)
        guard bytes < Double(Int.max / 2) else { return nil }
        self.init(Int(bytes))
    }
}
