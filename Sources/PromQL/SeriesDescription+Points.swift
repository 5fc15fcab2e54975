import Telemetry

extension SeriesDescription {
    /// Point by point; nil where one is omitted, or where a step can't be added.
    package var values: [PointValue?] {
        items.flatMap { item -> [PointValue?] in
            switch item {
            case .omitted(let count): return [PointValue?](repeating: nil, count: count)
            case .floats(let first, let step, let more):
                var value = first
                return (0...more).map { index in
                    if index > 0, step != 0 { value += step }
                    return .float(value)
                }
            case .histograms(let first, let step, let isSubtracted, let more):
                var value: NativeHistogram? = first.value
                return (0...more).map { index in
                    if index > 0, let step { value = value.flatMap { Self.sum($0, step.value, isSubtracted) } }
                    return value.map { .histogram($0) }
                }
            }
        }
    }

    private static func sum(_ value: NativeHistogram, _ step: NativeHistogram, _ isSubtracted: Bool) -> NativeHistogram? {
        var sum = value
        let done: Void? = if isSubtracted { (try? sum.subtract(step)).map { _ in () } } else { (try? sum.add(step)).map { _ in () } }
        return done == nil ? nil : sum
    }
}
