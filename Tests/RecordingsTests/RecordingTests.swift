@testable import Recordings
import Ports
import Telemetry
import TestKit
import Testing

@Suite struct RecordingTests {
    private let codec = NumberedRequests()

    private func record(_ arrivals: [Arrival], in files: MemoryFiles, closing: Bool = true) throws -> RecordingWriter {
        let writer = try RecordingWriter(files: files, folder: "rec", codec: codec, version: "1.0")
        for arrival in arrivals {
            writer.append(arrival)
            writer.flush(at: arrival.time)
        }
        if closing { writer.close() }
        return writer
    }

    private func replay(_ files: MemoryFiles) throws -> (arrivals: [Arrival], warnings: [Diagnostic]) {
        let reader = try RecordingReader(files: files, folder: "rec", codec: codec)
        var arrivals: [Arrival] = []
        while let arrival = reader.next() { arrivals.append(arrival) }
        return (arrivals, reader.warnings)
    }

    @Test func whatIsRecordedIsReplayedInItsOrder() throws {
        for seed in UInt64(0)..<20 {
            let arrivals = randomArrivals(300, seed: seed)
            let files = MemoryFiles()
            let writer = try record(arrivals, in: files)
            #expect(writer.takeFailure() == nil)
            let replayed = try replay(files)
            #expect(replayed.arrivals.map(described) == arrivals.map(described), "seed \(seed)")
            #expect(replayed.warnings.isEmpty)
        }
    }

    @Test func filesAreCutByTime() throws {
        let files = MemoryFiles()
        _ = try record(randomArrivals(300, seed: 1), in: files)
        let segments = Set(files.all.keys.compactMap { RecordingFormat.parse(name: String($0.dropFirst(4)))?.segment })
        #expect(segments == Set(0...4))
    }

    @Test func aTornTailLosesOnlyItself() throws {
        let arrivals = randomArrivals(120, seed: 7)
        let whole = MemoryFiles()
        _ = try record(arrivals, in: whole)
        let texts = arrivals.map(described)
        for (path, bytes) in whole.all where path.hasSuffix(".gz") {
            for length in stride(from: 0, to: bytes.count, by: 23) {
                let files = MemoryFiles()
                files.all = whole.all
                files.all[path] = Array(bytes[..<length])
                let replayed = try replay(files)
                let kept = replayed.arrivals.map(described)
                try #require(isOrderedSubset(kept, of: texts), "\(path) cut at \(length)")
                #expect(!replayed.warnings.isEmpty)
                let expected =
                    arrivals.count
                    - arrivals.filter {
                        RecordingFormat.Kind(of: $0.payload) == RecordingFormat.parse(name: String(path.dropFirst(4)))?.kind
                    }.count
                #expect(kept.count >= expected, "the other files are whole")
            }
        }
    }

    @Test func aCrashLosesOnlyWhatCameAfterTheLastSync() throws {
        let arrivals = randomArrivals(200, seed: 11)
        let files = MemoryFiles()
        _ = try record(arrivals, in: files, closing: false)
        let replayed = try replay(files)
        let last = try #require(arrivals.last?.time)
        let safe = arrivals.filter { last - $0.time > RecordingFormat.syncInterval + .seconds(4) }
        #expect(replayed.arrivals.count >= safe.count)
        #expect(replayed.arrivals.prefix(safe.count).map(described) == safe.map(described))
        #expect(replayed.warnings.contains { $0.message.contains("not ended") })
    }

    @Test func damageInTheMiddleHarmsNoOtherFile() throws {
        let arrivals = randomArrivals(200, seed: 13)
        let whole = MemoryFiles()
        _ = try record(arrivals, in: whole)
        var random = Seeded(17)
        for _ in 0..<60 {
            let files = MemoryFiles()
            files.all = whole.all
            let path = try #require(whole.all.keys.sorted().randomElement(using: &random))
            for _ in 0..<4 {
                guard let count = files.all[path]?.count, count > 0 else { continue }
                files.all[path]?[Int.random(in: 0..<count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            _ = try? replay(files)
        }
    }

    @Test func aFolderWithoutItsManifestIsReadable() throws {
        let arrivals = randomArrivals(300, seed: 2)
        let files = MemoryFiles()
        _ = try record(arrivals, in: files)
        files.all["rec/recording.json"] = nil
        let reader = try RecordingReader(files: files, folder: "rec", codec: codec)
        #expect(reader.from == arrivals.first?.time)
        #expect(reader.to == arrivals.last?.time)
        #expect(reader.warnings.count == 1)
        var count = 0
        while reader.next() != nil { count += 1 }
        #expect(count == arrivals.count)
    }

    @Test func seekGoesToTheFirstArrivalAtOrAfterATime() throws {
        let arrivals = randomArrivals(300, seed: 3)
        let files = MemoryFiles()
        _ = try record(arrivals, in: files)
        let reader = try RecordingReader(files: files, folder: "rec", codec: codec)
        for index in [150, 10, 299, 0, 220] {
            reader.seek(to: arrivals[index].time)
            let wanted = try #require(arrivals.firstIndex { $0.time >= arrivals[index].time })
            #expect(reader.peekTime() == arrivals[wanted].time)
            var rest: [Arrival] = []
            while let arrival = reader.next() { rest.append(arrival) }
            #expect(rest.map(described) == arrivals[wanted...].map(described))
        }
        reader.seek(to: .distantFuture)
        #expect(reader.next() == nil)
    }

    @Test func aFullDiskEndsTheRecordingAndIsToldOnce() throws {
        let files = MemoryFiles(room: 4000)
        let writer = try record(randomArrivals(2000, seed: 4), in: files)
        #expect(writer.takeFailure()?.message.contains("no space left") == true)
        #expect(writer.takeFailure() == nil)
        #expect(writer.lost > 0)
        #expect(throws: Never.self) { _ = try replay(files) }
    }

    @Test func aRecordingIsNeverOverwritten() throws {
        let files = MemoryFiles()
        _ = try record([], in: files)
        #expect(throws: Diagnostic.self) { try RecordingWriter(files: files, folder: "rec", codec: codec, version: "1.0") }
    }

    @Test func aFolderOfOtherThingsAndALaterFormatAreRefused() throws {
        let files = MemoryFiles()
        files.all["rec/notes.txt"] = [1]
        #expect(throws: Diagnostic(source: "rec", message: "there is no recording in this folder")) { _ = try replay(files) }
        files.all["rec/recording.json"] = Array(#"{"format": 99}"#.utf8)
        #expect(throws: Diagnostic.self) { _ = try replay(files) }
    }

    @Test func theManifestCountsWhatWasKept() throws {
        let files = MemoryFiles()
        let writer = try record(randomArrivals(300, seed: 5), in: files)
        let read = try RecordingReader(files: files, folder: "rec", codec: codec).manifest
        #expect(read.counts == writer.manifest.counts)
        #expect(read.counts.arrivals == 300)
        #expect(read.counts.spans > read.counts.records)
        #expect(read.sources == writer.manifest.sources)
        #expect(read.isClosed)
    }

    private func isOrderedSubset(_ part: [String], of whole: [String]) -> Bool {
        var rest = whole[...]
        for element in part {
            guard let index = rest.firstIndex(of: element) else { return false }
            rest = rest[(index + 1)...]
        }
        return true
    }

    @Test(arguments: [Int64.min, -1, 0, Int64.max]) func aManifestMayClaimAnyNumberOfArrivals(claimed: Int64) throws {
        let files = MemoryFiles()
        _ = try record(randomArrivals(20, seed: 6), in: files)
        files.all["rec/recording.json"] = Array(
            #"{"format": 1, "from": 0, "to": 1, "closed": true, "counts": {"arrivals": \#(claimed)}}"#.utf8)
        let reader = try RecordingReader(files: files, folder: "rec", codec: codec)
        var count = 0
        while reader.next() != nil { count += 1 }
        #expect(count == 20)
        #expect(reader.warnings.count == (claimed > 20 ? 1 : 0))
    }

    @Test func aLossIsNeverNegative() throws {
        let text = #"{"signal":"logs","reason":"malformed","count":-5,"detail":""}"#
        let header = try #require(
            Array(text.utf8).withUnsafeBytes { bytes in
                var reader = HeaderReader(bytes)
                return reader.value()
            })
        #expect(Trouble(header)?.count == 0)
    }

    @Test func aFileFullOfBrokenLinesGivesAFewWarnings() throws {
        let files = MemoryFiles()
        let good = #"{"resourceSpans":[]}"#
        files.all["spans.jsonl"] = Array((good + "\n" + String(repeating: "{broken\n", count: 5_000)).utf8)
        let reader = try LoneFileReader("spans.jsonl", files: files, now: .seconds(1))
        while reader.next() != nil {}
        #expect(reader.warnings.count == LoneFileReader.warningLimit + 1)
        #expect(reader.warnings.last?.message == "\(5_000 - LoneFileReader.warningLimit) more lines can't be read")
    }
}
