/// Round places on a scale.
package enum Ticks {
    /// What is round.
    package enum Base: Hashable, Sendable {
        /// 1, 2 and 5 times powers of ten of so much: 1024 counts KiB.
        case decimal(per: Double)
        /// Of seconds: what clocks are divided into, parts of a second by tens, and whole days.
        case time
    }

    /// Multiples of a round step within `range`, about `count` of them, ascending.
    package static func linear(_ range: ClosedRange<Double>, count: Int, _ base: Base = .decimal(per: 1)) -> [Double] {
        step(range.upperBound - range.lowerBound, count, base).map { multiples(of: $0, in: range) } ?? []
    }
    private static func multiples(of step: Double, in range: ClosedRange<Double>) -> [Double] {
        let first = (range.lowerBound / step - 1e-9).rounded(.up)
        let last = (range.upperBound / step + 1e-9).rounded(.down)
        guard last >= first, last - first < 1_000 else { return [] }
        return (0...Int(last - first)).map { (first + Double($0)) * step }
    }

    /// A scale that begins and ends on ticks: `range` extended outward to them.
    package static func rounded(
        _ range: ClosedRange<Double>, count: Int, _ base: Base = .decimal(per: 1)
    ) -> (range: ClosedRange<Double>, ticks: [Double]) {
        guard let step = step(range.upperBound - range.lowerBound, count, base) else { return (range, []) }
        let low = (range.lowerBound / step + 1e-9).rounded(.down) * step
        let high = (range.upperBound / step - 1e-9).rounded(.up) * step
        let rounded = low.isFinite && high.isFinite && low < high ? low...high : range
        return (rounded, multiples(of: step, in: rounded))
    }

    private static func step(_ span: Double, _ count: Int, _ base: Base) -> Double? {
        guard span > 0, span.isFinite, count > 0 else { return nil }
        switch base {
        case .decimal(let unit): return unit > 0 && unit.isFinite ? decimalStep(span / unit, count).map { $0 * unit } : nil
        case .time:
            if span < Double(count) { return decimalStep(span, count) }
            if span > 86_400 * Double(count) { return decimalStep(span / 86_400, count).map { $0 * 86_400 } }
            return Double(timeStep(seconds: span, count: count))
        }
    }

    private static func decimalStep(_ span: Double, _ count: Int) -> Double? {
        var unit = 1.0
        while unit * 10 <= span / Double(count) { unit *= 10 }
        while unit > span / Double(count) { unit /= 10 }
        guard unit > 0 else { return nil }
        return unit * (([1.0, 2, 5, 10].first { span / (unit * $0) <= Double(count) }) ?? 10)
    }

    /// Whole seconds that people count time in, for about `count` marks over `seconds`.
    package static func timeStep(seconds: Double, count: Int) -> Int {
        let steps = [
            1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 345_600, 604_800,
        ]
        guard seconds.isFinite, count > 0 else { return 604_800 }
        return steps.first { seconds / Double($0) <= Double(count) } ?? 604_800
    }

    /// 1, 2, 5 times powers of ten within `range`, thinned to powers of ten, and those further, until at most `count` are left.
    package static func logarithmic(_ range: ClosedRange<Double>, count: Int) -> [Double] {
        guard range.lowerBound > 0, range.upperBound.isFinite, count > 0 else { return [] }
        var decade = 1.0
        while decade > range.lowerBound { decade /= 10 }
        while decade * 10 <= range.lowerBound { decade *= 10 }
        var decades: [Double] = []
        while decade <= range.upperBound, decades.count < 700 {
            decades.append(decade)
            decade *= 10
        }
        let fine = decades.flatMap { [$0, 2 * $0, 5 * $0] }.filter(range.contains)
        if fine.count <= count { return fine }
        let coarse = decades.filter(range.contains)
        let stride = max((coarse.count + count - 1) / count, 1)
        return coarse.enumerated().filter { $0.offset % stride == 0 }.map(\.element)
    }
}

/// A mark under a chart: how far along, from 0 to 1, and what it says.
package struct AxisMark: Hashable, Sendable {
    package var share: Double
    package var label: String
    package init(_ share: Double, _ label: String) {
        self.share = share
        self.label = label
    }

    /// Writes the labels of `marks` in `rect`'s first row, each under its place; one that would touch the one before is left out.
    package static func draw(_ marks: [AxisMark], in frame: inout Frame, _ rect: Rect, style: Style) {
        var free = rect.column
        for mark in marks where mark.share >= 0 && mark.share <= 1 {
            let width = columns(of: mark.label)
            let center = rect.column + Int(mark.share * Double(max(rect.columns - 1, 0)))
            let start = min(max(center - width / 2, rect.column), rect.endColumn - width)
            guard start >= free else { continue }
            frame.write(mark.label, at: Point(start, rect.row), style: style)
            free = start + width + 2
        }
    }
}
