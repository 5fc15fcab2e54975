import ArgumentParser
import Glibc
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
        StandardError.write("dogwatch: serving; ends on SIGTERM\n")
        var received: Int32 = 0
        sigwait(&signals, &received)
        collecting.stop()
    }
}
