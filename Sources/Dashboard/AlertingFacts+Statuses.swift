import Notify
import Rules
import Telemetry

extension AlertingFacts {
    /// Rules and channels as view 9 shows them, beside what is collected: what is wrong with them is found where all that is wrong is looked for.
    package var statuses: [SourceStatus] { ruleStatuses + channelStatuses + remoteStatuses }

    private var ruleStatuses: [SourceStatus] {
        var statuses: [String: SourceStatus] = [:]
        var counts: [String: (rules: Int, broken: Int)] = [:]
        for group in report.groups {
            let source = group.group.source
            var status = statuses[source] ?? SourceStatus(source: Source(.rules, source), health: .up)
            var count = counts[source] ?? (0, 0)
            for state in group.rules {
                count.rules += 1
                if let error = state.lastError {
                    count.broken += 1
                    if status.health != .down { status.note("\(state.rule.name) has no result: \(error)", at: state.lastEvaluation) }
                    status.health = .down
                } else if let warning = state.lastWarning, status.lastError == nil {
                    status.note("\(state.rule.name): \(warning)", at: state.lastEvaluation)
                }
                status.items &+= UInt64(clamping: state.resultCount)
            }
            status.failures &+= UInt64(clamping: group.missed)
            status.lastArrival = [status.lastArrival, group.lastEvaluation].compactMap { $0 }.max()
            status.interval = min(status.interval ?? group.group.interval, group.group.interval)
            status.scrapeDuration = max(status.scrapeDuration ?? .zero, group.duration)
            if group.lastEvaluation == nil, status.lastArrival == nil { status.health = .waiting }
            (statuses[source], counts[source]) = (status, count)
        }
        for (source, count) in counts {
            let plural = count.rules == 1 ? "rule" : "rules"
            statuses[source]?.detail = "\(count.rules) \(plural)" + (count.broken > 0 ? ", \(count.broken) without a result" : "")
            if statuses[source]?.health == .waiting, statuses[source]?.lastArrival != nil { statuses[source]?.health = .up }
        }
        return statuses.values.sorted { $0.source.name < $1.source.name } + unread
    }
    /// Files that could not be read the last time: those rules stay as they were.
    private var unread: [SourceStatus] {
        guard let trouble = report.troubles.first else { return unkept }
        var status = SourceStatus(source: Source(.rules, "the last reload"), health: .down, detail: "the rules of before stay in force")
        status.note(trouble.description, at: report.troublesSince)
        status.failures = UInt64(report.troubles.count)
        return [status] + unkept
    }
    private var unkept: [SourceStatus] {
        guard let trouble = report.keepingTrouble else { return [] }
        var status = SourceStatus(
            source: Source(.rules, trouble.source), health: .down,
            detail: "a restart would forget silences and alerts")
        status.note(trouble.message, at: report.keepingTroubleSince)
        return [status]
    }

    private var channelStatuses: [SourceStatus] {
        var rows: [SourceStatus] = []
        for receiver in dispatcher.configuration.receivers {
            for name in Set(receiver.channels.map(\.name)).sorted() {
                rows.append(status(NotificationRecords.ChannelID(receiver: receiver.name, channel: name), "\(receiver.name) by \(name)"))
            }
        }
        for channel in dispatcher.configuration.alertmanagers {
            rows.append(status(NotificationRecords.ChannelID(receiver: channel.url, channel: "alertmanager"), channel.url))
        }
        return rows
    }
    private func status(_ id: NotificationRecords.ChannelID, _ name: String) -> SourceStatus {
        var status = SourceStatus(source: Source(.channel, name), health: .waiting, detail: "nothing was told by it yet")
        guard let tally = dispatcher.records.tallies[id] else { return status }
        status.health = tally.isFailing ? .down : .up
        status.detail = "\(tally.delivered) told, \(tally.failed) attempts failed"
        status.items = UInt64(clamping: tally.delivered)
        status.arrivals = status.items
        status.failures = UInt64(clamping: tally.failed)
        status.lastArrival = tally.lastDelivery
        if let error = tally.lastError { status.note(error, at: tally.lastFailure) }
        return status
    }

    /// Alertmanagers whose alerts and silences are shown here.
    private var remoteStatuses: [SourceStatus] {
        remote.sources.compactMap { source in
            guard let failure = source.failure else { return nil }
            var status = SourceStatus(source: Source(.channel, "alerts of \(source.url)"), health: .down, detail: "can't be asked")
            status.lastArrival = source.lastAnswer
            status.note(failure, at: nil)
            return status
        }
    }
}

extension SourceStatus {
    fileprivate mutating func note(_ error: String, at time: Timestamp?) { (lastError, lastErrorTime) = (error, time) }
}
