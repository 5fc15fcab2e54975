import PromQL
import Telemetry
import Templates

extension ServiceLevelObjective {
    package static let source = "slos"
    /// The share of bad things in a window: recorded for each objective and each window that its alerts look at.
    package static let metric = "slo:bad:ratio"

    /// The rules that watch this objective: what share is bad in each window, and an alert for each pair of windows.
    ///
    /// A window of which the data reach back over less than half has no share, so its alert can't fire: as Coroot counts, and never a figure of
    /// three days from an hour of data.
    package func group(interval: TimeSpan = .seconds(15)) -> RuleGroup {
        let burns = Self.burns.filter { $0.long <= window && $0.factor(window) * (1 - target) < 1 }
        var windows: [TimeSpan] = []
        for window in burns.flatMap({ [$0.short, $0.long] }) where !windows.contains(window) { windows.append(window) }
        return RuleGroup(
            name: "slo.\(name)", source: Self.source, interval: interval,
            rules: windows.compactMap(recording) + burns.compactMap(alert))
    }

    /// The share of bad things over `span`, in PromQL, where data reach back far enough; nil of an objective over spans.
    package func badShare(over span: TimeSpan) -> String? {
        guard case .promQL(let bad, let total) = indicator else { return nil }
        // Half a window ago there was something already, of the same labels.
        return "(\(bad.replacingWindow(span))) and ((\(total.replacingWindow(span, offset: span.half))) >= 0)"
    }
    /// The same asked of spans; nil of an objective over metrics.
    package func badSpans(over span: TimeSpan) -> SignalQuestion? {
        guard case .spans(let search, let bad, let fields) = indicator else { return nil }
        var question = SignalQuestion(
            .traces, search: search, measure: .share(search: bad), comparison: .greaterOrEqual, limit: 0, window: span, fields: fields)
        question.reach = span.half
        return question
    }

    private func recording(_ span: TimeSpan) -> Rule? {
        let question: RuleQuestion? =
            if let text = badShare(over: span) { (try? Query(text)).map { .promQL($0) } } else { badSpans(over: span).map { .signal($0) } }
        guard let question else { return nil }
        var rule = Rule(kind: .recording(metric: Self.metric), name: Self.metric, question: question)
        rule.labels = [RuleText("slo", name), RuleText("window", span.prometheus)]
        rule.position = position
        return rule
    }

    private func alert(_ burn: Burn) -> Rule? {
        // Without what binary fractions add at their ends.
        let limit = ((burn.factor(window) * (1 - target) * 1e12).rounded() / 1e12).plainText
        func share(_ span: TimeSpan) -> String { "\(Self.metric){slo=\(quoted(name)),window=\"\(span.prometheus)\"} > \(limit)" }
        guard let query = try? Query("\(share(burn.long)) and ignoring (window) \(share(burn.short))") else { return nil }
        var rule = Rule(kind: .alerting, name: "SLOBurn", question: .promQL(query))
        rule.labels =
            [RuleText("slo", name), RuleText("severity", burn.severity), RuleText("window", burn.long.prometheus)]
            + labels.map { RuleText($0.name, $0.value) }
        let summary =
            "\(name): {{ $value | humanizePercentage }} bad within \(burn.long.prometheus), which uses up the budget of \(window.prometheus) more than \(burn.factor(window).brief(digits: 3)) times too fast (the target is \((target * 100).brief(digits: 6))%)"
        rule.annotations = [RuleText("summary", summary, template: try? Template(summary, scope: .prometheus()))]
        rule.position = position
        return rule
    }
}

extension TimeSpan {
    fileprivate var half: TimeSpan { .milliseconds(nanoseconds / 2_000_000) }
}
