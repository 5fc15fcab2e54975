import Telemetry

/// One expansion of a template.
struct TemplateRun {
    private static let callLimit = 32

    let scope: TemplateScope
    let definitions: [String: [TemplateNode]]
    private(set) var output = ""
    private var variables: [(name: String, value: TemplateValue)]
    private var calls = 0
    private var work = 0

    private enum Flow { case goesOn, breaks, continues }

    init(scope: TemplateScope, definitions: [String: [TemplateNode]], data: TemplateValue) {
        self.scope = scope
        self.definitions = definitions
        variables = [("", data)]
        for variable in scope.variables {
            if case .object(let fields, _) = data { variables.append((variable.name, fields[variable.field] ?? .none)) }
        }
    }

    mutating func walk(_ nodes: [TemplateNode], _ dot: TemplateValue) throws(TemplateError) { _ = try flow(nodes, dot) }

    private mutating func flow(_ nodes: [TemplateNode], _ dot: TemplateValue) throws(TemplateError) -> Flow {
        for node in nodes {
            work += 1
            try checkWork()
            switch node {
            case .text(let text): try write(text)
            case .action(let pipeline):
                let value = try evaluate(pipeline, dot)
                if pipeline.variables.isEmpty { try write(value.text) }
            case .ifElse(let condition, let body, let other):
                let next = try scoped { run throws(TemplateError) in
                    try run.flow(try run.evaluate(condition, dot).isTrue ? body : other, dot)
                }
                if next != .goesOn { return next }
            case .with(let pipeline, let body, let other):
                let next = try scoped { run throws(TemplateError) in
                    let value = try run.evaluate(pipeline, dot)
                    return value.isTrue ? try run.flow(body, value) : try run.flow(other, dot)
                }
                if next != .goesOn { return next }
            case .range(let pipeline, let body, let other): try loop(pipeline, body, other, dot)
            case .template(let name, let argument):
                try call(name, try argument.map { pipeline throws(TemplateError) in try evaluate(pipeline, dot) } ?? .none)
            case .breakLoop: return .breaks
            case .continueLoop: return .continues
            }
        }
        return .goesOn
    }

    private mutating func scoped<Result>(_ body: (inout TemplateRun) throws(TemplateError) -> Result) throws(TemplateError) -> Result {
        let count = variables.count
        defer { variables.removeLast(variables.count - count) }
        return try body(&self)
    }

    private mutating func loop(
        _ pipeline: TemplatePipeline, _ body: [TemplateNode], _ other: [TemplateNode], _ dot: TemplateValue
    ) throws(TemplateError) {
        try scoped { run throws(TemplateError) in
            var bare = pipeline
            bare.variables = []
            let pairs = try Self.elements(of: try run.evaluate(bare, dot))
            if pairs.isEmpty { return _ = try run.flow(other, dot) }
            for (key, value) in pairs {
                let next = try run.scoped { run throws(TemplateError) in
                    let names = pipeline.variables
                    if names.count == 2 { run.set(names[0], key, declares: pipeline.declares) }
                    if let last = names.last { run.set(last, value, declares: pipeline.declares) }
                    return try run.flow(body, value)
                }
                if next == .breaks { break }
            }
        }
    }
    private static func elements(of value: TemplateValue) throws(TemplateError) -> [(TemplateValue, TemplateValue)] {
        switch value {
        case .list(let elements), .object(_, .some(let elements)): return elements.enumerated().map { (.integer($0.offset), $0.element) }
        case .map(let entries): return entries.sorted { $0.key < $1.key }.map { (.string($0.key), $0.value) }
        case .integer(let count): return (0..<max(0, min(count, Template.workLimit))).map { (.integer($0), .integer($0)) }
        case .none: return []
        default: throw .execution(message: "range can't iterate over \(value.text)")
        }
    }

    private mutating func call(_ name: String, _ argument: TemplateValue) throws(TemplateError) {
        guard let nodes = definitions[name] else { throw .execution(message: "template \(goQuoted(name)) not defined") }
        guard calls < Self.callLimit else { throw .execution(message: "exceeded maximum template depth (\(Self.callLimit))") }
        calls += 1
        defer { calls -= 1 }
        let outer = variables
        variables = [("", argument)]
        defer { variables = outer }
        try walk(nodes, argument)
    }

    private mutating func write(_ text: String) throws(TemplateError) {
        output += text
        if output.utf8.count > Template.outputLimit {
            throw .execution(message: "the text is longer than \(Template.outputLimit >> 20) MiB")
        }
    }

    private mutating func set(_ name: String, _ value: TemplateValue, declares: Bool) {
        if declares { return variables.append((name, value)) }
        if let place = variables.lastIndex(where: { $0.name == name }) { variables[place].value = value }
    }

    // MARK: Values

    private mutating func evaluate(_ pipeline: TemplatePipeline, _ dot: TemplateValue) throws(TemplateError) -> TemplateValue {
        var value: TemplateValue?
        for command in pipeline.commands { value = try evaluate(command, dot, last: value) }
        let result = value ?? .none
        if let name = pipeline.variables.first { set(name, result, declares: pipeline.declares) }
        return result
    }

    private mutating func evaluate(_ command: TemplateCommand, _ dot: TemplateValue, last: TemplateValue?) throws(TemplateError)
        -> TemplateValue
    {
        work += 1
        try checkWork()
        let first = command.operands[0]
        let rest = command.operands.dropFirst()
        if case .function(let name) = first {
            if name == "and" || name == "or" { return try lazily(name, rest, dot, last) }
            var arguments: [TemplateValue] = []
            for operand in rest { arguments.append(try value(of: operand, dot)) }
            if let last { arguments.append(last) }
            return try apply(name, arguments)
        }
        var arguments: [TemplateValue] = []
        for operand in rest { arguments.append(try value(of: operand, dot)) }
        if let last { arguments.append(last) }
        if arguments.isEmpty { return try value(of: first, dot) }
        switch first {
        case .field(let names): return try method(dot, names, arguments)
        case .variable(let name, let names) where !names.isEmpty: return try method(variable(name), names, arguments)
        case .group(let pipeline, let names) where !names.isEmpty: return try method(try evaluate(pipeline, dot), names, arguments)
        default: throw .execution(message: "can't give argument to non-function")
        }
    }

    /// `and` and `or` look at no more arguments than they need.
    private mutating func lazily(
        _ name: String, _ operands: ArraySlice<TemplateOperand>, _ dot: TemplateValue, _ last: TemplateValue?
    ) throws(TemplateError) -> TemplateValue {
        guard !operands.isEmpty || last != nil else { throw .execution(message: "wrong number of args for \(name): want at least 1 got 0") }
        var result = TemplateValue.none
        for operand in operands {
            result = try value(of: operand, dot)
            if result.isTrue == (name == "or") { return result }
        }
        return last ?? result
    }

    private mutating func apply(_ name: String, _ arguments: [TemplateValue]) throws(TemplateError) -> TemplateValue {
        if name == "tmpl", case .string(let template)? = arguments.first {
            var inner = self
            inner.output = ""
            try inner.call(template, arguments.dropFirst().first ?? .none)
            work = inner.work
            return .string(inner.output)
        }
        guard let function = scope.functions[name] else { throw .execution(message: "\(goQuoted(name)) is not a defined function") }
        try charge(arguments.reduce(0) { $0 + $1.stringSize })
        let result: TemplateValue
        do { result = try function(arguments) } catch {
            if case .unsupported = error { throw error }
            throw .execution(message: "error calling \(name): \(error.message)")
        }
        try charge(result.stringSize)
        return result
    }
    /// Texts between functions are bounded as what is written, and long ones are many steps: else a short template could keep a thread for hours.
    private mutating func charge(_ size: Int) throws(TemplateError) {
        work += size / 256
        try checkWork()
        if size > Template.outputLimit { throw .execution(message: "a text is longer than \(Template.outputLimit >> 20) MiB") }
    }
    private func checkWork() throws(TemplateError) {
        if work > Template.workLimit { throw .execution(message: "the template does more than \(Template.workLimit) steps") }
    }

    private mutating func value(of operand: TemplateOperand, _ dot: TemplateValue) throws(TemplateError) -> TemplateValue {
        switch operand {
        case .dot: dot
        case .none: .none
        case .bool(let value): .bool(value)
        case .integer(let value): .integer(value)
        case .float(let value): .float(value)
        case .string(let text): .string(text)
        case .field(let names): try field(dot, names)
        case .variable(let name, let names): try field(variable(name), names)
        case .group(let pipeline, let names): try field(try evaluate(pipeline, dot), names)
        case .function(let name): try apply(name, [])
        }
    }
    private func variable(_ name: String) -> TemplateValue { variables.last { $0.name == name }?.value ?? .none }

    private func field(_ value: TemplateValue, _ names: [String]) throws(TemplateError) -> TemplateValue {
        var result = value
        for name in names { result = try TemplateFields.field(result, name) }
        return result
    }
    private func method(_ value: TemplateValue, _ names: [String], _ arguments: [TemplateValue]) throws(TemplateError) -> TemplateValue {
        guard let last = names.last else { return value }
        return try TemplateFields.method(try field(value, Array(names.dropLast())), last, arguments)
    }
}
