import PromQL
import Rules
import Telemetry

extension ServiceLevelObjective {
    /// `99.9%`, `99.9`, `0.999`.
    static func share(_ text: String) -> Double? {
        let isPercent = text.hasSuffix("%")
        guard let number = Double(isPercent ? String(text.dropLast()) : text) else { return nil }
        let share = isPercent || number > 1 ? (number * 1e10).rounded() / 1e12 : number
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
