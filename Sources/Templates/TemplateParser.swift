/// Reads a template's words into nodes; tells unknown functions and variables, as Go does before anything is expanded.
struct TemplateParser {
    static let depthLimit = 64

    private let tokens: [(token: TemplateToken, line: Int)]
    private let functions: Set<String>
    private var position = 0
    private var depth = 0
    private var loops = 0
    /// Variables in scope, the innermost last.
    private var variables: [String]
    private(set) var definitions: [String: [TemplateNode]] = [:]

    init(_ text: String, functions: Set<String>, variables: [String]) throws(TemplateError) {
        tokens = try TemplateLexer.tokens(of: text)
        self.functions = functions
        self.variables = [""] + variables
    }

    mutating func parse() throws(TemplateError) -> [TemplateNode] {
        let (nodes, keyword) = try list()
        if keyword != .end { throw fail("unexpected {{\(keyword.name)}}") }
        return nodes
    }

    private enum Keyword: Hashable {
        case end, elseBranch, endAction
        var name: String {
            switch self {
            case .end: "end of template"
            case .elseBranch: "else"
            case .endAction: "end"
            }
        }
    }

    private var token: TemplateToken { tokens[position].token }
    private mutating func take() -> TemplateToken {
        let token = tokens[position].token
        if position < tokens.count - 1 { position += 1 }
        return token
    }
    private func fail(_ message: String) -> TemplateError { .syntax(line: tokens[position].line, message: message) }

    /// Nodes up to an `else`, an `end` or the end of everything; `else` is left with what stands behind it.
    private mutating func list() throws(TemplateError) -> ([TemplateNode], Keyword) {
        depth += 1
        defer { depth -= 1 }
        guard depth < Self.depthLimit else { throw fail("it is nested more than \(Self.depthLimit) deep") }
        var nodes: [TemplateNode] = []
        while true {
            switch take() {
            case .end: return (nodes, .end)
            case .text(let text): nodes.append(.text(text))
            case .open:
                if case .identifier("end") = token {
                    _ = take()
                    try close("end")
                    return (nodes, .endAction)
                }
                if case .identifier("else") = token {
                    _ = take()
                    return (nodes, .elseBranch)
                }
                if let node = try action() { nodes.append(node) }
            default: throw fail("unexpected word outside of an action")
            }
        }
    }

    private mutating func close(_ context: String) throws(TemplateError) {
        guard case .close = take() else { throw fail("unexpected word in \(context)") }
    }

    private mutating func action() throws(TemplateError) -> TemplateNode? {
        guard case .identifier(let word) = token else { return .action(try pipeline("command", mayBeRange: false)) }
        switch word {
        case "if": return try branch(word) { .ifElse($0, $1, $2) }
        case "with": return try branch(word) { .with($0, $1, $2) }
        case "range":
            loops += 1
            defer { loops -= 1 }
            return try branch(word) { .range($0, $1, $2) }
        case "break", "continue":
            _ = take()
            guard loops > 0 else { throw fail("{{\(word)}} outside {{range}}") }
            try close(word)
            return word == "break" ? .breakLoop : .continueLoop
        case "define":
            _ = take()
            guard case .string(let name) = take() else { throw fail("unexpected word in define clause") }
            try close("define clause")
            definitions[name] = try definition()
            return nil
        case "block":
            _ = take()
            guard case .string(let name) = take() else { throw fail("unexpected word in block clause") }
            let argument = try pipeline("block clause", mayBeRange: false)
            definitions[name] = try definition()
            return .template(name, argument)
        case "template":
            _ = take()
            guard case .string(let name) = take() else { throw fail("unexpected word in template clause") }
            if case .close = token {
                _ = take()
                return .template(name, nil)
            }
            return .template(name, try pipeline("template clause", mayBeRange: false))
        default: return .action(try pipeline("command", mayBeRange: false))
        }
    }

    private mutating func definition() throws(TemplateError) -> [TemplateNode] {
        let outer = variables
        variables = [""]
        defer { variables = outer }
        let (nodes, keyword) = try list()
        guard keyword == .endAction else { throw fail("unexpected {{\(keyword.name)}} in define clause") }
        return nodes
    }

    private mutating func branch(
        _ word: String, _ make: (TemplatePipeline, [TemplateNode], [TemplateNode]) -> TemplateNode
    ) throws(TemplateError) -> TemplateNode {
        _ = take()
        let scope = variables.count
        defer { variables.removeLast(variables.count - scope) }
        let condition = try pipeline(word, mayBeRange: word == "range")
        let (body, keyword) = try list()
        switch keyword {
        case .endAction: return make(condition, body, [])
        case .end: throw fail("unexpected EOF")
        case .elseBranch:
            // `else if` and `else with` are an else with one more inside that takes the `end` for both.
            if case .identifier(let next) = token, next == word, word != "range" {
                let inner = next == "if" ? try branch(next) { .ifElse($0, $1, $2) } : try branch(next) { .with($0, $1, $2) }
                return make(condition, body, [inner])
            }
            try close("else")
            let (other, last) = try list()
            guard last == .endAction else { throw fail(last == .end ? "unexpected EOF" : "expected end; found {{else}}") }
            return make(condition, body, other)
        }
    }

    /// Up to its `}}`.
    private mutating func pipeline(_ context: String, mayBeRange: Bool) throws(TemplateError) -> TemplatePipeline {
        let pipeline = try pipelineBody(context, mayBeRange: mayBeRange)
        guard case .close = take() else { throw fail("unexpected word in \(context)") }
        return pipeline
    }

    private mutating func pipelineBody(_ context: String, mayBeRange: Bool) throws(TemplateError) -> TemplatePipeline {
        var result = TemplatePipeline(commands: [])
        let declared = try declaration(&result, mayBeRange: mayBeRange)
        while true {
            result.commands.append(try command(context))
            guard case .pipe = token else { break }
            _ = take()
        }
        for later in result.commands.dropFirst() {
            switch later.operands[0] {
            case .function, .field, .variable, .group: break
            default: throw fail("non executable command in pipeline stage 2")
            }
        }
        variables += declared
        return result
    }

    /// `$x :=`, `$x =`, `$i, $e :=`; the variables that come into scope behind the pipeline.
    private mutating func declaration(_ pipeline: inout TemplatePipeline, mayBeRange: Bool) throws(TemplateError) -> [String] {
        guard case .variable(let first) = token, position + 1 < tokens.count else { return [] }
        switch tokens[position + 1].token {
        case .declare, .assign:
            pipeline.variables = [first]
            _ = take()
        case .comma where mayBeRange:
            guard position + 3 < tokens.count, case .variable(let second) = tokens[position + 2].token else {
                throw fail("range can only initialize variables")
            }
            pipeline.variables = [first, second]
            for _ in 0..<3 { _ = take() }
        default: return []
        }
        switch take() {
        case .declare:
            pipeline.declares = true
            return pipeline.variables
        case .assign:
            for name in pipeline.variables { try checkVariable(name) }
            return []
        default: throw fail("expected := or =")
        }
    }

    private mutating func command(_ context: String) throws(TemplateError) -> TemplateCommand {
        var operands: [TemplateOperand] = []
        while let operand = try operand() { operands.append(operand) }
        switch token {
        case .pipe, .close, .rightParenthesis: break
        case .end: throw fail("unclosed action")
        default: throw fail("unexpected word in operand")
        }
        guard !operands.isEmpty else { throw fail(context == "command" ? "empty command" : "missing value for \(context)") }
        return TemplateCommand(operands: operands)
    }

    private mutating func operand() throws(TemplateError) -> TemplateOperand? {
        switch token {
        case .identifier(let name):
            _ = take()
            switch name {
            case "true", "false": return .bool(name == "true")
            case "nil": return TemplateOperand.none
            default:
                guard functions.contains(name) else { throw fail("function \(goQuoted(name)) not defined") }
                return .function(name)
            }
        case .dot:
            _ = take()
            return .dot
        case .field(let name, _):
            _ = take()
            return .field([name] + fields())
        case .variable(let name):
            try checkVariable(name)
            _ = take()
            return .variable(name, fields())
        case .string(let text):
            _ = take()
            return .string(text)
        case .integer(let number):
            _ = take()
            return .integer(number)
        case .float(let number):
            _ = take()
            return .float(number)
        case .leftParenthesis:
            _ = take()
            depth += 1
            defer { depth -= 1 }
            guard depth < Self.depthLimit else { throw fail("it is nested more than \(Self.depthLimit) deep") }
            let inner = try pipelineBody("parenthesized pipeline", mayBeRange: false)
            guard case .rightParenthesis = take() else { throw fail("unclosed left paren") }
            return .group(inner, fields())
        default: return nil
        }
    }
    /// Those that follow without a space.
    private mutating func fields() -> [String] {
        var names: [String] = []
        while case .field(let name, isAttached: true) = token {
            _ = take()
            names.append(name)
        }
        return names
    }
    private func checkVariable(_ name: String) throws(TemplateError) {
        guard variables.contains(name) else { throw fail("undefined variable \(goQuoted("$" + name))") }
    }
}
