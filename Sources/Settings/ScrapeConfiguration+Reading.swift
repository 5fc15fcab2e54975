import Telemetry

extension ScrapeConfiguration {
    /// Nil where it has no name; what else is wrong is told to the context.
    init?(_ reader: NodeReader, _ global: GlobalConfiguration) {
        reader.check(known: Self.known, unused: PrometheusKeys.scrape)
        guard let name = reader.text("job_name"), !name.isEmpty else {
            reader.context.fail("\"job_name\" is missing", reader.node.position)
            return nil
        }
        let interval = reader.positiveSpan("scrape_interval") ?? global.scrapeInterval
        let timeout = reader.positiveSpan("scrape_timeout")
        if let timeout, timeout > interval {
            reader.context.fail("the timeout is longer than the interval (\(interval.prometheus))", reader.position("scrape_timeout"))
        }
        self.init(jobName: name, interval: interval, timeout: timeout ?? min(global.scrapeTimeout, interval))
        readRequest(reader)
        honorsLabels = reader.flag("honor_labels") ?? false
        honorsTimestamps = reader.flag("honor_timestamps") ?? true
        limits = global.limits
        limits.read(reader)
        forms = global.forms
        forms.read(reader)
        authentication = Self.authentication(reader)
        if let reader = reader.mapping("tls_config") { tls.read(reader) }
        groups = reader.mappings("static_configs").map { TargetGroup($0) }
        fileDiscoveries = reader.mappings("file_sd_configs").map { FileDiscovery($0) }
    }

    private static let known =
        [
            "job_name", "scrape_interval", "scrape_timeout", "metrics_path", "scheme", "params", "honor_labels", "honor_timestamps",
            "basic_auth",
            "authorization", "bearer_token", "bearer_token_file", "tls_config", "follow_redirects",
            "enable_compression", "unix_socket", "static_configs", "file_sd_configs",
        ] + Limits.keys + ScrapeForms.keys + ["fallback_scrape_protocol"]

    private mutating func readRequest(_ reader: NodeReader) {
        metricsPath = reader.text("metrics_path") ?? metricsPath
        scheme = reader.choice("scheme") ?? scheme
        parameters = reader.parameters("params")
        followsRedirects = reader.flag("follow_redirects") ?? true
        acceptsCompression = reader.flag("enable_compression") ?? true
        unixSocket = reader.text("unix_socket")
    }

    private static func authentication(_ reader: NodeReader) -> Authentication {
        let ways = ["basic_auth", "authorization", "bearer_token", "bearer_token_file"].filter { reader.value($0) != nil }
        if ways.count > 1 { reader.context.fail("only one of \(ways.joined(separator: ", ")) may stand here", reader.position(ways[1])) }
        if let basic = reader.mapping("basic_auth") {
            basic.check(known: ["username", "username_file", "password", "password_file"])
            return .basic(user: basic.secret("username")?.exposed ?? "", password: basic.secret("password") ?? Secret(""))
        }
        if let authorization = reader.mapping("authorization") {
            authorization.check(known: ["type", "credentials", "credentials_file"])
            return authorization.secret("credentials").map { .authorization(type: authorization.text("type") ?? "Bearer", credentials: $0) }
                ?? .none
        }
        return reader.secret("bearer_token").map { .authorization(type: "Bearer", credentials: $0) } ?? .none
    }
}

extension ScrapeConfiguration.Limits {
    static let keys = [
        "sample_limit", "body_size_limit", "label_limit", "label_name_length_limit", "label_value_length_limit", "target_limit",
    ]

    mutating func read(_ reader: NodeReader) {
        samples = reader.count("sample_limit") ?? samples
        // 0 is Prometheus's word for no limit.
        if let size = reader.size("body_size_limit") { bodySize = size.bytes == 0 ? nil : size }
        labels.count = reader.count("label_limit") ?? labels.count
        labels.nameLength = reader.count("label_name_length_limit") ?? labels.nameLength
        labels.valueLength = reader.count("label_value_length_limit") ?? labels.valueLength
        targets = reader.count("target_limit") ?? targets
    }
}

extension ScrapeForms {
    static let keys = ["scrape_protocols", "scrape_native_histograms", "always_scrape_classic_histograms"]

    /// Of a job, or of `global`, which has no fallback.
    mutating func read(_ reader: NodeReader) {
        if reader.value("scrape_protocols") != nil {
            let chosen: [ScrapeProtocol] = reader.choices("scrape_protocols")
            if Set(chosen).count < chosen.count {
                reader.context.fail("\"scrape_protocols\" names one of them twice", reader.position("scrape_protocols"))
            }
            protocols = chosen
        }
        fallback = reader.choice("fallback_scrape_protocol") ?? fallback
        takesNativeHistograms = reader.flag("scrape_native_histograms") ?? takesNativeHistograms
        keepsClassicHistograms = reader.flag("always_scrape_classic_histograms") ?? keepsClassicHistograms
    }
}

extension TLSConfiguration {
    fileprivate mutating func read(_ reader: NodeReader) {
        reader.check(
            known: ["ca_file", "cert_file", "key_file", "server_name", "insecure_skip_verify"],
            unused: ["ca", "cert", "key", "ca_ref", "cert_ref", "key_ref", "min_version", "max_version"])
        caFile = reader.text("ca_file")
        certFile = reader.text("cert_file")
        keyFile = reader.text("key_file")
        serverName = reader.text("server_name")
        skipsVerification = reader.flag("insecure_skip_verify") ?? false
    }
}

extension TargetGroup {
    fileprivate init(_ reader: NodeReader) {
        reader.check(known: ["targets", "labels"])
        self.init(targets: [], labels: reader.labels("labels"))
        for node in reader.elements("targets") {
            guard case .scalar(let text, _) = node.content, !node.isNull else {
                reader.context.fail("a target wants a text, and this is \(node.kind)", node.position)
                continue
            }
            let target = reader.context.expand(text, node.position)
            if target.contains("/") {
                // What stands before an @ may be a password.
                let shown = target.lastIndex(of: "@").map { target[target.index(after: $0)...] } ?? target[...]
                reader.context.fail(
                    "\"\(shown)\" is no host:port; the path belongs to \"metrics_path\", http or https to \"scheme\"", node.position)
            } else {
                targets.append(target)
            }
        }
    }
}

extension FileDiscovery {
    fileprivate init(_ reader: NodeReader) {
        reader.check(known: ["files", "refresh_interval"])
        self.init(files: reader.texts("files"), refreshInterval: reader.positiveSpan("refresh_interval") ?? .minutes(5))
    }
}

/// Keys of Prometheus that are valid and that this version does nothing with.
enum PrometheusKeys {
    static let topLevel = [
        "scrape_config_files", "remote_write", "remote_read", "tracing", "runtime", "otlp",
    ]
    static let global = [
        "query_log_file", "scrape_failure_log_file", "keep_dropped_targets",
        "metric_name_validation_scheme", "metric_name_escaping_scheme",
        "convert_classic_histograms_to_nhcb", "extra_scrape_metrics",
    ]
    static let scrape =
        [
            "relabel_configs", "metric_relabel_configs", "scrape_classic_histograms", "convert_classic_histograms_to_nhcb",
            "track_timestamps_staleness",
            "scrape_failure_log_file", "enable_http2", "proxy_url", "no_proxy", "proxy_from_environment", "proxy_connect_header",
            "http_headers",
            "oauth2", "keep_dropped_targets",
            "native_histogram_bucket_limit", "native_histogram_min_bucket_factor", "metric_name_validation_scheme",
            "metric_name_escaping_scheme", "extra_scrape_metrics",
        ]
        + [
            "http", "dns", "kubernetes", "consul", "eureka", "azure", "digitalocean", "docker", "dockerswarm", "ec2", "gce", "hetzner",
            "ionos",
            "kuma", "lightsail", "linode", "marathon", "nerve", "nomad", "openstack", "ovhcloud", "puppetdb", "scaleway", "serverset",
            "stackit",
            "triton", "uyuni", "vultr", "aws",
        ].map { $0 + "_sd_configs" }
}
