import PromQL
import Telemetry
import Templates

/// Labels and annotations of a rule's results, their templates expanded.
struct RuleExpansion {
    private let rule: Rule
    private let context: RuleContext
    private let scope: TemplateScope
    private let externalLabels: TemplateValue
    /// What stands as raw text because dogwatch doesn't know how to expand it: the last of it.
    private(set) var warning: String?

    init(_ rule: Rule, _ context: RuleContext, _ world: any RuleWorld, _ time: Timestamp) {
        self.rule = rule
        self.context = context
        externalLabels = .labels(context.externalLabels)
        // Where nothing is a template, nothing is asked.
        let isPlain = (rule.labels + rule.annotations).allSatisfy { $0.template?.isPlain ?? true }
        scope = isPlain ? TemplateScope() : .prometheus(Self.surroundings(context, world, time))
    }

    private static func surroundings(_ context: RuleContext, _ world: any RuleWorld, _ time: Timestamp) -> TemplateSurroundings {
        let (querier, options) = (world.querier, context.options)
        return TemplateSurroundings(externalURL: context.externalURL, now: time) { text throws(TemplateError) in
            do throws(QueryError) {
                let answer = try Query(text).instant(at: time, over: querier, options: options)
                return answer.value.templateRows
            } catch {
                throw .execution(message: error.description)
            }
        }
    }

    mutating func row(of labels: LabelSet, _ value: Double) -> AlertStates.Row {
        let data = TemplateValue.object([
            "Labels": .labels(labels), "Value": .float(value), "ExternalLabels": externalLabels,
            "ExternalURL": .string(context.externalURL),
        ])
        var all = labels.removing([LabelSet.nameLabel]).labels
        for label in rule.labels { all.append(Label(label.name, text(of: label, data))) }
        all.append(Label("alertname", rule.name))
        var annotations: [Label] = []
        for annotation in rule.annotations { annotations.append(Label(annotation.name, text(of: annotation, data))) }
        return AlertStates.Row(labels: LabelSet(all), annotations: LabelSet(annotations), value: value)
    }

    /// As Prometheus, what goes wrong stands in the text: the alert fires all the same.
    private mutating func text(of text: RuleText, _ data: TemplateValue) -> String {
        guard let template = text.template, !template.isPlain else { return text.source }
        do throws(TemplateError) { return try template.expand(data, scope: scope) } catch {
            if case .unsupported = error {
                warning = "\(text.name) stays as it is written: \(error.message)"
                return text.source
            }
            return "<error expanding template: error executing template \(rule.isAlerting ? "__alert_" : "")\(rule.name): \(error.message)>"
        }
    }
}

extension QueryValue {
    fileprivate var templateRows: [(labels: LabelSet, value: Double)] {
        switch self {
        case .scalar(_, let value): [(LabelSet([]), value)]
        case .string(_, let text): [(LabelSet([Label("__value__", text)]), .nan)]
        case .vector(let series): series.compactMap { series in series.floats.first.map { (series.labels, $0.value) } }
        case .matrix: []
        }
    }
}
