/// How much a counter rose, from its samples; staleness markers among them are skipped.
package enum CounterIncrease {
    /// As Prometheus's `increase` over `(start, end]`: extrapolated to the window, resets mended. Nil for fewer than two samples in it.
    ///
    /// `samples` are ascending by time; those outside the window are passed over.
    package static func extrapolated(_ samples: [Sample], after start: Timestamp, to end: Timestamp) -> Double? {
        let inside = samples.filter { $0.time > start && $0.time <= end && !$0.isStale }
        guard inside.count >= 2, let first = inside.first, let last = inside.last, last.time > first.time else { return nil }
        let change = raised(inside)
        let sampled = (last.time - first.time).seconds
        let average = sampled / Double(inside.count - 1)
        var toStart = (first.time - start).seconds
        var toEnd = (end - last.time).seconds
        let threshold = average * 1.1
        if toStart >= threshold { toStart = average / 2 }
        if change > 0, first.value >= 0 {
            // A counter cannot have been below zero: it began no earlier than where its slope meets zero.
            toStart = min(toStart, sampled * (first.value / change))
        }
        if toEnd >= threshold { toEnd = average / 2 }
        return change * ((sampled + toStart + toEnd) / sampled)
    }

    /// `extrapolated` a second, as Prometheus's `rate`.
    package static func rate(_ samples: [Sample], after start: Timestamp, to end: Timestamp) -> Double? {
        let seconds = (end - start).seconds
        guard seconds > 0 else { return nil }
        return extrapolated(samples, after: start, to: end).map { $0 / seconds }
    }

    /// What it really counted in `(start, end]`, a whole number for a counter of whole things: from the last sample before the window on,
    /// or from its first where it has none before. Nil without a sample in the window.
    package static func exact(_ samples: [Sample], after start: Timestamp, to end: Timestamp) -> Double? {
        var inside = samples.filter { $0.time > start && $0.time <= end && !$0.isStale }
        guard !inside.isEmpty else { return nil }
        if let before = samples.last(where: { $0.time <= start && !$0.isStale }) { inside.insert(before, at: 0) }
        return raised(inside)
    }

    /// From the first to the last; after each fall the counter has begun at zero again.
    private static func raised(_ samples: [Sample]) -> Double {
        guard var previous = samples.first?.value, let last = samples.last?.value else { return 0 }
        var change = last - previous
        for sample in samples.dropFirst() {
            if sample.value < previous { change += previous }
            previous = sample.value
        }
        return change
    }
}
