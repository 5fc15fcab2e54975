import Notify
import Ports
import Rules
import Synchronization
import Telemetry

/// Sends what the dispatcher decides: over HTTP and SMTP as the driver of a fetcher, to terminals, and into programs.
package final class Notifier: FetchDriver {
    private struct State: Sendable {
        var dispatcher: Dispatcher
        /// Requests under way, by their ids.
        var kinds: [Int: Channel.Kind] = [:]
        var watch = AlertmanagerWatch()
        var terminal: [TerminalNotice] = []
        var clockWatch = ClockWatch()
        /// Who renders the dashboard or the news is told of it.
        var onChange: (@Sendable () -> Void)?
    }
    /// Notices that nobody has shown yet.
    private static let noticeLimit = 100

    private let state: Mutex<State>
    private let commands: any CommandRunner
    private let pool: WorkerPool
    private let wake: Mutex<(@Sendable () -> Void)?> = Mutex(nil)
    /// For threads that are not the fetcher's.
    private let clock: any WatchClock
    /// In nanoseconds, of a clock that nobody sets.
    private let monotonic: @Sendable () -> Int64

    package init(
        _ configuration: NotifyConfiguration, commands: any CommandRunner, clock: any WatchClock,
        monotonic: @escaping @Sendable () -> Int64 = monotonicNanoseconds
    ) {
        self.monotonic = monotonic
        state = Mutex(State(dispatcher: Dispatcher(configuration), watch: AlertmanagerWatch(configuration.alertmanagers)))
        self.commands = commands
        self.clock = clock
        pool = WorkerPool("notify", threads: 2, waiting: 64)
    }

    /// `wake` lets the fetcher ask again at once; `onChange` is called when something was told or silenced.
    package func connect(wake: @escaping @Sendable () -> Void, onChange: (@Sendable () -> Void)? = nil) {
        self.wake.withLock { $0 = wake }
        state.withLock { $0.onChange = onChange }
    }
    package func stop() { pool.stop() }

    /// Once it is known whether the clock was set.
    private func change<Result: Sendable>(at now: Timestamp, _ body: (inout sending State) -> Result) -> Result {
        state.withLock { state in
            if let step = state.clockWatch.step(now, monotonic: monotonic()) { state.dispatcher.clockMoved(by: step) }
            return body(&state)
        }
    }

    // MARK: What is told

    package func take(_ alerts: [ActiveAlert], at now: Timestamp) {
        let external = state.withLock { $0.dispatcher.configuration.externalLabels }
        take(alerts.map { RoutedAlert($0, external) }, now)
    }
    /// Alerts that came by the API.
    package func take(_ alerts: [RoutedAlert], _ now: Timestamp) {
        change(at: now) { $0.dispatcher.take(alerts, at: now) }
        wake.withLock { $0 }?()
    }
    package func replace(_ configuration: NotifyConfiguration, at now: Timestamp) {
        change(at: now) { state in
            state.dispatcher.replace(configuration, at: now)
            state.watch = AlertmanagerWatch(configuration.alertmanagers)
        }
        wake.withLock { $0 }?()
    }
    package func set(_ silence: Silence, at now: Timestamp) throws(SilenceError) -> String {
        let result = state.withLock { state -> Result<String, SilenceError> in
            do throws(SilenceError) { return .success(try state.dispatcher.set(silence, at: now)) } catch { return .failure(error) }
        }
        let id = try result.get()
        tellChange()
        return id
    }
    package func expireSilence(_ id: String, at now: Timestamp) throws(SilenceError) {
        let failure = state.withLock { state -> SilenceError? in
            do throws(SilenceError) { try state.dispatcher.expireSilence(id, at: now) } catch { return error }
            return nil
        }
        if let failure { throw failure }
        tellChange()
    }

    package func acknowledge(_ labels: LabelSet, _ isAcknowledged: Bool) {
        state.withLock { $0.dispatcher.acknowledge(labels, isAcknowledged) }
        tellChange()
    }

    /// The dispatcher as it is now; what it holds is shared, not copied.
    package var dispatcher: Dispatcher { state.withLock { $0.dispatcher } }
    package var remote: RemoteAlerts { state.withLock { $0.watch.alerts } }
    package func restore(_ memory: AlertMemory) {
        state.withLock { $0.dispatcher.restore(silences: memory.silences, log: memory.log, acknowledged: memory.acknowledged) }
    }

    /// What terminals are to show since this was asked last.
    package func takeTerminalNotices() -> [TerminalNotice] {
        state.withLock { state in
            defer { state.terminal = [] }
            return state.terminal
        }
    }

    // MARK: The fetcher's thread

    package func due(at now: Timestamp) -> (start: [FetchRequest], wake: Timestamp?) {
        let (due, configuration, asking) = change(at: now) { state in
            (state.dispatcher.due(at: now), state.dispatcher.configuration, state.watch.due(at: now))
        }
        let composer = Composer(configuration)
        var requests = asking
        for delivery in due {
            switch composer.message(delivery) {
            case .request(let request):
                state.withLock { $0.kinds[delivery.id] = delivery.channel.kind }
                requests.append(request)
            case .terminal(let notice): show(notice, delivery.id, now)
            case .command(let arguments, let input, let timeout): run(arguments, input, timeout, delivery.id, now)
            }
        }
        let wake = state.withLock { [$0.dispatcher.nextDue, $0.watch.nextDue].compactMap { $0 }.min() }
        return (requests, wake)
    }

    package func finished(_ id: Int, _ outcome: Result<FetchAnswer, FetchFailure>, at now: Timestamp) {
        change(at: now) { state in
            if id < 0 { return state.watch.finished(id, outcome, at: now) }
            guard let kind = state.kinds.removeValue(forKey: id) else { return }
            state.dispatcher.finished(id, DeliveryOutcome(outcome, of: kind), at: now)
        }
        tellChange()
    }

    private func show(_ notice: TerminalNotice, _ id: Int, _ now: Timestamp) {
        state.withLock { state in
            if state.terminal.count < Self.noticeLimit { state.terminal.append(notice) }
            state.dispatcher.finished(id, .delivered("shown"), at: now)
        }
        tellChange()
    }

    private func run(_ arguments: [String], _ input: [UInt8], _ timeout: TimeSpan, _ id: Int, _ now: Timestamp) {
        let isTaken = pool.run { [self] in
            let outcome = DeliveryOutcome(commands.run(arguments, input: input, timeout: timeout))
            state.withLock { $0.dispatcher.finished(id, outcome, at: clock.now) }
            wake.withLock { $0 }?()
            tellChange()
        }
        if !isTaken { state.withLock { $0.dispatcher.finished(id, .failed("too many programs run already", retryAfter: nil), at: now) } }
    }
    private func tellChange() { state.withLock { $0.onChange }?() }
}

extension DeliveryOutcome {
    package init(_ result: CommandResult) {
        switch result {
        case .ended(0, let output): self = .delivered(output.isEmpty ? "ended with 0" : String(output.filter { !$0.isNewline }.prefix(200)))
        // As sysexits.h has it: something that may be over when it is tried again.
        case .ended(75, let output): self = .failed("ended with 75 \(output.filter { !$0.isNewline })", retryAfter: nil)
        case .ended(let status, let output): self = .refused("ended with \(status) \(output.filter { !$0.isNewline })")
        case .killed(let signal): self = .failed("was ended by signal \(signal)", retryAfter: nil)
        case .timedOut: self = .failed("took too long", retryAfter: nil)
        case .cannotStart(let detail): self = .refused(detail)
        }
    }
}

extension RoutedAlert {
    /// An alert of a rule, as Prometheus tells Alertmanager.
    package init(_ alert: ActiveAlert, _ external: [Label] = []) {
        let sent = alert.lastSentAt ?? alert.activeAt
        self.init(
            labels: external.isEmpty ? alert.labels : LabelSet(external + alert.labels.labels), annotations: alert.annotations,
            startsAt: alert.firedAt ?? alert.activeAt,
            endsAt: alert.resolvedAt ?? alert.validUntil ?? sent, updatedAt: sent)
    }
}
