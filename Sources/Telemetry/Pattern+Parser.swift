/// What a pattern says, as a tree.
indirect enum PatternTree: Sendable {
    case empty
    case set(ScalarSet)
    case check(Pattern.Assertion)
    case sequence([PatternTree])
    case choice([PatternTree])
    case repetition(PatternTree, least: Int, most: Int?, isGreedy: Bool)

    /// The bytes of a tree that is one plain string.
    var literalBytes: [UInt8]? {
        switch self {
        case .set(let set): set.single.flatMap(Unicode.Scalar.init).map { Array(String($0).utf8) }
        case .sequence(let parts): parts.reduce([]) { whole, part in whole.flatMap { bytes in part.literalBytes.map { bytes + $0 } } }
        default: nil
        }
    }

    /// The longest plain string that every match contains, as far as a look at the tree tells; may be empty.
    var requiredBytes: [UInt8] {
        switch self {
        case .sequence(let parts): Self.longestRun(in: parts)
        case .repetition(let body, let least, _, _): least > 0 ? body.requiredBytes : []
        default: literalBytes ?? []
        }
    }
    private static func longestRun(in parts: [PatternTree]) -> [UInt8] {
        var (best, run): ([UInt8], [UInt8]) = ([], [])
        for part in parts {
            if let bytes = part.literalBytes { run += bytes } else { run = [] }
            for candidate in [run, part.requiredBytes] where candidate.count > best.count { best = candidate }
        }
        return best
    }
}

struct PatternFlags: Sendable {
    var ignoresCase = false
    var dotMatchesNewline = false
    var isMultiline = false
    var isUngreedy = false
}

/// Recursive descent over the scalars of a pattern.
struct PatternParser {
    /// Groups within groups.
    static let depthLimit = 100
    /// As RE2.
    static let repeatLimit = 1000

    private let scalars: [Unicode.Scalar]
    private var position = 0
    private var depth = 0
    private var flags: PatternFlags

    init(_ source: String, flags: PatternFlags) {
        scalars = Array(source.unicodeScalars)
        self.flags = flags
    }

    mutating func parse() throws(PatternError) -> PatternTree {
        let tree = try choice()
        if position < scalars.count { throw error("unexpected )") }
        return tree
    }

    private func error(_ detail: String) -> PatternError {
        PatternError(detail: detail, offset: scalars.prefix(position).reduce(0) { $0 + UTF8.width($1) })
    }
    private var next: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }
    private mutating func take(_ wanted: Unicode.Scalar) -> Bool {
        guard next == wanted else { return false }
        position += 1
        return true
    }

    private mutating func choice() throws(PatternError) -> PatternTree {
        var branches = [try sequence()]
        while take("|") { branches.append(try sequence()) }
        return branches.count == 1 ? branches[0] : .choice(branches)
    }

    private mutating func sequence() throws(PatternError) -> PatternTree {
        var parts: [PatternTree] = []
        while let scalar = next, scalar != "|", scalar != ")" { parts.append(try repetition()) }
        return parts.count == 1 ? parts[0] : parts.isEmpty ? .empty : .sequence(parts)
    }

    private mutating func repetition() throws(PatternError) -> PatternTree {
        var tree = try atom()
        var isRepeated = false
        while let (least, most) = try quantifier() {
            if isRepeated { throw error("a repetition of a repetition") }
            isRepeated = true
            let isLazy = take("?")
            tree = .repetition(tree, least: least, most: most, isGreedy: isLazy == flags.isUngreedy)
        }
        return tree
    }

    private mutating func quantifier() throws(PatternError) -> (Int, Int?)? {
        if take("*") { return (0, nil) }
        if take("+") { return (1, nil) }
        if take("?") { return (0, 1) }
        return try counts()
    }

    /// `{2}`, `{2,}` or `{2,5}`; anything else that begins with a brace is plain text.
    private mutating func counts() throws(PatternError) -> (Int, Int?)? {
        let start = position
        guard take("{"), let least = number() else {
            position = start
            return nil
        }
        var most: Int? = least
        if take(",") { most = next == "}" ? nil : number() ?? -1 }
        guard take("}"), most != -1 else {
            position = start
            return nil
        }
        if max(least, most ?? 0) > Self.repeatLimit { throw error("a repetition of more than \(Self.repeatLimit)") }
        if let most, most < least { throw error("a repetition whose bounds are the wrong way round") }
        return (least, most)
    }

    private mutating func number() -> Int? {
        var value: Int?
        while let digit = next, ("0"..."9").contains(digit) {
            value = min((value ?? 0) * 10 + Int(digit.value - 0x30), 1_000_000)
            position += 1
        }
        return value
    }

    private mutating func atom() throws(PatternError) -> PatternTree {
        guard let scalar = next else { return .empty }
        switch scalar {
        case "*", "+", "?": throw error("nothing before \(scalar) to repeat")
        case "(": return try group()
        case "[":
            var reader = PatternClass(scalars: scalars, position: position, ignoresCase: flags.ignoresCase)
            let set = try reader.parse()
            position = reader.position
            return .set(set)
        case "\\": return try escape()
        default:
            position += 1
            return plain(scalar)
        }
    }

    private func plain(_ scalar: Unicode.Scalar) -> PatternTree {
        switch scalar {
        case ".": .set(ScalarSet(flags.dotMatchesNewline ? [0...ScalarSet.last] : [0...9, 11...ScalarSet.last]))
        case "^": .check(flags.isMultiline ? .lineStart : .textStart)
        case "$": .check(flags.isMultiline ? .lineEnd : .textEnd)
        default: .set(ScalarSet([scalar.value...scalar.value], ignoresCase: flags.ignoresCase))
        }
    }

    private mutating func escape() throws(PatternError) -> PatternTree {
        let letter = position + 1 < scalars.count ? scalars[position + 1] : nil
        let assertions: [Unicode.Scalar: Pattern.Assertion] = ["A": .textStart, "z": .textEnd, "b": .wordBoundary, "B": .noWordBoundary]
        if let letter, let assertion = assertions[letter] {
            position += 2
            return .check(assertion)
        }
        var reader = PatternClass(scalars: scalars, position: position, ignoresCase: flags.ignoresCase)
        let ranges = try reader.escape()
        position = reader.position
        return .set(ScalarSet(ranges, ignoresCase: flags.ignoresCase))
    }

    /// `(…)`, `(?:…)`, `(?P<name>…)`, `(?<name>…)`, `(?i:…)`, or `(?i)` for the rest of the group around it.
    private mutating func group() throws(PatternError) -> PatternTree {
        let outer = flags
        depth += 1
        defer { depth -= 1 }
        if depth > Self.depthLimit { throw error("groups nested more than \(Self.depthLimit) deep") }
        position += 1
        if take("?") {
            if try isFlagsOnly() { return .empty }
        }
        let tree = try choice()
        guard take(")") else { throw error("missing closing )") }
        flags = outer
        return tree
    }

    /// Reads what follows `(?`; true when it was flags and the closing parenthesis.
    private mutating func isFlagsOnly() throws(PatternError) -> Bool {
        if take("P"), next != "<" { throw error("missing < of a group's name") }
        if take("<") {
            if next == "=" || next == "!" { throw error("look-behind, which takes more than linear time, is not supported") }
            while let scalar = next, scalar != ">", scalar.isASCII,
                scalar.properties.isAlphabetic || scalar == "_" || ("0"..."9").contains(scalar)
            {
                position += 1
            }
            guard take(">") else { throw error("missing > after a group's name") }
            return false
        }
        if next == "=" || next == "!" { throw error("look-ahead, which takes more than linear time, is not supported") }
        var isOn = true
        while let scalar = next {
            position += 1
            switch scalar {
            case "i": flags.ignoresCase = isOn
            case "s": flags.dotMatchesNewline = isOn
            case "m": flags.isMultiline = isOn
            case "U": flags.isUngreedy = isOn
            case "-": isOn = false
            case ":": return false
            case ")": return true
            default: throw error("unknown flag \(scalar)")
            }
        }
        throw error("missing closing )")
    }
}
