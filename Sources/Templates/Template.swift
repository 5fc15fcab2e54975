import Telemetry

/// A text with actions in `{{ }}`, as Go's `text/template` reads it.
package struct Template: Sendable {
    /// Bytes of one template's text.
    package static let lengthLimit = 256 << 10
    /// Bytes of what one expansion gives.
    package static let outputLimit = 1 << 20
    /// Actions carried out in one expansion.
    static let workLimit = 100_000

    package let source: String
    let nodes: [TemplateNode]
    let definitions: [String: [TemplateNode]]

    /// Throws for bad syntax, and for functions and variables that `scope` has not.
    package init(_ source: String, scope: TemplateScope) throws(TemplateError) {
        self.source = source
        guard source.utf8.count <= Self.lengthLimit else {
            throw .syntax(line: 1, message: "the template is longer than \(Self.lengthLimit >> 10) KiB")
        }
        guard source.contains("{{") else {
            (nodes, definitions) = (source.isEmpty ? [] : [.text(source)], [:])
            return
        }
        var parser = try TemplateParser(source, functions: Set(scope.functions.keys), variables: scope.variables.map(\.name))
        nodes = try parser.parse()
        definitions = parser.definitions
    }

    /// True where nothing is to be expanded.
    package var isPlain: Bool { source.isEmpty || !source.contains("{{") }
    package var definedNames: [String] { definitions.keys.sorted() }

    /// The text for `data`, which `.` stands for.
    package func expand(_ data: TemplateValue, scope: TemplateScope, library: [Template] = []) throws(TemplateError) -> String {
        if isPlain { return source }
        var all = library.reduce(into: [:]) { $0.merge($1.definitions) { $1 } }
        all.merge(definitions) { $1 }
        var run = TemplateRun(scope: scope, definitions: all, data: data)
        try run.walk(nodes, data)
        return run.output
    }
}

/// What templates of one kind may use: functions, and variables that are set from the data before anything else.
package struct TemplateScope: Sendable {
    package typealias Function = @Sendable ([TemplateValue]) throws(TemplateError) -> TemplateValue
    package var functions: [String: Function]
    /// The name without the dollar, and the field of the data that it stands for.
    package var variables: [(name: String, field: String)]
    package init(functions: [String: Function] = [:], variables: [(name: String, field: String)] = []) {
        self.functions = functions.merging(BuiltInFunctions.all) { $1 }
        // These are known to the run, which has what they need.
        for name in BuiltInFunctions.lazy where self.functions[name] == nil { self.functions[name] = { _ in .none } }
        self.variables = variables
    }
}
