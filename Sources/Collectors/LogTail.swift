import Ports
import Telemetry

/// How far one open file has been read: told of its facts and its bytes, it says what to read next and what lines there are.
package struct LogTail: Sendable {
    /// Read at once.
    package static let pieceSize = 256 << 10
    /// A file that was there before us is read from this far before its end.
    package static let historySize: Int64 = 16 << 20
    /// So many bytes before the place reached are compared at each reading, to notice a file that was emptied and filled again.
    package static let overlap = 64

    package enum Start: Hashable, Sendable { case beginning, history, mark(Mark) }
    package enum Step: Hashable, Sendable {
        case read(from: Int64, count: Int)
        /// The file is shorter than what was read of it; it is read from its beginning now. `finish` has what was held back before.
        case truncated
        case atEnd
    }
    package struct Taken: Hashable, Sendable {
        /// Whole lines, each with its newline.
        package var lines: [UInt8] = []
        /// Lines that were longer than `LineCutter.lineLimit`.
        package var cutLines = 0
        /// The file was emptied and filled again; it is read from its beginning now.
        package var isRewritten = false
    }
    /// A place in a file, and what stands before it.
    package struct Mark: Hashable, Sendable {
        package var offset: Int64
        package var lastBytes: [UInt8]
    }

    package private(set) var mark: Mark
    private var cutter: LineCutter
    private var verified: PreciseTime?

    package init(_ facts: FileFacts, from start: Start) {
        switch start {
        case .history where facts.size > Self.historySize:
            // From the byte before, so that a line which begins right there is whole.
            mark = Mark(offset: facts.size - Self.historySize - 1, lastBytes: [])
            cutter = LineCutter(isWithinLine: true)
        case .mark(let place):
            mark = place
            cutter = LineCutter()
        case .beginning, .history:
            mark = Mark(offset: 0, lastBytes: [])
            cutter = LineCutter()
        }
    }

    package mutating func step(_ facts: FileFacts) -> Step {
        if facts.size < mark.offset {
            startOver()
            return .truncated
        }
        let isTouched = verified.map { $0 != facts.modified } ?? !mark.lastBytes.isEmpty
        guard facts.size > mark.offset || (isTouched && !mark.lastBytes.isEmpty) else { return .atEnd }
        verified = facts.modified
        return .read(from: mark.offset - Int64(mark.lastBytes.count), count: mark.lastBytes.count + Self.pieceSize)
    }

    /// What the reading asked for by `step` gave.
    package mutating func take(_ bytes: [UInt8]) -> Taken {
        guard bytes.starts(with: mark.lastBytes) else {
            let rest = cutter.finish()
            startOver()
            return Taken(lines: rest, isRewritten: true)
        }
        let new = bytes.dropFirst(mark.lastBytes.count)
        mark.offset += Int64(new.count)
        mark.lastBytes = Array(bytes.suffix(Self.overlap))
        let cutBefore = cutter.cutLines
        let lines = cutter.append(new)
        return Taken(lines: lines, cutLines: cutter.cutLines - cutBefore)
    }

    /// The last line where it has no newline; for a file to which nothing will be added.
    package mutating func finish() -> [UInt8] { cutter.finish() }

    private mutating func startOver() {
        mark = Mark(offset: 0, lastBytes: [])
        verified = nil
    }
}
