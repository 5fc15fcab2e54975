import Ports
import Telemetry
import TestKit
import Testing

@testable import Collectors

@Suite struct TailerTests {
    private let files = SimulatedFiles()
    private let sink = ArrivalList()
    private let clock = VirtualClock()

    private func tailer(_ patterns: String...) -> Tailer { Tailer([TailSpec(patterns: patterns)], files: files, sink: sink) }
    private func run(_ tailer: Tailer, for span: TimeSpan = .seconds(2)) {
        let end = clock.now + span
        while clock.now <= end { clock.move(to: max(tailer.poll(at: clock.now), clock.now + .milliseconds(1))) }
    }

    @Test func readsWhatIsThereAndWhatComes() {
        files.write("one\ntwo\n", to: "a.log")
        let tailer = tailer("a.log")
        run(tailer)
        files.append("three\n", to: "a.log")
        run(tailer)
        #expect(sink.text(of: "a.log") == "one\ntwo\nthree\n")
        #expect(sink.states(of: "a.log") == [.reading])
    }

    @Test func holdsBackALineUntilItsNewline() {
        files.write("", to: "a.log")
        let tailer = tailer("a.log")
        for piece in ["o", "ne", "\nt", "wo\n", "thr"] {
            files.append(piece, to: "a.log")
            run(tailer)
            #expect(sink.arrivals.allSatisfy { if case .lines(let lines) = $0.payload { lines.bytes.last == 10 } else { true } })
        }
        #expect(sink.text(of: "a.log") == "one\ntwo\n")
        tailer.stop(at: clock.now)
        #expect(sink.text(of: "a.log") == "one\ntwo\nthr\n")
        #expect(sink.states(of: "a.log").last == .closed)
    }

    @Test func waitsForAMissingFileAndReadsItFromItsBeginning() {
        let tailer = tailer("a.log")
        run(tailer)
        #expect(sink.states(of: "a.log") == [.waiting])
        files.write("one\n", to: "a.log")
        run(tailer)
        #expect(sink.text(of: "a.log") == "one\n")
        #expect(sink.states(of: "a.log") == [.waiting, .reading])
    }

    @Test func takesUpNewFilesOfAPattern() {
        files.write("one\n", to: "log/a")
        let tailer = tailer("log/*")
        run(tailer)
        files.write("two\n", to: "log/b")
        run(tailer)
        #expect(sink.text(of: "log/b") == "two\n")
    }

    @Test func saysOnceThatAPatternMatchesNothing() {
        let tailer = tailer("log/*")
        run(tailer, for: .seconds(5))
        #expect(sink.states(of: "log/*") == [.waiting])
        files.write("one\n", to: "log/a")
        run(tailer)
        #expect(sink.states(of: "log/*") == [.waiting, .closed])
    }

    @Test func readsAFileOnceThoughTwoPatternsMatch() {
        files.write("one\n", to: "log/a")
        let tailer = tailer("log/*", "log/a")
        run(tailer)
        #expect(sink.text(of: "log/a") == "one\n")
    }

    @Test func readsARenamedFileToItsEndAndThenItsSuccessor() {
        files.write("one\n", to: "a.log")
        let tailer = tailer("a.log")
        run(tailer)
        files.append("two\n", to: "a.log")
        files.rename("a.log", to: "a.log.1")
        files.write("three\n", to: "a.log")
        run(tailer)
        #expect(sink.text(of: "a.log") == "one\ntwo\nthree\n")
        #expect(sink.states(of: "a.log") == [.reading, .rotated, .reading])
    }

    @Test func readsWhatASlowWriterStillPutsIntoTheRenamedFile() {
        files.write("one\n", to: "a.log")
        let tailer = tailer("a.log")
        run(tailer)
        files.rename("a.log", to: "a.log.1")
        files.write("three\n", to: "a.log")
        run(tailer)
        files.append("two\n", to: "a.log.1")
        run(tailer)
        #expect(sink.text(of: "a.log") == "one\nthree\ntwo\n")
    }

    @Test func neverReadsARenamedFileTwiceThoughThePatternMatchesItsNewName() {
        files.write("one\n", to: "a.log")
        let tailer = tailer("a.log*")
        run(tailer)
        for turn in 1...3 {
            for number in stride(from: turn - 1, through: 1, by: -1) { files.rename("a.log.\(number)", to: "a.log.\(number + 1)") }
            files.rename("a.log", to: "a.log.1")
            files.write("turn \(turn)\n", to: "a.log")
            run(tailer, for: .seconds(20))
        }
        let all = sink.arrivals.compactMap {
            if case .lines(let lines) = $0.payload { String(decoding: lines.bytes, as: UTF8.self) } else { nil }
        }
        #expect(all == ["one\n", "turn 1\n", "turn 2\n", "turn 3\n"])
    }

    @Test func startsOverWhenAFileWasEmptied() {
        files.write("one\ntwo\n", to: "a.log")
        let tailer = tailer("a.log")
        run(tailer)
        files.change("a.log") { $0 = [] }
        run(tailer)
        files.append("new\n", to: "a.log")
        run(tailer)
        #expect(sink.text(of: "a.log") == "one\ntwo\nnew\n")
        #expect(sink.states(of: "a.log") == [.reading, .truncated])
    }

    @Test(arguments: ["three\nfour\n", "three4\n2\n", "5\n6\n7\n8\n9\n10\n11\n"])
    func startsOverWhenAFileWasEmptiedAndFilledBetweenTwoLooks(content: String) {
        files.write("one\ntwo\n", to: "a.log")
        let tailer = tailer("a.log")
        run(tailer)
        files.change("a.log") { $0 = Array(content.utf8) }
        run(tailer)
        #expect(sink.text(of: "a.log") == "one\ntwo\n" + content)
    }

    @Test func readsOnlyTheLastPartOfABigOldFileFromALineStart() {
        let line = String(repeating: "x", count: 99) + "\n"
        files.write(Array(String(repeating: line, count: 200_000).utf8), to: "big.log")
        let tailer = tailer("big.log")
        run(tailer, for: .seconds(20))
        let text = sink.text(of: "big.log")
        #expect(text.utf8.count == Int(LogTail.historySize) / 100 * 100)
        #expect(text.utf8.starts(with: line.utf8))
    }

    @Test func cutsAnEndlessLineAndGoesOnBehindIt() {
        files.write([UInt8](repeating: 0x78, count: 100 << 20) + Array("\nnext\n".utf8), to: "a.log")
        files.rename("a.log", to: "b.log")
        let tailer = tailer("a.log")
        run(tailer)
        files.rename("b.log", to: "a.log")
        run(tailer, for: .seconds(60))
        let text = sink.text(of: "a.log")
        #expect(text.utf8.count == LogTail.LineCutter.lineLimit + 1 + 5)
        #expect(text.hasSuffix("x\nnext\n"))
        #expect(sink.troubles.map(\.count) == [1])
        #expect(sink.troubles.map(\.reason) == [.tooLarge])
    }

    @Test func letsNoFileStarveTheOthers() {
        files.write("", to: "a.log")
        files.write("", to: "b.log")
        let tailer = tailer("a.log", "b.log")
        run(tailer)
        files.append(String(repeating: "x\n", count: 4 << 20), to: "a.log")
        files.append("here\n", to: "b.log")
        let wake = tailer.poll(at: clock.now)
        #expect(wake == clock.now)
        #expect(sink.text(of: "b.log") == "here\n")
        #expect(sink.text(of: "a.log").utf8.count <= Tailer.bytesPerPoll + LogTail.pieceSize)
    }

    @Test func keepsArrivalsWithinTheirSize() {
        files.write(String(repeating: String(repeating: "y", count: 999) + "\n", count: 3000), to: "a.log")
        run(tailer("a.log"), for: .seconds(5))
        let sizes = sink.arrivals.compactMap { if case .lines(let lines) = $0.payload { lines.bytes.count } else { nil } }
        #expect(sizes.reduce(0, +) == 3_000_000)
        #expect(sizes.allSatisfy { $0 <= TailOutput.arrivalSize && $0.isMultiple(of: 1000) })
    }

    @Test func losesNothingWhileTheSinkIsOverloaded() {
        files.write("one\n", to: "a.log")
        let tailer = tailer("a.log")
        sink.overload(true)
        run(tailer)
        files.append("two\n", to: "a.log")
        run(tailer)
        #expect(sink.arrivals.isEmpty)
        sink.overload(false)
        run(tailer)
        #expect(sink.text(of: "a.log") == "one\ntwo\n")
    }

    @Test func saysWhyAFileCannotBeReadAndTriesAgain() {
        files.write("one\n", to: "a.log")
        files.lock("a.log")
        let tailer = tailer("a.log")
        run(tailer, for: .seconds(5))
        #expect(sink.states(of: "a.log") == [.failed])
        files.unlock("a.log")
        run(tailer)
        #expect(sink.text(of: "a.log") == "one\n")
    }

    @Test func readsStandardInputToItsEnd() {
        files.type(Array("one\ntw".utf8), nil, Array("o\nthree".utf8), [])
        let tailer = tailer("-")
        run(tailer)
        #expect(sink.text(of: "-") == "one\ntwo\nthree\n")
        #expect(sink.states(of: "-") == [.reading, .closed])
    }

    @Test func leavesCompressedFilesAlone() {
        files.write("junk", to: "log/a.gz")
        run(tailer("log/*"))
        #expect(sink.text(of: "log/a.gz").isEmpty)
        #expect(sink.states(of: "log/a.gz") == [.closed])
    }

    @Test func deliversEachLineOnceWhateverHappensToTheFile() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = Seeded(seed)
        files.write("", to: "a.log")
        let tailer = tailer("a.log")
        run(tailer)
        var expected: [String] = []
        for turn in 0..<300 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0:
                files.rename("a.log", to: "old.\(turn)")
                files.write("", to: "a.log")
            case 1: run(tailer, for: .seconds(7))
            case 2: run(tailer)
            default:
                let line = "line \(turn) " + String(repeating: "z", count: Int.random(in: 0..<2000, using: &random))
                expected.append(line)
                files.append(line + "\n", to: "a.log")
                if Bool.random(using: &random) { run(tailer, for: .milliseconds(250)) }
            }
            // A writer that renames twice within one look leaves a file that nobody can find again.
            if files.disk.withLock({ $0.files["a.log"]?.content.withLock { $0.bytes.isEmpty } }) == true { run(tailer) }
        }
        run(tailer)
        let lines = sink.text(of: "a.log").split(separator: "\n").map(String.init)
        #expect(lines.sorted() == expected.sorted(), "seed \(seed)")
    }
}
