extension LogTail {
    /// Cuts pieces into whole lines; a line without its newline yet is held back.
    package struct LineCutter: Sendable {
        /// What a line has more than this is thrown away.
        package static let lineLimit = 1 << 20

        /// How many lines were longer than `lineLimit`.
        package private(set) var cutLines = 0
        private var held: [UInt8] = []
        private var isSkipping: Bool

        /// `isWithinLine` throws away everything up to the first newline.
        package init(isWithinLine: Bool = false) { isSkipping = isWithinLine }

        /// The lines that `piece` completes, each with its newline. It is at most `lineLimit` long.
        package mutating func append(_ piece: ArraySlice<UInt8>) -> [UInt8] {
            var rest = piece
            if isSkipping {
                guard let end = rest.firstIndex(of: newline) else { return [] }
                rest = rest[(end + 1)...]
                isSkipping = false
            }
            var lines: [UInt8] = []
            if !held.isEmpty, let end = rest.firstIndex(of: newline) {
                lines = completeHeld(with: rest[..<end])
                rest = rest[(end + 1)...]
            }
            if held.isEmpty, let end = rest.lastIndex(of: newline) {
                lines += rest[...end]
                rest = rest[(end + 1)...]
            }
            hold(rest, &lines)
            return lines
        }

        /// The line that is held back, with a newline; empty where none is.
        package mutating func finish() -> [UInt8] {
            defer { held = [] }
            isSkipping = false
            return held.isEmpty ? [] : held + [newline]
        }

        private mutating func completeHeld(with end: ArraySlice<UInt8>) -> [UInt8] {
            held += end
            if held.count > Self.lineLimit {
                held.removeLast(held.count - Self.lineLimit)
                cutLines += 1
            }
            return finish()
        }

        private mutating func hold(_ rest: ArraySlice<UInt8>, _ lines: inout [UInt8]) {
            held += rest
            guard held.count > Self.lineLimit else { return }
            lines += held[..<Self.lineLimit]
            lines.append(newline)
            held = []
            isSkipping = true
            cutLines += 1
        }
    }
}

private let newline = UInt8(ascii: "\n")
