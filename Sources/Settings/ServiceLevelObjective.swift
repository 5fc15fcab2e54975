import PromQL
import Rules
import Telemetry
import Templates

/// One of `slos`: what is good, of what, how much of it, over how long.
///
/// Of metrics, `good` (or `bad`) and `total` are rates or counters in PromQL with `[window]` where the window goes; of spans, searches. A latency objective
/// over spans says `faster_than`.
package struct ServiceLevelObjective: Sendable {
    package enum Indicator: Sendable {
        /// The share of bad things, and how many there are in all, with `[window]` in them.
        case promQL(bad: String, total: String)
        case spans(search: String, bad: String, fields: [String])
    }
    package var name: String
    package var indicator: Indicator
    /// Such as 0.999.
    package var target: Double
    /// The period that the target is about, such as 30d.
    package var window: TimeSpan
    package var labels: [Label]
    package var position: SourcePosition

    /// One pair of windows: both must burn faster than the factor. Google's SRE workbook, chapter 5, for a period of 30 days.
    package struct Burn: Hashable, Sendable {
        package var long: TimeSpan
        package var short: TimeSpan
        /// The part of the whole period's budget that is gone when the long window is through.
        package var budget: Double
        package var severity: String
        /// How many times faster than allowed: budget × period ÷ long window.
        package func factor(_ period: TimeSpan) -> Double { budget * period.seconds / long.seconds }
    }
    package static let burns: [Burn] = [
        Burn(long: .minutes(60), short: .minutes(5), budget: 0.02, severity: "critical"),
        Burn(long: .minutes(360), short: .minutes(30), budget: 0.05, severity: "critical"),
        Burn(long: .minutes(1440), short: .minutes(120), budget: 0.10, severity: "warning"),
        Burn(long: .minutes(4320), short: .minutes(360), budget: 0.10, severity: "warning"),
    ]
}

extension ServiceLevelObjective {
    /// `99.9%`, `99.9`, `0.999`.
    static func share(_ text: String) -> Double? {
        let isPercent = text.hasSuffix("%")
        guard let number = Double(isPercent ? String(text.dropLast()) : text) else { return nil }
        let share = isPercent || number > 1 ? number / 100 : number
        return share > 0 && share < 1 ? share : nil
    }

    init?(_ reader: NodeReader) {
        reader.check(known: ["name", "good", "bad", "total", "source", "faster_than", "by", "target", "window", "labels"])
        let context = reader.context
        guard let name = reader.text("name"), !name.isEmpty else {
            context.fail("the objective has no \"name\"", reader.node.position)
            return nil
        }
        guard let target = reader.text("target").flatMap(Self.share) else {
            context.fail("\"target\" wants a share below 100%, such as 99.9%", reader.value("target")?.position ?? reader.node.position)
            return nil
        }
        let source: SignalQuestion.Signal? = reader.choice("source")
        guard let indicator = source == nil ? Self.metrics(reader) : Self.spans(reader, source) else { return nil }
        self.init(
            name: name, indicator: indicator, target: target, window: reader.positiveSpan("window") ?? .minutes(30 * 1440),
            labels: reader.labels("labels"), position: reader.node.position)
    }

    private static func metrics(_ reader: NodeReader) -> Indicator? {
        let (good, bad, total) = (reader.text("good"), reader.text("bad"), reader.text("total"))
        guard let total, (good == nil) != (bad == nil) else {
            reader.context.fail("an objective says \"total\", and one of \"good\" and \"bad\"", reader.node.position)
            return nil
        }
        let share = bad.map { "(\($0)) / (\(total))" } ?? good.map { "1 - (\($0)) / (\(total))" } ?? ""
        guard share.contains("[window]"), total.contains("[window]") else {
            reader.context.fail("write [window] where the windows go, such as sum(rate(requests_total[window]))", reader.position("total"))
            return nil
        }
        do throws(QueryError) { _ = try Query(share.replacingWindow(.minutes(5))) } catch {
            reader.context.fail("the objective's expressions can't be read: \(error.description)", reader.position("total"))
            return nil
        }
        return .promQL(bad: share, total: total)
    }

    private static func spans(_ reader: NodeReader, _ source: SignalQuestion.Signal?) -> Indicator? {
        guard let source else { return nil }
        guard source == .traces else {
            reader.context.fail("an objective is about metrics, or \"source: traces\"", reader.position("source"))
            return nil
        }
        let bad = reader.text("bad") ?? reader.positiveSpan("faster_than").map { "duration>\($0.prometheus)" } ?? "status=error"
        return .spans(search: reader.text("total") ?? "kind=server", bad: bad, fields: reader.texts("by"))
    }
}

extension String {
    /// With the length of time in the place of each `[window]`, and looked at so much earlier.
    func replacingWindow(_ span: TimeSpan, offset: TimeSpan? = nil) -> String {
        let range = "[\(span.prometheus)]" + (offset.map { " offset \($0.prometheus)" } ?? "")
        var (out, rest) = ("", self[...])
        while let place = rest.firstRange(of: "[window]") {
            out += rest[..<place.lowerBound] + range
            rest = rest[place.upperBound...]
        }
        return out + rest
    }
}
