import PromQL
import Store
import Synchronization
import Telemetry

/// The expressions of a panel, each kept as a standing query, so that a refresh costs its new moments alone.
package final class PanelQueries: Sendable {
    private struct Key: Hashable {
        var text: String
        var span: TimeSpan
        var step: TimeSpan
    }
    private struct Standing {
        var query: StandingQuery
        var samplesOfAll = 0
    }
    private let standing = Mutex<[Key: Standing]>([:])

    /// Samples a query of the dashboard may hold: what takes longer would stop the screen from being told anything new.
    private static let sampleLimit = 20_000_000

    package init() {}

    /// What each of `texts` comes to over `steps`; forgets all other expressions.
    package func answers(_ texts: [String], _ steps: PanelSteps, over metrics: MetricSnapshot) -> [String: PanelAnswer] {
        var answers: [String: PanelAnswer] = [:]
        standing.withLock { standing in
            let wanted = Set(texts.map { Key(text: $0, span: steps.span, step: steps.step) })
            standing = standing.filter { wanted.contains($0.key) }
            for key in wanted { answers[key.text] = Self.answer(key, &standing, steps, metrics) }
        }
        return answers
    }

    private static func answer(_ key: Key, _ all: inout [Key: Standing], _ steps: PanelSteps, _ metrics: MetricSnapshot) -> PanelAnswer {
        do throws(QueryError) {
            var standing: Standing
            if let known = all[key] {
                standing = known
            } else {
                standing = Standing(query: StandingQuery(try Query(key.text), span: key.span, step: key.step, options: options))
            }
            let query = standing.query.query
            let unit = ExpressionUnit(metadata: metrics.metadata(family:)).unit(of: query.expression)
            var answer = PanelAnswer(try standing.query.refresh(at: steps.end, over: metrics), steps, unit: unit)
            standing.samplesOfAll = max(standing.samplesOfAll, answer.samplesRead)
            (answer.name, answer.samplesOfAll) = (name(query), standing.samplesOfAll)
            all[key] = standing
            return answer
        } catch {
            return PanelAnswer(error: error)
        }
    }

    private static var options: QueryOptions {
        var options = QueryOptions()
        options.sampleLimit = sampleLimit
        return options
    }

    private static func name(_ query: Query) -> String {
        guard case .call(let call) = query.expression.node, call.function.name == "histogram_quantile",
            case .number(let value, _)? = call.arguments.first?.node, (0...1).contains(value)
        else { return query.text }
        let percent = value * 100
        return percent == percent.rounded() ? "p\(Int(percent))" : "p\((percent * 1000).rounded() / 1000)"
    }
}
