import Telemetry
import Testing

@testable import Rules

struct AlertStatesTests {
    private let labels = LabelSet([Label("alertname", "Slow"), Label("service", "order")])
    private func row(_ value: Double = 1) -> AlertStates.Row { AlertStates.Row(labels: labels, value: value) }
    private func kinds(_ changes: [AlertChange]) -> [AlertChange.Kind] { changes.map(\.kind) }

    @Test func firesInTheSameEvaluationWithoutFor() throws {
        var states = AlertStates()
        #expect(kinds(try states.step([row()], at: .seconds(0), hold: .zero, keepFiring: .zero)) == [.firing])
        #expect(states.active.first?.firedAt == .seconds(0))
    }

    @Test func firesOnlyAfterItsFor() throws {
        var states = AlertStates()
        #expect(kinds(try states.step([row()], at: .seconds(0), hold: .seconds(60), keepFiring: .zero)) == [.pending])
        #expect(kinds(try states.step([row()], at: .seconds(59), hold: .seconds(60), keepFiring: .zero)) == [])
        #expect(kinds(try states.step([row(3)], at: .seconds(60), hold: .seconds(60), keepFiring: .zero)) == [.firing])
        #expect(states.active.first?.activeAt == .seconds(0))
        #expect(states.active.first?.value == 3)
    }

    @Test func forgetsPendingOnesAtOnce() throws {
        var states = AlertStates()
        _ = try states.step([row()], at: .seconds(0), hold: .seconds(60), keepFiring: .zero)
        #expect(kinds(try states.step([], at: .seconds(15), hold: .seconds(60), keepFiring: .zero)) == [.dropped])
        #expect(states.isQuiet)
        #expect(kinds(try states.step([row()], at: .seconds(30), hold: .seconds(60), keepFiring: .zero)) == [.pending])
        #expect(kinds(try states.step([row()], at: .seconds(75), hold: .seconds(60), keepFiring: .zero)) == [])
    }

    @Test func keepsFiringForAsLongAsAsked() throws {
        var states = AlertStates()
        _ = try states.step([row()], at: .seconds(0), hold: .zero, keepFiring: .seconds(30))
        #expect(kinds(try states.step([], at: .seconds(10), hold: .zero, keepFiring: .seconds(30))) == [])
        #expect(states.active.first?.keepFiringSince == .seconds(10))
        #expect(kinds(try states.step([row()], at: .seconds(20), hold: .zero, keepFiring: .seconds(30))) == [])
        #expect(states.active.first?.keepFiringSince == nil)
        _ = try states.step([], at: .seconds(30), hold: .zero, keepFiring: .seconds(30))
        #expect(kinds(try states.step([], at: .seconds(59), hold: .zero, keepFiring: .seconds(30))) == [])
        #expect(kinds(try states.step([], at: .seconds(60), hold: .zero, keepFiring: .seconds(30))) == [.resolved])
    }

    @Test func keepsResolvedOnesForAQuarterOfAnHour() throws {
        var states = AlertStates()
        _ = try states.step([row()], at: .seconds(0), hold: .zero, keepFiring: .zero)
        _ = try states.step([], at: .seconds(60), hold: .zero, keepFiring: .zero)
        _ = try states.step([], at: .seconds(960), hold: .zero, keepFiring: .zero)
        #expect(states.alerts.count == 1)
        _ = try states.step([], at: .seconds(961), hold: .zero, keepFiring: .zero)
        #expect(states.isQuiet)
    }

    @Test func aResolvedOneBeginsAnew() throws {
        var states = AlertStates()
        _ = try states.step([row()], at: .seconds(0), hold: .zero, keepFiring: .zero)
        _ = try states.step([], at: .seconds(60), hold: .zero, keepFiring: .zero)
        #expect(kinds(try states.step([row()], at: .seconds(120), hold: .zero, keepFiring: .zero)) == [.firing])
        #expect(states.active.first?.activeAt == .seconds(120))
    }

    @Test func goesBackToPendingWhereAReloadMadeTheForLonger() throws {
        var states = AlertStates()
        _ = try states.step([row()], at: .seconds(0), hold: .zero, keepFiring: .zero)
        #expect(kinds(try states.step([row()], at: .seconds(30), hold: .seconds(60), keepFiring: .zero)) == [.pending])
        #expect(kinds(try states.step([row()], at: .seconds(60), hold: .seconds(60), keepFiring: .zero)) == [.firing])
    }

    @Test func forgetsAllOverTheLimit() throws {
        var states = AlertStates()
        let rows = (0..<3).map { AlertStates.Row(labels: LabelSet([Label("n", "\($0)")]), value: 1) }
        #expect(throws: RuleFailure.limit(2, 3, "alerts")) {
            try states.step(rows, at: .seconds(0), hold: .zero, keepFiring: .zero, limit: 2)
        }
        #expect(states.isQuiet)
    }

    @Test func isSentAtOnceThenNowAndThen() throws {
        var states = AlertStates()
        let minute = TimeSpan.minutes(1)
        _ = try states.step([row()], at: .seconds(0), hold: .seconds(15), keepFiring: .zero)
        #expect(states.takeDue(at: .seconds(0), interval: .seconds(15), resendDelay: minute).isEmpty)
        _ = try states.step([row()], at: .seconds(15), hold: .seconds(15), keepFiring: .zero)
        let first = states.takeDue(at: .seconds(15), interval: .seconds(15), resendDelay: minute)
        #expect(first.map(\.validUntil) == [.seconds(255)])
        #expect(states.takeDue(at: .seconds(75), interval: .seconds(15), resendDelay: minute).isEmpty)
        #expect(states.takeDue(at: .seconds(76), interval: .seconds(15), resendDelay: minute).count == 1)
        _ = try states.step([], at: .seconds(90), hold: .seconds(15), keepFiring: .zero)
        #expect(states.takeDue(at: .seconds(90), interval: .seconds(15), resendDelay: minute).map(\.state) == [.inactive])
    }
}
