import Telemetry
import Testing

@testable import Notify

/// What Alertmanager's dispatcher, inhibitor and silencer do, in one value on a clock of numbers.
struct DispatcherTests {
    private static func channel(sendsResolved: Bool = true) -> Channel {
        Channel(.webhook(WebhookChannel(url: Secret("http://127.0.0.1:1/"))), sendsResolved: sendsResolved)
    }
    private func configuration(sendsResolved: Bool = true, _ change: (inout Route) -> Void = { _ in }) -> NotifyConfiguration {
        var route = Route(
            receiver: "ops", groupBy: ["alertname"], groupWait: .seconds(30), groupInterval: .minutes(5), repeatInterval: .minutes(60))
        change(&route)
        var configuration = NotifyConfiguration()
        configuration.route = route
        configuration.receivers = [
            Receiver(name: "ops", channels: [Self.channel(sendsResolved: sendsResolved)]),
            Receiver(name: "other", channels: [Self.channel()]),
        ]
        return configuration
    }
    private func alert(_ name: String, _ instance: String = "a", from: Int64 = 0, until: Int64? = nil, now: Int64) -> RoutedAlert {
        RoutedAlert(
            labels: LabelSet([Label("alertname", name), Label("instance", instance)]), startsAt: .seconds(from),
            endsAt: until.map { .seconds($0) } ?? .seconds(now + 240), updatedAt: .seconds(now))
    }
    /// What is sent at `now`, each message delivered at once.
    private func send(_ dispatcher: inout Dispatcher, at now: Int64) -> [Delivery] {
        let due = dispatcher.due(at: .seconds(now))
        for delivery in due { dispatcher.finished(delivery.id, .delivered("200"), at: .seconds(now)) }
        return due
    }
    /// The same with the alert told again every minute, as evaluators do.
    private func run(_ dispatcher: inout Dispatcher, _ range: ClosedRange<Int64>, telling alerts: (Int64) -> [RoutedAlert]) -> [(
        Int64, Delivery
    )] {
        var sent: [(Int64, Delivery)] = []
        for now in stride(from: range.lowerBound, through: range.upperBound, by: 1) {
            if now % 60 == 0 { dispatcher.take(alerts(now), at: .seconds(now)) }
            sent += send(&dispatcher, at: now).map { (now, $0) }
        }
        return sent
    }

    @Test func waitsForTheGroupThenTellsThenRepeats() {
        var dispatcher = Dispatcher(configuration())
        let sent = run(&dispatcher, 0...7300) { [alert("Slow", now: $0)] }
        #expect(sent.map(\.0) == [30, 3930])
        #expect(sent.map(\.1.reason) == [.first, .repeated])
    }

    @Test func tellsNewAlertsOfAGroupAtItsNextInterval() {
        var dispatcher = Dispatcher(configuration())
        let sent = run(&dispatcher, 0...700) { now in
            [alert("Slow", now: now)] + (now >= 120 ? [alert("Slow", "b", from: 120, now: now)] : [])
        }
        #expect(sent.map(\.0) == [30, 330])
        #expect(sent.map(\.1.alerts.count) == [1, 2])
        #expect(sent.last?.1.reason == .newAlerts)
    }

    @Test func whatIsOverWithinTheWaitIsNobodysNews() {
        var dispatcher = Dispatcher(configuration())
        dispatcher.take([alert("Slow", now: 0)], at: .seconds(0))
        dispatcher.take([alert("Slow", until: 20, now: 20)], at: .seconds(20))
        for now in stride(from: Int64(0), to: 700, by: 10) { #expect(send(&dispatcher, at: now).isEmpty) }
        #expect(dispatcher.groups.isEmpty)
    }

    @Test func tellsTheEndOnce() {
        var dispatcher = Dispatcher(configuration())
        let sent = run(&dispatcher, 0...1500) { now in [now < 120 ? alert("Slow", now: now) : alert("Slow", until: 120, now: now)] }
        #expect(sent.map(\.0) == [30, 330])
        #expect(sent.map(\.1.reason) == [.first, .allResolved])
        #expect(dispatcher.groups.isEmpty)
    }

    @Test func tellsAnEndToNobodyWhoDoesNotWantIt() {
        var dispatcher = Dispatcher(configuration(sendsResolved: false))
        let sent = run(&dispatcher, 0...1500) { now in
            if now < 120 { return [alert("Slow", now: now)] }
            return [now < 600 ? alert("Slow", until: 120, now: now) : alert("Slow", from: 600, now: now)]
        }
        // The end is noted all the same: the second time is news again.
        #expect(sent.map(\.1.reason) == [.first, .first])
        #expect(sent.map(\.0) == [30, 630])
    }

    @Test func anAlertFromBeforeTheStartIsToldAtOnce() {
        var dispatcher = Dispatcher(configuration())
        dispatcher.take([alert("Slow", from: 0, now: 1000)], at: .seconds(1000))
        #expect(send(&dispatcher, at: 1000).count == 1)
    }

    @Test func routesGoToTheFirstChildThatMatchesAndOnWithContinue() throws {
        let critical = try [AlertMatcher](parsing: "severity=critical")
        let slow = try [AlertMatcher](parsing: "alertname=~\"Slow.*\"")
        let root = Route(
            receiver: "root",
            children: [
                Route(receiver: "pager", matchers: critical, continues: true), Route(receiver: "slow", matchers: slow),
                Route(receiver: "late", matchers: critical),
            ])
        func receivers(_ labels: [Label]) -> [String] { root.matches(LabelSet(labels)).map(\.route.receiver) }
        #expect(receivers([Label("severity", "critical"), Label("alertname", "SlowDisk")]) == ["pager", "slow"])
        #expect(receivers([Label("severity", "critical"), Label("alertname", "X")]) == ["pager", "late"])
        #expect(receivers([Label("alertname", "X")]) == ["root"])
        #expect(root.matches(LabelSet([Label("alertname", "SlowDisk")])).map(\.key) == ["{}/{alertname=~\"Slow.*\"}"])
    }

    @Test func anInhibitedAlertIsToldOnceItsSourceIsOver() throws {
        var configuration = configuration { $0.groupInterval = .seconds(60) }
        configuration.inhibitRules = [
            InhibitRule(
                source: try [AlertMatcher](parsing: "alertname=Down"), target: try [AlertMatcher](parsing: "alertname=Slow"),
                equal: ["instance", "missing"])
        ]
        var dispatcher = Dispatcher(configuration)
        let sent = run(&dispatcher, 0...600) { now in
            [alert("Slow", now: now), now < 200 ? alert("Down", now: now) : alert("Down", until: 200, now: now)]
        }
        // The source's end is told at 240; the group's next flush is at 270.
        #expect(sent.filter { $0.1.groupLabels["alertname"] == "Slow" }.map(\.0) == [270])
        #expect(
            dispatcher.suppressions(at: .seconds(100)).of(LabelSet([Label("alertname", "Slow"), Label("instance", "b")])).inhibitedBy
                .isEmpty)
    }

    @Test func anAlertThatMatchesBothSidesIsNotMutedByItsLike() throws {
        let both = try [AlertMatcher](parsing: "alertname=Slow")
        let rule = InhibitRule(source: both, target: both, equal: [])
        let (a, b) = (alert("Slow", "a", now: 0), alert("Slow", "b", now: 0))
        #expect(!Inhibitor([rule], firing: [a, b]).mutes(a.labels))
    }

    @Test func aSilencedAlertIsToldOnceTheSilenceIsOver() throws {
        var dispatcher = Dispatcher(configuration { $0.groupInterval = .seconds(60) })
        let silence = Silence(
            matchers: try [AlertMatcher](parsing: "instance=a"), startsAt: .seconds(0), endsAt: .seconds(200), createdBy: "me", comment: "",
            updatedAt: .seconds(0))
        let id = try dispatcher.set(silence, at: .seconds(0))
        let sent = run(&dispatcher, 0...600) { [alert("Slow", now: $0)] }
        #expect(sent.map(\.0) == [210])
        #expect(dispatcher.silences.silences[id]?.state(at: .seconds(250)) == .expired)
    }

    @Test func mutesByTheClock() throws {
        var configuration = configuration {
            $0.groupInterval = .seconds(60)
            $0.muteTimes = ["night"]
        }
        var night = TimeWindow()
        night.times = [0..<5]
        configuration.timeWindows = ["night": [night]]
        var dispatcher = Dispatcher(configuration)
        let sent = run(&dispatcher, 0...600) { [alert("Slow", now: $0)] }
        #expect(sent.map(\.0) == [330])
    }

    @Test func triesAgainLaterAndLaterAndSaysSo() {
        var dispatcher = Dispatcher(configuration())
        dispatcher.take([alert("Slow", now: 0)], at: .seconds(0))
        var times: [Int64] = []
        for now in Int64(0)...200 {
            for delivery in dispatcher.due(at: .seconds(now)) {
                times.append(now)
                dispatcher.finished(delivery.id, now < 60 ? .failed("500", retryAfter: nil) : .delivered("200"), at: .seconds(now))
            }
        }
        #expect(times == [30, 31, 33, 37, 45, 61])
        #expect(dispatcher.records.records.map(\.attempts) == [6])
        #expect(dispatcher.records.records.last?.result == .delivered)
    }

    @Test func waitsAsLongAsTheOtherSideAsks() {
        var dispatcher = Dispatcher(configuration())
        dispatcher.take([alert("Slow", now: 0)], at: .seconds(0))
        let first = dispatcher.due(at: .seconds(30))
        dispatcher.finished(first[0].id, .failed("429", retryAfter: .seconds(90)), at: .seconds(30))
        #expect(dispatcher.due(at: .seconds(119)).isEmpty)
        #expect(dispatcher.due(at: .seconds(120)).count == 1)
    }

    @Test func whatIsRefusedIsNotTriedAgainButToldAnew() {
        var dispatcher = Dispatcher(configuration { $0.groupInterval = .seconds(60) })
        dispatcher.take([alert("Slow", now: 0)], at: .seconds(0))
        let first = dispatcher.due(at: .seconds(30))
        dispatcher.finished(first[0].id, .refused("400"), at: .seconds(30))
        #expect(dispatcher.due(at: .seconds(60)).isEmpty)
        #expect(dispatcher.due(at: .seconds(90)).map(\.reason) == [.first])
    }

    @Test func aHangingChannelHoldsUpNobodyAndIsNotTwiceUnderWay() {
        var configuration = configuration { $0.groupInterval = .seconds(60) }
        configuration.receivers[0].channels.append(Self.channel())
        var dispatcher = Dispatcher(configuration)
        dispatcher.take([alert("Slow", now: 0)], at: .seconds(0))
        let both = dispatcher.due(at: .seconds(30))
        #expect(both.count == 2)
        dispatcher.finished(both[1].id, .delivered("200"), at: .seconds(30))
        dispatcher.take([alert("Slow", "b", from: 60, now: 60)], at: .seconds(60))
        // The first is under way still: only the other channel hears of the second alert.
        #expect(dispatcher.due(at: .seconds(90)).map(\.key.channel) == [1])
        dispatcher.finished(both[0].id, .delivered("200"), at: .seconds(95))
        #expect(dispatcher.due(at: .seconds(96)).filter { $0.key.channel == 0 }.map(\.alerts.count) == [2])
    }

    @Test func aReloadTellsNothingTwice() {
        var dispatcher = Dispatcher(configuration())
        dispatcher.take([alert("Slow", now: 0)], at: .seconds(0))
        #expect(send(&dispatcher, at: 30).count == 1)
        dispatcher.replace(configuration(), at: .seconds(40))
        for now in Int64(40)...1000 {
            if now % 60 == 0 { dispatcher.take([alert("Slow", now: now)], at: .seconds(now)) }
            #expect(send(&dispatcher, at: now).isEmpty)
        }
    }

    @Test func acknowledgedAlertsAreNotRepeated() {
        var dispatcher = Dispatcher(configuration())
        dispatcher.acknowledge(alert("Slow", now: 0).labels, true)
        let sent = run(&dispatcher, 0...8000) { [alert("Slow", now: $0)] }
        #expect(sent.map(\.0) == [30])
        dispatcher.take([alert("Slow", until: 8000, now: 8000)], at: .seconds(8000))
        #expect(dispatcher.acknowledged.isEmpty)
    }

    @Test func groupsByEveryLabelWhereAsked() {
        var dispatcher = Dispatcher(configuration { ($0.groupsByAll, $0.groupBy) = (true, []) })
        dispatcher.take([alert("Slow", "a", now: 0), alert("Slow", "b", now: 0)], at: .seconds(0))
        #expect(send(&dispatcher, at: 30).map(\.alerts.count) == [1, 1])
    }

    @Test func handsEverythingOnToAlertmanagersUntilTheyTakeIt() {
        var configuration = NotifyConfiguration()
        configuration.alertmanagers = [AlertmanagerChannel(url: "http://127.0.0.1:1")]
        var dispatcher = Dispatcher(configuration)
        dispatcher.take([alert("Slow", now: 0)], at: .seconds(0))
        let first = dispatcher.due(at: .seconds(0))
        #expect(first.map(\.alerts.count) == [1])
        dispatcher.finished(first[0].id, .failed("refused", retryAfter: nil), at: .seconds(0))
        // Its end takes the place of its beginning, and goes out with the next attempt.
        dispatcher.take([alert("Slow", until: 1, now: 1)], at: .seconds(1))
        let second = dispatcher.due(at: .seconds(1))
        #expect(second.first?.alerts.first?.endsAt == .seconds(1))
        dispatcher.finished(second[0].id, .delivered("200"), at: .seconds(1))
        #expect(dispatcher.due(at: .seconds(2)).isEmpty)
    }
}
