import Disk
import Recordings
import Store
import Synchronization
import Telemetry
import TestKit
import Testing

@testable import Runtime

/// The promise of replay: what was recorded ends, replayed, in the store that the live run had.
@Suite struct RecordedRunTests {
    @Test(arguments: 0..<4) func aReplayEndsWithTheStoreAsTheLiveRunHadIt(seed: UInt64) throws {
        let folder = TemporaryFolder()
        var run = RandomRun(seed: seed)
        let live = Engine(store: TelemetryStore())
        live.record(into: try RecordingWriter(files: SystemFiles(), folder: folder.path + "/rec", version: "1"))
        for arrival in run.arrivals(300) {
            live.accept(arrival)
            #expect(live.flushRecording(at: arrival.time) == nil)
        }
        live.endRecording()
        try expectSame(live, try replayed(folder.path + "/rec", isPaced: false), seed: seed)
    }

    @Test func aRecordingBegunLateHoldsWhatCameSince() throws {
        let folder = TemporaryFolder()
        var run = RandomRun(seed: 99)
        let live = Engine(store: TelemetryStore())
        for arrival in run.arrivals(50) { live.accept(arrival) }
        live.record(into: try RecordingWriter(files: SystemFiles(), folder: folder.path + "/rec", version: "1"))
        #expect(live.isRecording)
        let late = run.arrivals(50)
        for arrival in late { live.accept(arrival) }
        live.endRecording()
        #expect(!live.isRecording)
        let other = Engine(store: TelemetryStore())
        for arrival in late { other.accept(arrival) }
        try expectSame(other, try replayed(folder.path + "/rec", isPaced: false), seed: 99)
    }

    /// Several threads deliver at once; the recording keeps the order in which the store took them.
    @Test func threadsThatDeliverAtOnceAreReplayedInTheOrderOfTheStore() throws {
        let folder = TemporaryFolder()
        let live = Engine(store: TelemetryStore())
        live.record(into: try RecordingWriter(files: SystemFiles(), folder: folder.path + "/rec", version: "1"))
        let left = Mutex(4)
        let done = WorkerSignal()
        let threads = (0..<4).map { number in
            WorkerThread("deliver") { _ in
                var run = RandomRun(seed: UInt64(number) + 500)
                for arrival in run.arrivals(80) { live.accept(arrival) }
                left.withLock { $0 -= 1 }
                done.wake()
            }
        }
        while left.withLock({ $0 }) > 0 { _ = done.wait(nanoseconds: nil) }
        for thread in threads { thread.stop() }
        live.endRecording()
        try expectSame(live, try replayed(folder.path + "/rec", isPaced: false), seed: 500)
    }

    @Test func theRunItselfHasAllThatCanHappen() throws {
        let live = Engine(store: TelemetryStore())
        var run = RandomRun(seed: 3)
        for arrival in run.arrivals(300) { live.accept(arrival) }
        let snapshot = live.store.snapshot()
        let accounting = snapshot.accounting
        #expect(accounting.spanCount > 100 && accounting.logCount > 100 && accounting.seriesCount > 20, "\(accounting)")
        #expect(accounting.dropped[.traces]?[.duplicate] ?? 0 > 0 && accounting.dropped[.metrics]?[.malformed] ?? 0 > 0)
        let text = described(snapshot)
        #expect(text.contains { $0.hasPrefix("series") && $0.contains("7ff0000000000002") }, "series that ended")
        #expect(text.contains { $0.hasPrefix("series") && $0.contains("trace_id") }, "exemplars")
        #expect(text.contains { $0.hasPrefix("series") && $0.contains("=histogram ") }, "native histograms")
        #expect(text.contains { $0.hasPrefix("span") && $0.contains("isShared: true") })
    }

    // MARK: -

    private func replayed(_ folder: String, isPaced: Bool) throws -> Engine {
        let reading = try openArrivals(folder, files: SystemFiles(), now: .seconds(0))
        let box = Reading(reading)
        let engine = Engine(store: TelemetryStore())
        let clock = ReplayClock(start: reading.from ?? .seconds(0), end: reading.to ?? .seconds(0), speed: 1)
        let over = WorkerSignal()
        let next: Replayer.Next = { () throws(Diagnostic) in box.reading.next() }
        let replayer = Replayer(
            next, into: engine, clock: clock, from: reading.from ?? .seconds(0), isPaced: isPaced, whenOver: { over.wake() })
        replayer.start()
        while !replayer.progress.isOver { _ = over.wait(nanoseconds: nil) }
        replayer.stop()
        #expect(replayer.progress.failure == nil)
        #expect(reading.warnings.isEmpty)
        return engine
    }

    private func expectSame(_ live: Engine, _ replayed: Engine, seed: UInt64, _ location: SourceLocation = #_sourceLocation) throws {
        let (was, became) = (described(live.store.snapshot()), described(replayed.store.snapshot()))
        #expect(was.count == became.count, "seed \(seed)", sourceLocation: location)
        let difference = zip(was, became).first { $0 != $1 }
        #expect(
            difference == nil, "seed \(seed)\nlive     \(difference?.0 ?? "")\nreplayed \(difference?.1 ?? "")", sourceLocation: location)
    }
}

private final class Reading: @unchecked Sendable {
    let reading: any ArrivalReading
    init(_ reading: any ArrivalReading) { self.reading = reading }
}
