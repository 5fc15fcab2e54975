/// A function of PromQL as the parser, completion and help know it; what it does stands with the evaluator, by its name.
package struct Function: Hashable, Sendable {
    package var name: String
    package var arguments: [ValueType]
    /// How many of the last arguments may be left out; −1: the last one may be repeated without end (or left out).
    package var variadic: Int
    package var result: ValueType
    package var isExperimental: Bool
    /// One line, for completion and help.
    package var summary: String
    package init(
        _ name: String, _ arguments: [ValueType], variadic: Int = 0, result: ValueType = .vector, isExperimental: Bool = false,
        _ summary: String
    ) {
        self.name = name
        self.arguments = arguments
        self.variadic = variadic
        self.result = result
        self.isExperimental = isExperimental
        self.summary = summary
    }
}
