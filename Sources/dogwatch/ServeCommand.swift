import ArgumentParser
import Glibc
import Runtime
import Telemetry

struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Collects and answers its HTTP API with no screen, until SIGTERM.",
        discussion: "  dogwatch serve --scrape http://gateway:9901/stats/prometheus --api 127.0.0.1:9090")
    @OptionGroup var sources: SourceOptions

    func run() throws {
        // Before threads are made, so that all of them leave these signals to the one that waits.
        var signals = sigset_t()
        sigemptyset(&signals)
        for signal in [SIGTERM, SIGINT, SIGHUP] { sigaddset(&signals, signal) }
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        let collecting = try Collecting(sources)
        collecting.start()
        let news = Self.tellNews(of: collecting)
        var received: Int32 = 0
        repeat {
            sigwait(&signals, &received)
            if received == SIGHUP { StandardError.write("dogwatch: \(collecting.rules.reload())\n") }
        } while received == SIGHUP
        collecting.stop()
        news.stop()
    }

    /// What view 9 would show, on standard error as it happens.
    private static func tellNews(of collecting: Collecting) -> WorkerThread {
        let (store, rules) = (collecting.engine.store, collecting.rules)
        let api = collecting.apiAddress.map { "dogwatch: api: listening on \($0)\n" } ?? ""
        return WorkerThread("news") { signal in
            var news = SourceNews()
            func tell() {
                // There is no screen to ring at: terminal channels speak here.
                for notice in rules.notifier.takeTerminalNotices() {
                    StandardError.write("dogwatch: alert: \(String(notice.text.map { $0.isNewline ? " " : $0 }))\n")
                }
                for sentence in news.news(of: store.statuses + rules.desk.facts().statuses, at: Parts.clock.now) {
                    StandardError.write("dogwatch: \(sentence)\n")
                }
            }
            tell()
            StandardError.write(api + "dogwatch: serving; ends on SIGTERM\n")
            while signal.wait(nanoseconds: 2_000_000_000) { tell() }
            tell()
        }
    }
}
