/// A piece of a parsed template.
indirect enum TemplateNode: Sendable {
    case text(String)
    case action(TemplatePipeline)
    case ifElse(TemplatePipeline, [TemplateNode], [TemplateNode])
    case with(TemplatePipeline, [TemplateNode], [TemplateNode])
    case range(TemplatePipeline, [TemplateNode], [TemplateNode])
    case template(String, TemplatePipeline?)
    case breakLoop
    case continueLoop
}

/// `$x := a | b c`.
struct TemplatePipeline: Sendable {
    /// Variables that are set, made new by `:=`; `range` may have two.
    var variables: [String] = []
    var declares = false
    var commands: [TemplateCommand]
}

/// One of a pipeline: an operand, or a function with its arguments.
struct TemplateCommand: Sendable {
    var operands: [TemplateOperand]
}

indirect enum TemplateOperand: Sendable {
    case dot
    case none
    case bool(Bool)
    case integer(Int)
    case float(Double)
    case string(String)
    /// `.A.B`
    case field([String])
    /// `$x.A.B`; the name without the dollar.
    case variable(String, [String])
    /// `(pipeline).A.B`
    case group(TemplatePipeline, [String])
    case function(String)
}
