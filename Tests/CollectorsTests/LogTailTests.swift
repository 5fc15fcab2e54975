import Ports
import Telemetry
import TestKit
import Testing

@testable import Collectors

@Suite struct LogTailTests {
    private func facts(_ size: Int64, _ change: Int64 = 1) -> FileFacts {
        FileFacts(identity: FileIdentity(device: 1, inode: 1), size: size, modified: PreciseTime(nanoseconds: change))
    }

    @Test func asksForNothingAtTheEnd() {
        var tail = LogTail(facts(4), from: .beginning)
        #expect(tail.step(facts(4)) == .read(from: 0, count: LogTail.pieceSize))
        #expect(tail.take(Array("one\n".utf8)).lines == Array("one\n".utf8))
        #expect(tail.step(facts(4)) == .atEnd)
    }

    @Test func comparesWhatStandsBeforeItsPlace() {
        var tail = LogTail(facts(4), from: .beginning)
        _ = tail.step(facts(4))
        _ = tail.take(Array("one\n".utf8))
        #expect(tail.step(facts(8, 2)) == .read(from: 0, count: LogTail.pieceSize + 4))
        #expect(tail.take(Array("one\ntwo\n".utf8)).lines == Array("two\n".utf8))
        #expect(tail.step(facts(8, 3)) == .read(from: 0, count: LogTail.pieceSize + 8))
        #expect(tail.take(Array("other\n12".utf8)).isRewritten)
        #expect(tail.mark.offset == 0)
    }

    @Test func noticesThatAFileShrank() {
        var tail = LogTail(facts(4), from: .beginning)
        _ = tail.step(facts(4))
        _ = tail.take(Array("one\n".utf8))
        #expect(tail.step(facts(3, 2)) == .truncated)
        #expect(tail.step(facts(3, 2)) == .read(from: 0, count: LogTail.pieceSize))
    }

    @Test func beginsHistoryAtALine() {
        let size = LogTail.historySize + 100
        var tail = LogTail(facts(size), from: .history)
        #expect(tail.step(facts(size)) == .read(from: 99, count: LogTail.pieceSize))
        #expect(tail.take(Array("\nwhole\n".utf8)).lines == Array("whole\n".utf8))
    }

    @Test func goesOnAtAMark() {
        var tail = LogTail(facts(8), from: .mark(LogTail.Mark(offset: 4, lastBytes: Array("one\n".utf8))))
        #expect(tail.step(facts(8)) == .read(from: 0, count: LogTail.pieceSize + 4))
        #expect(tail.take(Array("one\ntwo\n".utf8)).lines == Array("two\n".utf8))
    }
}

@Suite struct LineCutterTests {
    @Test func givesTheSameLinesHoweverThePiecesAreCut() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = Seeded(seed)
        let limit = LogTail.LineCutter.lineLimit
        let lengths = [0, 5, limit - 1, limit, limit + 1, 3 * limit, 1, 0, 7]
        let text = lengths.flatMap { [UInt8](repeating: 0x61, count: $0) + [10] } + Array("rest".utf8)
        let expected = lengths.flatMap { [UInt8](repeating: 0x61, count: min($0, limit)) + [10] } + Array("rest\n".utf8)
        for _ in 0..<5 {
            var cutter = LogTail.LineCutter()
            var lines: [UInt8] = []
            var rest = text[...]
            while !rest.isEmpty {
                let piece = rest.prefix(Int.random(in: 1...LogTail.pieceSize, using: &random))
                lines += cutter.append(piece)
                rest = rest.dropFirst(piece.count)
            }
            #expect(lines + cutter.finish() == expected, "seed \(seed)")
            #expect(cutter.cutLines == 2, "seed \(seed)")
        }
    }

    @Test func skipsTheLineItBeginsIn() {
        var cutter = LogTail.LineCutter(isWithinLine: true)
        #expect(cutter.append(Array("half".utf8)[...]).isEmpty)
        #expect(cutter.append(Array(" a line\nwhole\n".utf8)[...]) == Array("whole\n".utf8))
    }
}
