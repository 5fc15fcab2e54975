import ArgumentParser
import Notify
import Ports
import Processes
import Runtime
import Settings
import Telemetry
import Terminal

struct NotifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "notify", abstract: "About notifications.", discussion: "  dogwatch notify test on-call --config dogwatch.yaml",
        subcommands: [NotifyTestCommand.self])
}

struct NotifyTestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Sends one notification through a configured receiver and says what it answered.",
        discussion: "  dogwatch notify test on-call --config dogwatch.yaml")
    @Argument(help: ArgumentHelp("A receiver's name.", valueName: "channel"))
    var receiver: String
    @Option(
        name: .long, help: ArgumentHelp("The configuration; dogwatch.yaml here where it is not given.", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var config = "dogwatch.yaml"
    @Flag(name: .long, help: "Send that the test alert is resolved.")
    var resolved = false

    func run() throws {
        let reading = try Plan.readConfiguration(config, Parts.files)
        guard reading.errors.isEmpty else {
            throw Failure.use(reading.errors.map(\.description).joined(separator: "\ndogwatch: "))
        }
        let notify = reading.configuration.notify
        guard let receiver = notify.receiver(receiver) else {
            let names = notify.receivers.map(\.name)
            let near = nearest(to: self.receiver, among: names).map { "; did you mean \"\($0)\"?" }
            let known = names.isEmpty ? "; \(config) has none under notify, receivers." : "; there are \(names.joined(separator: ", "))."
            throw Failure.use("there is no receiver \"\(self.receiver)\"\(near ?? known)")
        }
        guard !receiver.channels.isEmpty else { throw Failure.use("the receiver \"\(receiver.name)\" has no channel, so it tells nobody.") }
        var isBad = false
        for (place, channel) in receiver.channels.enumerated() {
            let outcome = send(receiver, channel, place, notify)
            if case .delivered(let detail) = outcome {
                StandardOutput.writeCollected("\(receiver.name), \(channel.name): delivered, it answered \(detail)\n")
            } else {
                isBad = true
                StandardError.write("dogwatch: \(receiver.name), \(channel.name): \(outcome.detail)\n")
            }
        }
        if isBad { throw ExitCode(1) }
    }

    private func send(_ receiver: Receiver, _ channel: Channel, _ place: Int, _ notify: NotifyConfiguration) -> DeliveryOutcome {
        let now = Parts.clock.now
        let labels = LabelSet([Label("alertname", "DogwatchTest"), Label("severity", "info"), Label("source", "dogwatch notify test")])
        let alert = RoutedAlert(
            labels: labels, annotations: LabelSet([Label("summary", "This is a test of dogwatch's notifications; nothing is wrong.")]),
            startsAt: now, endsAt: resolved ? now : now + .minutes(5), updatedAt: now)
        let delivery = Delivery(
            id: 1, key: .init(group: "{}:\(labels.bracedText)", receiver: receiver.name, channel: place), channel: channel,
            groupLabels: LabelSet([Label("alertname", "DogwatchTest")]), reason: .test, alerts: [alert],
            entry: .init(time: now, firing: [labels], resolved: []), at: now)
        switch Composer(notify).message(delivery) {
        case .request(let request):
            do throws(FetchFailure) {
                let answer = try OneFetch.run(request, by: Parts.edges(Parts.clock).fetcher)
                return DeliveryOutcome(.success(answer), of: channel.kind)
            } catch {
                return DeliveryOutcome(.failure(error), of: channel.kind)
            }
        case .command(let arguments, let input, let timeout):
            return DeliveryOutcome(ProcessRunner().run(arguments, input: input, timeout: timeout))
        case .terminal(let notice):
            StandardOutput.write(TerminalBytes.of(notice))
            return .delivered("what this terminal makes of it")
        }
    }
}

extension TerminalBytes {
    static func of(_ notice: TerminalNotice) -> String {
        Self.notice(notice.text, rings: notice.rings, osc9: notice.usesOSC9, osc777: notice.usesOSC777)
    }
}
