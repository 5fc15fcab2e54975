import Synchronization
import Telemetry
import Testing

@testable import Runtime

/// A monotonic clock that moves when told.
final class Hand: Sendable {
    private let time = Mutex<Int64>(5_000_000_000)
    var read: @Sendable () -> Int64 { { [self] in time.withLock { $0 } } }
    func move(_ span: TimeSpan) { time.withLock { $0 += span.nanoseconds } }
}

@Suite struct ReplayClockTests {
    private let hand = Hand()
    private func clock(speed: Double = 1, end: Int64 = 100) -> ReplayClock {
        ReplayClock(start: .seconds(10), end: .seconds(end), speed: speed, monotonic: hand.read)
    }

    @Test func itStandsUntilItIsLetRun() {
        let clock = clock()
        hand.move(.seconds(5))
        #expect(clock.now == .seconds(10))
        clock.run()
        hand.move(.seconds(5))
        #expect(clock.now == .seconds(15))
        clock.run()
        #expect(clock.now == .seconds(15), "running already")
    }

    @Test func itRunsAtItsSpeedAndStopsAtTheEnd() {
        let clock = clock(speed: 10)
        clock.run()
        hand.move(.milliseconds(1500))
        #expect(clock.now == .seconds(25))
        #expect(clock.realTime(until: .seconds(45)) == .seconds(2))
        #expect(clock.realTime(until: .seconds(25)) == .zero && clock.realTime(until: .seconds(1)) == .zero)
        hand.move(.minutes(10))
        #expect(clock.now == .seconds(100))
    }

    @Test func standingAtAMomentBehindTheEndMovesTheEnd() {
        let clock = clock()
        clock.stand(at: .seconds(200))
        #expect(clock.now == .seconds(200))
        clock.run()
        #expect(clock.now == .seconds(200), "time never goes back")
    }

    @Test func anEndThatMovesLetsItGoOnFromWhereItWasHeldUp() {
        let clock = clock(end: 20)
        clock.run()
        hand.move(.minutes(60))
        #expect(clock.now == .seconds(20))
        clock.extend(to: .seconds(30))
        #expect(clock.now == .seconds(20), "it makes up for nothing")
        hand.move(.seconds(4))
        #expect(clock.now == .seconds(24))
        clock.extend(to: .seconds(25))
        hand.move(.seconds(60))
        #expect(clock.now == .seconds(30), "an end never comes nearer")
    }

    @Test func timesBeyondAllBoundsDoNotTrap() {
        let clock = ReplayClock(start: .distantPast, end: .distantFuture, speed: 10_000, monotonic: hand.read)
        clock.run()
        hand.move(TimeSpan(nanoseconds: .max / 2))
        #expect(clock.now > .distantPast)
        #expect(clock.realTime(until: .distantFuture) > .zero)
    }
}
