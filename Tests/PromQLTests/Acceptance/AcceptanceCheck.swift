import Patterns
import PromQL
import Telemetry

/// A point as a script writes it.
struct WantedPoint {
    var value: PointValue
    var hasHint = false
}

extension SeriesDescription {
    /// Point by point; nil where one is omitted.
    var points: [WantedPoint?] {
        items.flatMap { item -> [WantedPoint?] in
            switch item {
            case .omitted(let count): return [WantedPoint?](repeating: nil, count: count)
            case .floats(let first, let step, let more):
                var value = first
                return (0...more).map { index in
                    if index > 0, step != 0 { value += step }
                    return WantedPoint(value: .float(value))
                }
            case .histograms(let first, let step, let isSubtracted, let more):
                guard let step else {
                    return [WantedPoint?](repeating: WantedPoint(value: .histogram(first.value), hasHint: first.hasHint), count: more + 1)
                }
                return sequence(first.value, step, isSubtracted ? -1 : 1, more)
            }
        }
    }

    private func sequence(_ first: NativeHistogram, _ step: HistogramLiteral, _ factor: Double, _ more: Int) -> [WantedPoint?] {
        var value = first
        return (0...more).map { index in
            if index > 0 {
                guard let next = sum(value, step.value, factor) else { return nil }
                value = next
            }
            return WantedPoint(value: .histogram(value), hasHint: step.hasHint)
        }
    }

    /// By the plain model where it can, so that the sums of the product are not held against themselves.
    private func sum(_ value: NativeHistogram, _ step: NativeHistogram, _ factor: Double) -> NativeHistogram? {
        let (a, b) = (value.resetHint, step.resetHint)
        let hint = a == b ? a : a == .gauge || b == .gauge ? .gauge : .unknown
        let (dense, added) = (DenseHistogram(value), DenseHistogram(step))
        if dense.canAdd(added) { return dense.adding(added, times: factor).histogram(hint) }
        var sum = value
        let remarks = factor < 0 ? try? sum.subtract(step) : try? sum.add(step)
        sum.resetHint = hint
        return remarks == nil ? nil : sum
    }
}

/// Holds an answer against what a case asks.
struct AcceptanceCheck {
    let asked: AcceptanceScript.Case

    /// What is not as asked; nil where all is.
    func problem(with outcome: Result<QueryAnswer, QueryError>) -> String? {
        switch outcome {
        case .failure(let error):
            guard asked.mustFail else { return "error: \(error)" }
            let fails = asked.notes.filter { $0.kind == .fail }
            return fails.allSatisfy { matches($0.text, message(error)) } ? nil : "another error: \(message(error))"
        case .success(let answer):
            if asked.mustFail { return "no error" }
            return noteProblem(answer.annotations) ?? valueProblem(answer.value)
        }
    }

    private func message(_ error: QueryError) -> String {
        if case .syntax(let message, _, _) = error { return message }
        return error.description
    }

    private func matches(_ text: AcceptanceScript.Case.Note.Text, _ message: String) -> Bool {
        switch text {
        case .any: return true
        case .exactly(let wanted): return wanted == message
        case .matching(let expression):
            guard let pattern = try? Pattern(expression) else { return false }
            return pattern.firstMatch(in: message) != nil
        }
    }

    // MARK: Annotations

    private func noteProblem(_ annotations: Annotations) -> String? {
        notesProblem(.warn, "warning", annotations.warnings, none: asked.allowsNoWarnings)
            ?? notesProblem(.info, "info", annotations.infos, none: asked.allowsNoInfos)
    }

    private func notesProblem(
        _ kind: AcceptanceScript.Case.Note.Kind, _ word: String, _ notes: [Annotations.Note], none: Bool
    ) -> String? {
        let bytes = Array(asked.query.utf8)
        let texts = notes.map { note in
            let place = SourcePosition(of: note.range.start, in: bytes)
            return "PromQL \(word): \(note.message) (\(place.line):\(place.column))"
        }
        if none, let first = texts.first { return "a \(word) where none may be: \(first)" }
        let wanted = asked.notes.filter { $0.kind == kind }
        guard !wanted.isEmpty else { return nil }
        if texts.isEmpty { return "no \(word)" }
        if let missing = wanted.first(where: { note in !texts.contains { matches(note.text, $0) } }) {
            return "no \(word) as \(missing.text), but \(texts)"
        }
        if let extra = texts.first(where: { text in !wanted.contains { matches($0.text, text) } }) { return "unasked \(word): \(extra)" }
        return nil
    }

    // MARK: Values

    private func valueProblem(_ value: QueryValue) -> String? {
        switch value {
        case .string(_, let text):
            return asked.string == text ? nil : "string \(text)"
        case .scalar(_, let number):
            guard let wanted = asked.scalar else { return "a scalar: \(number)" }
            return areClose(number, wanted) ? nil : "scalar \(number) instead of \(wanted)"
        case .vector(let series):
            guard asked.scalar == nil, asked.string == nil, asked.rangeVector == nil else { return "a vector" }
            return problem(series) { _, k in k == 0 ? .some(nil) : nil }
        case .matrix(let series):
            guard asked.scalar == nil, asked.string == nil else { return "a matrix" }
            if let order = orderProblem(series) { return order }
            let (from, step) = grid
            return problem(series) { _, k in .some(from.milliseconds + Int64(k) * step.nanoseconds / 1_000_000) }
        }
    }

    private var grid: (Timestamp, TimeSpan) {
        if let grid = asked.rangeVector { return grid }
        if case .range(let from, _, let step) = asked.times { return (from, step) }
        return (Timestamp(milliseconds: 0), .zero)
    }

    private func orderProblem(_ series: [ResultSeries]) -> String? {
        for (a, b) in zip(series, series.dropFirst()) where !precedes(a.labels, b.labels) {
            return "matrix out of order: \(text(a.labels)) before \(text(b.labels))"
        }
        return nil
    }
    /// In the order of labels: name, then value, then length.
    private func precedes(_ a: LabelSet, _ b: LabelSet) -> Bool {
        for (x, y) in zip(a.labels, b.labels) where x != y {
            return x.name != y.name ? bytesPrecede(x.name, y.name) : bytesPrecede(x.value, y.value)
        }
        return a.labels.count < b.labels.count
    }
    private func bytesPrecede(_ a: String, _ b: String) -> Bool { a.utf8.lexicographicallyPrecedes(b.utf8) }

    /// `time` tells when the k-th point must be: nil where there must be none, an inner nil where any time will do.
    private func problem(_ results: [ResultSeries], _ time: (LabelSet, Int) -> Int64??) -> String? {
        var found: [LabelSet: ResultSeries] = [:]
        for result in results where found.updateValue(result, forKey: result.labels) != nil { return "twice: \(text(result.labels))" }
        for (index, wanted) in asked.series.enumerated() {
            guard let result = found.removeValue(forKey: wanted.labels) else {
                return "missing: \(text(wanted.labels)); there are \(results.map { text($0.labels) })"
            }
            if asked.isOrdered, results.count > index, results[index].labels != wanted.labels {
                return "place \(index) has \(text(results[index].labels)) instead of \(text(wanted.labels))"
            }
            if let problem = problem(result, wanted, time) { return "\(text(wanted.labels)): \(problem)" }
        }
        guard let extra = found.values.first else { return nil }
        return "unasked series: \(text(extra.labels)) with \(extra.floats.map(\.value)) \(extra.histograms.count) histograms"
    }

    private func problem(_ result: ResultSeries, _ wanted: SeriesDescription, _ time: (LabelSet, Int) -> Int64??) -> String? {
        var (floats, histograms) = (result.floats[...], result.histograms[...])
        for (k, point) in wanted.points.enumerated() {
            guard let point else { continue }
            guard let time = time(wanted.labels, k) else { return "more than one point is asked of an instant" }
            switch point.value {
            case .float(let value):
                guard let sample = floats.popFirst() else { return "no float for point \(k), wanted \(value)" }
                if let time, sample.time.milliseconds != time { return "a float at \(sample.time.milliseconds) instead of \(time)" }
                if !areClose(sample.value, value) { return "\(sample.value) instead of \(value) at point \(k)" }
            case .histogram(let value):
                guard let sample = histograms.popFirst() else { return "no histogram for point \(k)" }
                if let time, sample.time.milliseconds != time { return "a histogram at \(sample.time.milliseconds) instead of \(time)" }
                if !DenseHistogram(sample.value).isClose(to: DenseHistogram(value)) {
                    return "\(sample.value)\n instead of \(value) at point \(k)"
                }
                if point.hasHint, sample.value.resetHint != value.resetHint {
                    return "hint \(sample.value.resetHint) instead of \(value.resetHint) at point \(k)"
                }
            }
        }
        guard floats.isEmpty, histograms.isEmpty else {
            return "more points than asked: \(floats.map(\.value)), \(histograms.count) histograms"
        }
        return nil
    }

    private func text(_ labels: LabelSet) -> String {
        "{" + labels.labels.map { "\($0.name)=\(quoted($0.value))" }.joined(separator: ", ") + "}"
    }
}
