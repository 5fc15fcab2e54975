import Collectors
import Disk
import Glibc
import Ports
import Runtime
import Settings
import Telemetry

/// What options and configuration together ask for.
struct Plan {
    var collection = LiveCollection.Plan()
    var memory = ByteCount.mebibytes(512)
    /// Of metrics; nil: as long as the memory lasts.
    var retention: TimeSpan?
    var interface = InterfaceConfiguration()
    var rules = RulePlan(Configuration(), path: nil, files: [])
    /// Shown before the program starts, on standard error.
    var warnings: [Diagnostic] = []

    /// How often targets of `--scrape` are scraped: somebody is watching.
    static let interval = TimeSpan.seconds(5)
    /// Smaller budgets would be eaten by what the store needs for itself.
    static let leastMemory = ByteCount.mebibytes(8)
    static let configurationLimit = ByteCount.mebibytes(4)

    init(_ options: SourceOptions, files: any Files) throws {
        let path = options.config ?? Self.configurationHere(files)
        let configuration = try path.map { try Self.read($0, files, &warnings) } ?? Configuration()
        interface = configuration.interface
        rules = RulePlan(configuration, path: path, files: options.rules)
        collection.targets = try configuration.scrapes.flatMap { try Self.targets(of: $0, files, &warnings) }
        collection.targets += try options.scrape.map { try Self.target($0) }
        collection.tails = configuration.logs.map { TailSpec(patterns: $0.paths, labels: $0.labels, format: $0.format, fields: $0.fields) }
        if options.logs.contains("") { throw Failure.use("--logs wants a path, a pattern such as '/var/log/shop/*.log', or -.") }
        if !options.logs.isEmpty { collection.tails.append(TailSpec(patterns: options.logs)) }
        memory = try options.memory.map { try Self.size($0) } ?? configuration.storage.memory ?? memory
        retention = try options.retention.map { try parseSpan($0, option: "--retention") } ?? configuration.storage.retention
        let receivers = configuration.receivers
        collection.receivers.otlpHTTP = try Self.address(
            options.otlpHTTP, receivers.otlpHTTP, collection.receivers.otlpHTTP, "--otlp-http", 4318)
        collection.receivers.otlpGRPC = try Self.address(
            options.otlpGRPC, receivers.otlpGRPC, collection.receivers.otlpGRPC, "--otlp-grpc", 4317)
        collection.receivers.zipkin = try Self.address(options.zipkin, receivers.zipkin, collection.receivers.zipkin, "--zipkin", 9411)
        try rules.refuseErrors()
    }

    /// The rules as the files say now; with errors where the configuration itself can't be used any more.
    static func rulesAnew(_ options: SourceOptions) -> RulePlan {
        let path = options.config ?? configurationHere(Parts.files)
        do {
            let reading = try path.map { try readConfiguration($0, Parts.files) }
            var plan = RulePlan(reading?.configuration ?? Configuration(), path: path, files: options.rules)
            plan.errors = (reading?.errors ?? []) + plan.errors
            return plan
        } catch {
            var plan = RulePlan(Configuration(), path: nil, files: [])
            plan.errors = [Diagnostic(message: (error as? Failure)?.message ?? "the configuration can't be read")]
            return plan
        }
    }

    /// `dogwatch.yaml` of this folder, where there is one.
    private static func configurationHere(_ files: any Files) -> String? { files.paths(matching: "dogwatch.yaml").first }

    static func size(_ text: String) throws -> ByteCount {
        guard let size = ByteCount(configuration: text), size >= leastMemory else {
            throw Failure.use("--memory wants a size of at least 8MiB, such as 512MiB, not \"\(text)\".")
        }
        return size
    }

    private static func read(_ path: String, _ files: any Files, _ warnings: inout [Diagnostic]) throws -> Configuration {
        let reading = try readConfiguration(path, files)
        guard reading.errors.isEmpty else { throw Failure.use(reading.errors.map(\.description).joined(separator: "\ndogwatch: ")) }
        warnings += reading.warnings
        return reading.configuration
    }

    /// Also for `check config`.
    static func readConfiguration(_ path: String, _ files: any Files) throws -> ConfigurationReading {
        let bytes: [UInt8]
        do {
            bytes = try files.contents(of: path, limit: configurationLimit)
        } catch {
            throw Failure.use("\(path): \(error.detail).")
        }
        return Configuration.read(
            bytes, source: path,
            environment: { name in getenv(name).map { String(cString: $0) } },
            secretFile: { secret in
                // The reader tells which file can't be read, at its place in the configuration.
                (try? files.contents(of: secret, limit: ByteCount(64 << 10))).map { String(decoding: $0, as: UTF8.self) }
            },
            notify: NotifySurroundings(
                templates: { pattern in
                    RuleFiles.paths([pattern], beside: path).paths.compactMap { file in
                        (try? files.contents(of: file, limit: ByteCount(1 << 20))).map { (file, String(decoding: $0, as: UTF8.self)) }
                    }
                },
                zone: { name in
                    let file = name.isEmpty ? "/etc/localtime" : "/usr/share/zoneinfo/" + name
                    return name.contains("..") ? nil : try? files.contents(of: file, limit: ByteCount(1 << 20))
                }))
    }

    private static func target(_ text: String) throws -> ScrapeTarget {
        do {
            var target = try ScrapeTarget(text, interval: interval, timeout: interval)
            target.acceptsGzip = !isLoopback(target.address)
            return target
        } catch {
            throw Failure.use("--scrape \(error)")
        }
    }

    /// Nearby, packing and unpacking takes longer than the bytes do.
    private static func isLoopback(_ address: String) -> Bool {
        ["127.", "localhost", "[::1]"].contains { address.hasPrefix($0) }
    }

    private static func targets(of job: ScrapeConfiguration, _ files: any Files, _ warnings: inout [Diagnostic]) throws -> [ScrapeTarget] {
        if !job.fileDiscoveries.isEmpty {
            warnings.append(
                Diagnostic(message: "job \(job.jobName): file_sd_configs is not used yet; give its targets under static_configs"))
        }
        var targets = try job.groups.flatMap { group in
            try group.targets.map { address in
                do {
                    return try ScrapeTarget(job.target(address, labels: group.labels))
                } catch {
                    throw Failure.use("scrape_configs, job \(job.jobName): \(error)")
                }
            }
        }
        if job.limits.targets > 0, targets.count > job.limits.targets {
            let refusal = "the job \(job.jobName) has \(targets.count) targets, more than the target_limit of \(job.limits.targets)"
            for index in targets.indices { targets[index].refusal = refusal }
        }
        return targets
    }

    private static func address(
        _ option: String?, _ configured: ReceiverConfiguration.Address?, _ standard: ListenAddress?, _ name: String, _ port: Int
    ) throws -> ListenAddress? {
        let text: String
        switch (option, configured) {
        case (let option?, _): text = option
        case (nil, .at(let address)?): text = address
        case (nil, .off?): return nil
        case (nil, nil): return standard
        }
        if text == "off" { return nil }
        guard let address = ListenAddress(text) else {
            throw Failure.use("\(name) wants an address such as 127.0.0.1:\(port), or off, not \"\(text)\".")
        }
        return address
    }
}
