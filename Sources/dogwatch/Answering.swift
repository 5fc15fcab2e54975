import API
import Collectors
import Dashboard
import Glibc
import Notify
import Ports
import Runtime
import Store
import Telemetry

/// The API of a program that collects: what it answers from, and the threads that its queries run on.
struct Answering {
    /// More than there are processors, so that short queries get their turn beside long ones; Prometheus's 20 at most.
    private static let threads = min(max(2 * Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))), 4), 20)
    private static let waitingLimit = 256

    let handler: APIHandler
    let alertmanager: AlertmanagerAPI
    private let pool = WorkerPool("query", threads: threads, waiting: waitingLimit)

    init(_ engine: Engine, _ plan: Plan, _ rules: LiveRules, started: Timestamp) {
        let store = engine.store
        var sources = APISources(
            store: { store.snapshot().metrics }, now: { Parts.clock.now }, clock: { SystemClock().now })
        let (pool, targets) = (pool, plan.collection.targets)
        sources.run = { pool.run($0) }
        sources.pack = { bytes in
            let compressor = Parts.files.makeCompressor(level: 1)
            return compressor.compress(bytes) + compressor.finish()
        }
        sources.targets = {
            let states = Dictionary(store.snapshot().sources.map { ($0.source, $0) }) { first, _ in first }
            return targets.map { TargetFacts($0, states[$0.source]) }
        }
        let (runner, notifier) = (rules.runner, rules.notifier)
        sources.rules = { runner.report }
        sources.alertmanagers = plan.rules.notify.alertmanagers.map(\.url)
        sources.server = Self.facts(plan, started)
        alertmanager = AlertmanagerAPI(
            .init(
                dispatcher: { notifier.dispatcher }, take: { notifier.take($0, $1) },
                set: { silence, now in
                    do throws(SilenceError) { return .success(try notifier.set(silence, at: now)) } catch { return .failure(error) }
                },
                expire: { id, now in
                    do throws(SilenceError) { try notifier.expireSilence(id, at: now) } catch { return error }
                    return nil
                }, now: { Parts.clock.now }, version: Version.text, started: started))
        handler = APIHandler(prometheus: PrometheusAPI(sources)) { SelfReport.numbers(store.snapshot(), started: started) }
    }

    /// After the listener has ended, which cancels what still runs.
    func stop() { pool.stop() }

    private static func facts(_ plan: Plan, _ started: Timestamp) -> ServerFacts {
        var facts = ServerFacts()
        facts.version = Version.text
        facts.started = started
        facts.threads = threads
        facts.hostname = text { gethostname($0, $1) == 0 }
        facts.folder = text { getcwd($0, $1) != nil }
        facts.retention = (plan.retention.map { $0.prometheus + " or " } ?? "") + "\(plan.memory.bytes)B"
        facts.flags = [("storage.memory", "\(plan.memory.bytes)B"), ("query.timeout", "2m"), ("query.max-concurrency", "\(threads)")]
        facts.configuration = Self.text(of: plan.collection.targets)
        return facts
    }
    /// What is scraped, as YAML and without a secret: a configuration that was read may hold some.
    private static func text(of targets: [ScrapeTarget]) -> String {
        guard !targets.isEmpty else { return "scrape_configs: []\n" }
        return targets.reduce(into: "scrape_configs:\n") { text, target in
            text += "- job_name: \(ExportTable.quoted(target.labels["job"] ?? ""))\n"
            text += "  scrape_interval: \(target.interval.prometheus)\n  scrape_timeout: \(target.timeout.prometheus)\n"
            text += "  static_configs:\n  - targets: [\(ExportTable.quoted(target.address))]\n"
        }
    }
    private static func text(_ fill: (UnsafeMutablePointer<CChar>, Int) -> Bool) -> String {
        var buffer = [CChar](repeating: 0, count: 4096)
        let isFilled = buffer.withUnsafeMutableBufferPointer { bytes in bytes.baseAddress.map { fill($0, bytes.count - 1) } ?? false }
        return isFilled ? String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self) : ""
    }
}

extension TargetFacts {
    fileprivate init(_ target: ScrapeTarget, _ status: SourceStatus?) {
        let job = target.labels["job"] ?? ""
        self.init(
            labels: target.labels, discoveredLabels: LabelSet([Label("__address__", target.address), Label("job", job)]), pool: job,
            url: target.url, interval: target.interval, timeout: target.timeout)
        guard let status else { return }
        lastScrape = status.lastArrival
        lastDuration = status.scrapeDuration
        switch status.health {
        case .up: health = .up
        case .down:
            health = .down
            lastError = status.lastError ?? status.detail
        case .waiting, .closed: health = .unknown
        }
    }
}
