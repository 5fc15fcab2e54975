/// Turns a tree into a program.
struct PatternCompiler {
    private(set) var program: [Pattern.Instruction] = []
    private(set) var sets: [ScalarSet] = []
    private var known: [ScalarSet: Int] = [:]

    mutating func compile(_ tree: PatternTree) throws(PatternError) {
        try emit(tree)
        try add(.match)
    }

    private mutating func add(_ instruction: Pattern.Instruction) throws(PatternError) {
        guard program.count < Pattern.instructionLimit else {
            throw PatternError(detail: "the pattern is too large: more than \(Pattern.instructionLimit) steps", offset: 0)
        }
        program.append(instruction)
    }

    private mutating func emit(_ tree: PatternTree) throws(PatternError) {
        switch tree {
        case .empty: break
        case .set(let set): try add(.set(index(of: set)))
        case .check(let assertion): try add(.check(assertion))
        case .sequence(let parts): for part in parts { try emit(part) }
        case .choice(let branches): try emit(branches)
        case .repetition(let body, let least, let most, let isGreedy): try emit(body, least, most, isGreedy)
        }
    }

    private mutating func index(of set: ScalarSet) -> Int {
        if let index = known[set] { return index }
        known[set] = sets.count
        sets.append(set)
        return sets.count - 1
    }

    private mutating func emit(_ branches: [PatternTree]) throws(PatternError) {
        var jumps: [Int] = []
        for (index, branch) in branches.enumerated() {
            let isLast = index == branches.count - 1
            let split = program.count
            if !isLast { try add(.match) }
            try emit(branch)
            if isLast { break }
            jumps.append(program.count)
            try add(.match)
            program[split] = .split(split + 1, program.count)
        }
        for jump in jumps { program[jump] = .jump(program.count) }
    }

    private mutating func emit(_ body: PatternTree, _ least: Int, _ most: Int?, _ isGreedy: Bool) throws(PatternError) {
        for _ in 0..<least {
            let before = program.count
            try emit(body)
            if program.count == before { return }  // Nothing, however often.
        }
        guard let most else { return try emitLoop(body, isGreedy) }
        var splits: [Int] = []
        for _ in least..<max(least, most) {
            splits.append(program.count)
            try add(.match)
            try emit(body)
        }
        for split in splits { program[split] = branch(into: split + 1, past: program.count, isGreedy) }
    }

    private mutating func emitLoop(_ body: PatternTree, _ isGreedy: Bool) throws(PatternError) {
        let split = program.count
        try add(.match)
        try emit(body)
        try add(.jump(split))
        program[split] = branch(into: split + 1, past: program.count, isGreedy)
    }
    private func branch(into body: Int, past end: Int, _ isGreedy: Bool) -> Pattern.Instruction {
        isGreedy ? .split(body, end) : .split(end, body)
    }

    /// The bytes that a match can begin with; nil where that can't be told from the first instructions.
    var firstBytes: ByteSet? {
        var bytes = ByteSet()
        var pending = [0]
        var seen = Set<Int>()
        while let index = pending.popLast() {
            guard seen.insert(index).inserted else { continue }
            switch program[index] {
            case .match, .check: return nil
            case .jump(let target): pending.append(target)
            case .split(let a, let b): pending += [a, b]
            case .set(let set): insertFirstBytes(of: sets[set], into: &bytes)
            }
        }
        return bytes
    }
    private func insertFirstBytes(of set: ScalarSet, into bytes: inout ByteSet) {
        for byte in UInt8(0)..<128 where set.contains(UInt32(byte)) { bytes.insert(byte) }
        // Any byte beyond ASCII may begin a scalar of the set, or be a torn one that counts as U+FFFD.
        if set.ranges.contains(where: { $0.upperBound > 127 }) { for byte in UInt8(128)...255 { bytes.insert(byte) } }
    }
}
