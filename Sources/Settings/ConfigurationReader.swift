import Rules
import Telemetry

extension Configuration {
    /// Reads a `dogwatch.yaml` or `prometheus.yml`; tells everything that is wrong, not only the first.
    ///
    /// `environment` answers `${NAME}`; `secretFile` gives the text of a `*_file`, nil where it can't be read.
    package static func read(
        _ bytes: [UInt8], source: String, environment: @escaping (String) -> String? = { _ in nil },
        secretFile: @escaping (String) -> String? = { _ in nil }, notify: NotifySurroundings = NotifySurroundings()
    ) -> ConfigurationReading {
        let context = ReadingContext(source: source, environment: environment, secretFile: secretFile)
        var configuration = Configuration()
        do throws(Diagnostic) {
            if let root = try YAMLParser.parse(bytes, source: source), let reader = NodeReader(root, "a configuration", context) {
                configuration.read(reader, notify)
            }
        } catch {
            return ConfigurationReading(configuration: configuration, errors: [error], warnings: [])
        }
        return ConfigurationReading(
            configuration: configuration, errors: inOrder(context.errors), warnings: inOrder(context.warnings))
    }

    private mutating func read(_ root: NodeReader, _ surroundings: NotifySurroundings) {
        root.check(
            known: [
                "global", "scrape_configs", "rule_files", "logs", "receivers", "storage", "ui", "alerts", "slos", "notify", "alerting",
            ],
            unused: PrometheusKeys.topLevel)
        if let reader = root.mapping("global") { global.read(reader) }
        var names: [String: Int] = [:]
        for reader in root.mappings("scrape_configs") {
            guard let scrape = ScrapeConfiguration(reader, global) else { continue }
            if let line = names.updateValue(reader.node.position.line, forKey: scrape.jobName) {
                reader.context.fail(
                    "there are two jobs named \"\(scrape.jobName)\"; the first in line \(line)", reader.position("job_name"))
            }
            scrapes.append(scrape)
        }
        logs = root.mappings("logs").compactMap { LogConfiguration($0) }
        ruleFiles = root.texts("rule_files")
        if let reader = root.mapping("alerts") {
            reader.check(known: ["starter", "without", "state"])
            alerts.hasStarter = reader.flag("starter") ?? true
            alerts.without = reader.texts("without")
            alerts.state = reader.text("state")
        }
        objectives = root.mappings("slos").compactMap { ServiceLevelObjective($0) }
        if let reader = root.mapping("notify") {
            var notifyReader = NotifyReader(reader, surroundings)
            notify = notifyReader.read()
        }
        notify.externalLabels = global.externalLabels
        if let reader = root.mapping("alerting") { notify.alertmanagers = AlertingReader.read(reader) }
        if let reader = root.mapping("receivers") { receivers.read(reader) }
        // Prometheus has a `storage` too, for other things: exemplars and its own files.
        if let reader = root.mapping("storage") {
            reader.check(known: ["memory", "retention"], unused: ["tsdb", "exemplars"])
            storage.memory = reader.size("memory")
            storage.retention = reader.positiveSpan("retention")
        }
        if let reader = root.mapping("ui") { interface.read(reader) }
    }
}

extension GlobalConfiguration {
    fileprivate mutating func read(_ reader: NodeReader) {
        reader.check(
            known: ["scrape_interval", "scrape_timeout", "external_labels", "evaluation_interval", "rule_query_offset"]
                + ScrapeConfiguration.Limits.keys + ScrapeForms.keys,
            unused: PrometheusKeys.global
        )
        limits.read(reader)
        forms.read(reader)
        scrapeInterval = reader.positiveSpan("scrape_interval") ?? scrapeInterval
        if let timeout = reader.positiveSpan("scrape_timeout") {
            if timeout > scrapeInterval {
                reader.context.fail(
                    "the timeout is longer than scrape_interval (\(scrapeInterval.prometheus))", reader.position("scrape_timeout"))
            }
            scrapeTimeout = timeout
        } else {
            scrapeTimeout = min(scrapeTimeout, scrapeInterval)
        }
        evaluationInterval = reader.positiveSpan("evaluation_interval") ?? evaluationInterval
        ruleQueryOffset = reader.span("rule_query_offset") ?? ruleQueryOffset
        externalLabels = reader.labels("external_labels")
    }
}

extension LogConfiguration {
    fileprivate init?(_ reader: NodeReader) {
        reader.check(known: ["paths", "format", "labels", "fields"])
        self.init(paths: reader.texts("paths"), labels: reader.labels("labels"))
        if paths.isEmpty, reader.value("paths") == nil {
            reader.context.fail("\"paths\" is missing: which files to read, such as [\"/var/log/*.log\"]", reader.node.position)
        }
        // logfmt and CRI lines are text to this version: taken as they are, told as unused.
        if let name = reader.text("format"), ["logfmt", "cri"].contains(name) {
            reader.context.warn("the format \"\(name)\" is not used yet; its lines are read as text", reader.position("format"))
            format = .text
        } else {
            format = reader.choice("format") ?? .auto
        }
        guard let fields = reader.mapping("fields") else { return }
        fields.check(known: ["timestamp", "level", "message", "trace_id", "span_id", "service"])
        self.fields = LogFieldNames(
            timestamp: fields.text("timestamp"), level: fields.text("level"), message: fields.text("message"),
            traceID: fields.text("trace_id"),
            spanID: fields.text("span_id"), service: fields.text("service"))
    }
}

extension ReceiverConfiguration {
    fileprivate mutating func read(_ reader: NodeReader) {
        reader.check(known: ["otlp", "zipkin"])
        if let otlp = reader.mapping("otlp") {
            otlp.check(known: ["http", "grpc"])
            otlpHTTP = otlp.address("http")
            otlpGRPC = otlp.address("grpc")
        }
        if let zipkin = reader.mapping("zipkin") {
            zipkin.check(known: ["http"])
            self.zipkin = zipkin.address("http")
        }
    }
}

extension InterfaceConfiguration {
    fileprivate mutating func read(_ reader: NodeReader) {
        reader.check(known: ["theme", "refresh", "mouse", "ascii"])
        theme = reader.text("theme")
        refresh = reader.positiveSpan("refresh")
        mouse = reader.flag("mouse")
        ascii = reader.flag("ascii")
    }
}

extension NodeReader {
    fileprivate func address(_ key: String) -> ReceiverConfiguration.Address? {
        text(key).map { $0 == "off" || $0 == "false" ? .off : .at($0) }
    }

    func positiveSpan(_ key: String) -> TimeSpan? {
        guard let span = span(key) else { return nil }
        if span > .zero { return span }
        context.fail("\"\(key)\" must be longer than nothing", position(key))
        return nil
    }
}
