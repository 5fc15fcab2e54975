/// 256 bits.
struct ByteSet: Sendable {
    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    mutating func insert(_ byte: UInt8) {
        let bit = UInt64(1) << UInt64(byte & 63)
        switch byte >> 6 {
        case 0: words.0 |= bit
        case 1: words.1 |= bit
        case 2: words.2 |= bit
        default: words.3 |= bit
        }
    }
    func contains(_ byte: UInt8) -> Bool {
        let word = byte < 128 ? (byte < 64 ? words.0 : words.1) : (byte < 192 ? words.2 : words.3)
        return word >> UInt64(byte & 63) & 1 != 0
    }
}

extension Pattern {
    /// Pike's machine: all threads step together over the scalars of the text, in the order of preference.
    func run(over text: UnsafeBufferPointer<UInt8>, isAnchored: Bool) -> Range<Int>? {
        let size = program.count
        // Two lists of threads (instruction, start), the step in which an instruction was last entered, and a stack for following jumps.
        return withUnsafeTemporaryAllocation(of: Int.self, capacity: size * 6 + 2) { memory in
            memory.initialize(repeating: -1)
            guard let base = memory.baseAddress else { return nil }
            var machine = Machine(
                pattern: self, text: text, isAnchored: isAnchored, current: ThreadList(base), next: ThreadList(base + 2 * size),
                entered: base + 4 * size, stack: base + 5 * size)
            return machine.run()
        }
    }
}

/// Threads as pairs of instruction and start, at most one an instruction.
private struct ThreadList {
    let base: UnsafeMutablePointer<Int>
    var count = 0
    init(_ base: UnsafeMutablePointer<Int>) { self.base = base }
    mutating func append(_ instruction: Int, _ start: Int) {
        base[2 * count] = instruction
        base[2 * count + 1] = start
        count += 1
    }
}

private struct Machine {
    let pattern: Pattern
    let text: UnsafeBufferPointer<UInt8>
    let isAnchored: Bool
    var current: ThreadList
    var next: ThreadList
    let entered: UnsafeMutablePointer<Int>
    let stack: UnsafeMutablePointer<Int>
    var found: Range<Int>?

    mutating func run() -> Range<Int>? {
        var position = 0
        enter(at: 0, start: 0, position: 0, isNext: false)
        while true {
            if current.count == 0 {
                if isAnchored || found != nil { return found }
                guard skipToCandidate(&position) else { return nil }
                enter(at: 0, start: position, position: position, isNext: false)
            }
            let (scalar, width) = position < text.count ? decode(at: position) : (0, 0)
            step(over: scalar, position: position, width: width)
            if width == 0 { return found }
            position += width
            swap(&current, &next)
            next.count = 0
            // A new start has the least preference, and none at all once something was found.
            if !isAnchored, found == nil, current.count > 0, mayBegin(at: position) {
                enter(at: 0, start: position, position: position, isNext: false)
            }
        }
    }

    private func mayBegin(at position: Int) -> Bool {
        guard let firstBytes = pattern.firstBytes else { return true }
        return position < text.count && firstBytes.contains(text[position])
    }

    /// Moves to where a match may begin; false when there is no such place.
    private func skipToCandidate(_ position: inout Int) -> Bool {
        guard let firstBytes = pattern.firstBytes else { return position <= text.count }
        while position < text.count, !firstBytes.contains(text[position]) { position += 1 }
        return position < text.count
    }

    /// Steps each thread over one scalar (none at the end, where `width` is 0).
    private mutating func step(over scalar: UInt32, position: Int, width: Int) {
        for thread in 0..<current.count {
            let instruction = current.base[2 * thread]
            let start = current.base[2 * thread + 1]
            switch pattern.program[instruction] {
            case .set(let set):
                if width > 0, pattern.sets[set].contains(scalar) {
                    enter(at: instruction + 1, start: start, position: position + width, isNext: true)
                }
            case .match:
                if isAnchored, width > 0 { continue }
                found = start..<position
                return  // Threads of less preference are cut off.
            case .split, .jump, .check: continue
            }
        }
    }

    /// Adds the threads that follow from entering `instruction`, without reading.
    private mutating func enter(at instruction: Int, start: Int, position: Int, isNext: Bool) {
        var depth = 0
        push(instruction, &depth)
        while depth > 0 {
            depth -= 1
            let index = stack[depth]
            if entered[index] == position { continue }
            entered[index] = position
            switch pattern.program[index] {
            case .jump(let target): push(target, &depth)
            case .split(let preferred, let other):
                push(other, &depth)
                push(preferred, &depth)
            case .check(let assertion): if holds(assertion, at: position) { push(index + 1, &depth) }
            case .set, .match: if isNext { next.append(index, start) } else { current.append(index, start) }
            }
        }
    }
    private func push(_ instruction: Int, _ depth: inout Int) {
        stack[depth] = instruction
        depth += 1
    }

    private func holds(_ assertion: Pattern.Assertion, at position: Int) -> Bool {
        switch assertion {
        case .textStart: position == 0
        case .textEnd: position == text.count
        case .lineStart: position == 0 || text[position - 1] == 0x0a
        case .lineEnd: position == text.count || text[position] == 0x0a
        case .wordBoundary: isBoundary(position)
        case .noWordBoundary: !isBoundary(position)
        }
    }
    private func isBoundary(_ position: Int) -> Bool {
        (position > 0 && isWord(text[position - 1])) != (position < text.count && isWord(text[position]))
    }
    private func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x5f: true
        default: false
        }
    }

    /// The scalar at `position` and its length; a byte that begins none counts as U+FFFD.
    private func decode(at position: Int) -> (UInt32, Int) {
        let first = text[position]
        if first < 0x80 { return (UInt32(first), 1) }
        let length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2
        guard first >= 0xc2, first < 0xf5, position + length <= text.count else { return (0xfffd, 1) }
        var value = UInt32(first) & (0x7f >> UInt32(length))
        for offset in 1..<length {
            let byte = text[position + offset]
            guard byte & 0xc0 == 0x80 else { return (0xfffd, 1) }
            value = value << 6 | UInt32(byte & 0x3f)
        }
        return (value, length)
    }
}
