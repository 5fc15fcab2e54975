import Settings
import Telemetry
import TestKit
import Testing

@Suite struct ConfigurationTests {
    @Test func dogwatchsOwnKeysAreRead() {
        let reading = read(
            """
            logs:
              - paths: ["/var/log/shop/*.log", "-"]
                format: json
                labels: {cluster: lab}
                fields: {timestamp: ts, level: lvl, message: msg, trace_id: traceId}
            receivers:
              otlp: {http: "127.0.0.1:4318", grpc: off}
              zipkin: {http: "127.0.0.1:9411"}
            storage: {memory: 512MiB, retention: 2d}
            ui: {theme: harbour, refresh: 1s, mouse: true}
            """)
        #expect(reading.errors.isEmpty)
        let configuration = reading.configuration
        #expect(
            configuration.logs == [
                LogConfiguration(
                    paths: ["/var/log/shop/*.log", "-"], format: .json, labels: [Label("cluster", "lab")],
                    fields: LogFieldNames(timestamp: "ts", level: "lvl", message: "msg", traceID: "traceId"))
            ])
        #expect(configuration.receivers.otlpHTTP == .at("127.0.0.1:4318"))
        #expect(configuration.receivers.otlpGRPC == .off)
        #expect(configuration.receivers.zipkin == .at("127.0.0.1:9411"))
        #expect(configuration.storage.memory == .mebibytes(512))
        #expect(configuration.storage.retention == .minutes(2 * 24 * 60))
        #expect(configuration.interface.theme == "harbour")
        #expect(configuration.interface.refresh == .seconds(1))
        #expect(configuration.interface.mouse == true)
        #expect(configuration.interface.ascii == nil)
    }

    @Test func aPrometheusConfigurationIsTakenAsItIs() throws {
        let reading = read(
            """
            global:
              scrape_interval: 15s
              evaluation_interval: 30s
              external_labels: {monitor: lab}
            rule_files: ["rules/*.yml"]
            alerting:
              alertmanagers: [{static_configs: [{targets: ["localhost:9093"]}]}]
            scrape_configs:
              - job_name: gateway
                metrics_path: /stats/prometheus
                scrape_interval: 5s
                params: {format: [prometheus], module: [a, b]}
                honor_labels: true
                sample_limit: 5000
                body_size_limit: 10MB
                static_configs:
                  - targets: ["127.0.0.1:9901", "[::1]:80"]
                    labels: {env: lab}
                relabel_configs:
                  - {source_labels: [a], target_label: b, replacement: "${1}"}
              - job_name: k8s
                scheme: https
                kubernetes_sd_configs: [{role: pod}]
            """)
        #expect(reading.errors.isEmpty)
        #expect(
            reading.warnings.map(\.description) == [
                "p.yml:19:5: \"relabel_configs\" is not used yet", "p.yml:23:5: \"kubernetes_sd_configs\" is not used yet",
            ])
        let scrape = try #require(reading.configuration.scrapes.first)
        #expect(scrape.metricsPath == "/stats/prometheus")
        #expect(scrape.interval == .seconds(5))
        #expect(scrape.timeout == .seconds(5))
        #expect(scrape.parameters == [QueryParameter("format", ["prometheus"]), QueryParameter("module", ["a", "b"])])
        #expect(scrape.honorsLabels)
        #expect(scrape.limits.samples == 5000)
        #expect(scrape.limits.bodySize == .mebibytes(10))
        #expect(scrape.groups == [TargetGroup(targets: ["127.0.0.1:9901", "[::1]:80"], labels: [Label("env", "lab")])])
        #expect(reading.configuration.scrapes.last?.scheme == .https)
        #expect(reading.configuration.scrapes.last?.interval == .seconds(15))
        #expect(reading.configuration.global.externalLabels == [Label("monitor", "lab")])
    }

    @Test func theFormsOfAPageAreReadAndNamedWhereTheyAreWrong() throws {
        let reading = read(
            """
            global: {scrape_protocols: [OpenMetricsText1.0.0], scrape_native_histograms: true}
            scrape_configs:
              - {job_name: a}
              - job_name: b
                scrape_protocols: [PrometheusProto, PrometheusText0.0.4]
                fallback_scrape_protocol: PrometheusText0.0.4
                scrape_native_histograms: false
                always_scrape_classic_histograms: true
            """)
        #expect(reading.errors.isEmpty && reading.warnings.isEmpty)
        let (a, b) = (try #require(reading.configuration.scrapes.first).forms, try #require(reading.configuration.scrapes.last).forms)
        #expect(a.protocols == [.openMetrics1] && a.takesNativeHistograms && !a.keepsClassicHistograms && a.fallback == nil)
        #expect(b.protocols == [.protobuf, .text0] && !b.takesNativeHistograms && b.keepsClassicHistograms && b.fallback == .text0)
        let wrong = read(
            """
            scrape_configs:
              - job_name: a
                scrape_protocols: [PrometheusText0.0.4, PrometheusText0.4]
                fallback_scrape_protocol: text
              - {job_name: b, scrape_protocols: [PrometheusProto, PrometheusProto]}
            """)
        #expect(
            wrong.errors.map(\.description) == [
                "p.yml:3:45: \"scrape_protocols\" does not know \"PrometheusText0.4\"; did you mean \"PrometheusText0.0.4\"?",
                "p.yml:4:31: \"fallback_scrape_protocol\" wants one of PrometheusProto, PrometheusText0.0.4, PrometheusText1.0.0, "
                    + "OpenMetricsText0.0.1, OpenMetricsText1.0.0, and this is \"text\"",
                "p.yml:5:19: \"scrape_protocols\" names one of them twice",
            ])
    }

    @Test func limitsOfAJobStandBeforeThoseOfAll() throws {
        let reading = read(
            """
            global: {sample_limit: 100, label_limit: 30, target_limit: 5, body_size_limit: 1MB, label_value_length_limit: 200}
            scrape_configs:
              - job_name: a
              - {job_name: b, sample_limit: 0, label_limit: 10, label_name_length_limit: 20, target_limit: 7, body_size_limit: 0}
            """)
        #expect(reading.errors.isEmpty && reading.warnings.isEmpty)
        let (a, b) = (try #require(reading.configuration.scrapes.first).limits, try #require(reading.configuration.scrapes.last).limits)
        #expect(a.samples == 100 && a.labels == LabelLimits(count: 30, valueLength: 200) && a.targets == 5 && a.bodySize == .mebibytes(1))
        #expect(
            b.samples == 0 && b.labels == LabelLimits(count: 10, nameLength: 20, valueLength: 200) && b.targets == 7 && b.bodySize == nil)
    }

    @Test func allThatIsWrongIsToldAtOnce() {
        let reading = read(
            """
            scrap_configs: []
            scrape_configs:
              - job_name: a
                scrape_interval: 5 seconds
                static_configs: [{targets: ["http://x:80"], lables: {a: b}}]
              - job_name: a
              - metrics_path: /x
              - just text
            storage: {memory: lots}
            ui: {mouse: maybe, thme: paper}
            logs: [{path: x}]
            """)
        #expect(
            reading.errors.map(\.description) == [
                "p.yml:1:1: unknown key \"scrap_configs\"; did you mean \"scrape_configs\"?",
                "p.yml:4:22: \"scrape_interval\" wants a length of time, such as 15s or 1m30s, and this is \"5 seconds\"",
                "p.yml:5:33: \"http://x:80\" is no host:port; the path belongs to \"metrics_path\", http or https to \"scheme\"",
                "p.yml:5:49: unknown key \"lables\"; did you mean \"labels\"?",
                "p.yml:6:5: there are two jobs named \"a\"; the first in line 3",
                "p.yml:7:5: \"job_name\" is missing",
                "p.yml:8:5: each of \"scrape_configs\" wants a mapping (key: value), and this is a value",
                "p.yml:9:19: \"memory\" wants a size, such as 512MiB, and this is \"lots\"",
                "p.yml:10:13: \"mouse\" wants true or false, and this is \"maybe\"",
                "p.yml:10:20: unknown key \"thme\"; did you mean \"theme\"?",
                "p.yml:11:8: \"paths\" is missing: which files to read, such as [\"/var/log/*.log\"]",
                "p.yml:11:9: unknown key \"path\"; did you mean \"paths\"?",
            ])
    }

    @Test func secretsComeFromFilesAndTheEnvironmentAndAreNeverShown() {
        let reading = read(
            """
            scrape_configs:
              - job_name: a
                basic_auth: {username: "${USER_NAME}", password_file: /run/secret}
              - job_name: b
                authorization: {credentials: "x-${TOKEN}"}
              - job_name: c
                bearer_token: hush
                basic_auth: {username: u, password_file: /missing}
              - job_name: d
                authorization: {credentials: "${NOBODY}"}
            """, environment: ["USER_NAME": "ann", "TOKEN": "t0k"], files: ["/run/secret": "pa ss\n"])
        let scrapes = reading.configuration.scrapes
        #expect(scrapes.first?.authentication == .basic(user: "ann", password: Secret("pa ss")))
        #expect(scrapes.dropFirst().first?.authentication == .authorization(type: "Bearer", credentials: Secret("x-t0k")))
        #expect(
            reading.errors.map(\.message) == [
                "only one of basic_auth, bearer_token may stand here", "the file \"/missing\" can't be read",
                "the environment has no ${NOBODY}",
            ])
        var dumped = ""
        dump(reading, to: &dumped)
        for text in ["\(reading)", String(reflecting: reading), dumped] {
            #expect(!text.contains("pa ss") && !text.contains("t0k") && !text.contains("hush"))
        }
    }

    @Test(arguments: [("512MiB", 512 << 20), ("1GB", 1 << 30), ("64M", 64 << 20), ("4096", 4096), ("1.5KiB", 1536), ("10 B", 10)])
    func sizesAreRead(_ text: String, _ bytes: Int) { #expect(ByteCount(configuration: text)?.bytes == bytes) }

    @Test(arguments: ["", "MiB", "1XB", "-1", "99999999999TB", "1 2"])
    func otherTextIsNoSize(_ text: String) { #expect(ByteCount(configuration: text) == nil) }

    @Test func aTargetWithAPasswordIsRefusedWithoutIt() {
        let errors = read(
            "scrape_configs:\n  - job_name: a\n    static_configs: [{targets: [\"http://u:p4ss${WORD}@shop:1/x\"]}]\n",
            environment: ["WORD": "s3cret"]
        ).errors
        #expect(errors.count == 1)
        #expect(
            errors.allSatisfy { !$0.description.contains("p4ss") && !$0.description.contains("s3cret") && $0.message.contains("shop:1") })
    }

    @Test func anEmptyFileIsAConfiguration() {
        #expect(read("").errors.isEmpty)
        #expect(read("scrape_configs:\nlogs:\nui:\n").errors.isEmpty)
        #expect(read("- a\n").errors.count == 1)
    }

    @Test func randomConfigurationsNeverTrap() {
        var random = Seeded(21)
        let pieces = [
            "scrape_configs:", "\n", "  - ", "    ", "job_name: ", "a", "[", "]", "{", "}", "targets: ", "static_configs: ", ", ", "${",
            "}", "logs: ",
            "paths: ", "&x ", "*x", "storage: ", "memory: ", "1GB", "global: ", "scrape_timeout: ", "10m", "basic_auth: ", "~",
        ]
        for _ in 0..<5000 {
            _ = read(
                (0..<Int.random(in: 0...25, using: &random)).map { _ in pieces[Int.random(in: pieces.indices, using: &random)] }.joined())
        }
    }

    private func read(_ text: String, environment: [String: String] = [:], files: [String: String] = [:]) -> ConfigurationReading {
        Configuration.read(Array(text.utf8), source: "p.yml", environment: { environment[$0] }, secretFile: { files[$0] })
    }
}
