import PromQL
import Telemetry
import Templates

/// A recording or an alerting rule.
package struct Rule: Sendable {
    package enum Kind: Hashable, Sendable {
        /// The result becomes the series of this metric.
        case recording(metric: String)
        case alerting
    }
    package var kind: Kind
    /// Of the metric, or of the alert.
    package var name: String
    package var question: RuleQuestion
    /// With those of the group beneath them; values of alerts may be templates.
    package var labels: [RuleText]
    package var annotations: [RuleText] = []
    /// How long the condition must hold before the alert fires.
    package var hold = TimeSpan.zero
    /// How long it goes on firing once the condition holds no more.
    package var keepFiring = TimeSpan.zero
    /// Where it stands in its file; nil for one that stands in none.
    package var position: SourcePosition?

    package init(kind: Kind, name: String, question: RuleQuestion, labels: [RuleText] = []) {
        self.kind = kind
        self.name = name
        self.question = question
        self.labels = labels
    }
    package var isAlerting: Bool { kind == .alerting }
    /// The `severity` as written, empty where there is none.
    package var severity: String { labels.first { $0.name == "severity" }?.source ?? "" }
    /// What tells it from others when rules are read anew: a changed expression keeps its alerts.
    package var identity: Identity { Identity(kind: kind, name: name, labels: labels.map { [$0.name, $0.source] }) }
    package struct Identity: Hashable, Sendable {
        package var kind: Kind
        package var name: String
        package var labels: [[String]]
        package init(kind: Kind, name: String, labels: [[String]]) {
            self.kind = kind
            self.name = name
            self.labels = labels
        }
    }
}

/// A label or an annotation: its value may be a template.
package struct RuleText: Sendable {
    package var name: String
    /// As written.
    package var source: String
    /// Nil where dogwatch can't read it: then it stands for itself.
    package var template: Template?
    package init(_ name: String, _ source: String, template: Template? = nil) {
        self.name = name
        self.source = source
        self.template = template
    }
}

/// What a rule asks at each evaluation.
package enum RuleQuestion: Sendable {
    case promQL(Query)
    case signal(SignalQuestion)

    /// As written.
    package var text: String {
        switch self {
        case .promQL(let query): query.text
        case .signal(let question): question.text
        }
    }
}

/// Rules that are evaluated one after the other, at one moment.
package struct RuleGroup: Sendable {
    package var name: String
    /// The file, or what else it comes from.
    package var source: String
    package var interval: TimeSpan
    /// More results of a rule are an error; 0 for none.
    package var limit = 0
    /// The evaluation looks this far back, so that late samples are there.
    package var queryOffset = TimeSpan.zero
    package var rules: [Rule]

    package init(name: String, source: String, interval: TimeSpan, rules: [Rule]) {
        self.name = name
        self.source = source
        self.interval = interval
        self.rules = rules
    }
    package var identity: Identity { Identity(source: source, name: name) }
    package struct Identity: Hashable, Sendable {
        package var source: String
        package var name: String
        package init(source: String, name: String) {
            self.source = source
            self.name = name
        }
    }

    /// Where in its interval the group is evaluated, so that many groups don't all begin at once; the same after every start.
    package var phase: TimeSpan {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        // FNV-1a.
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let milliseconds = UInt64(max(interval.nanoseconds / 1_000_000, 1))
        return .milliseconds(Int64(hash % milliseconds))
    }
    /// The first evaluation that isn't before `time`.
    package func tick(notBefore time: Timestamp) -> Timestamp {
        let (step, phase) = (max(interval.nanoseconds / 1_000_000, 1), phase.nanoseconds / 1_000_000)
        let floor = floorDivide(time.milliseconds &- phase &+ step &- 1, step)
        return Timestamp(milliseconds: floor &* step &+ phase)
    }
}
