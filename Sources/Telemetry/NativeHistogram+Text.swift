extension NativeHistogram: CustomStringConvertible {
    /// As Prometheus prints one: `{count:3, sum:4.5, (0.5,1]:1, (1,2]:2}`; empty buckets are left out.
    package var description: String {
        var text = "{count:\(count.brief), sum:\(sum.brief)"
        for bucket in allBuckets(clipped: false) where bucket.count != 0 {
            text += bucket.includesLower ? ", [" : ", ("
            text += bucket.lower.brief + "," + bucket.upper.brief + (bucket.includesUpper ? "]:" : "):") + bucket.count.brief
        }
        return text + "}"
    }

    /// Appends what the HTTP API of Prometheus tells of one: an object of `count`, `sum` and, where there are any, `buckets`, each
    /// `[boundaryCode, "lower", "upper", "count"]`.
    package func appendJSON(to text: inout String) {
        text += #"{"count":""# + count.apiText + #"","sum":""# + sum.apiText + "\""
        var isFirst = true
        for bucket in allBuckets where bucket.count != 0 {
            text += isFirst ? #","buckets":["# : ","
            isFirst = false
            text +=
                "[\(bucket.boundaryCode),\"" + bucket.lower.apiText + "\",\"" + bucket.upper.apiText + "\",\"" + bucket.count.apiText
                + "\"]"
        }
        text += isFirst ? "}" : "]}"
    }

    /// As rule tests write one: `{{schema:1 count:3 sum:4.5 buckets:[1 2]}}`. Nil where the buckets lie too far apart to be listed.
    package var literal: String? {
        let compact = compacted()
        guard let positive = Self.run(compact.positiveSpans, compact.positiveBuckets),
            let negative = Self.run(compact.negativeSpans, compact.negativeBuckets)
        else { return nil }
        var parts: [String] = schema == 0 ? [] : ["schema:\(schema)"]
        for (name, value) in [("count", count), ("sum", sum), ("z_bucket", zeroCount), ("z_bucket_w", zeroThreshold)] where value != 0 {
            parts.append(name + ":" + value.brief)
        }
        if usesCustomBounds { parts.append("custom_values:" + Self.list(customBounds)) }
        if let hint = resetHint.literal { parts.append("counter_reset_hint:" + hint) }
        for (prefix, run) in [("", positive), ("n_", negative)] where !run.counts.isEmpty {
            if run.offset != 0 { parts.append("\(prefix)offset:\(run.offset)") }
            parts.append(prefix + "buckets:" + Self.list(run.counts))
        }
        return "{{" + parts.joined(separator: " ") + "}}"
    }
    private static func list(_ numbers: [Double]) -> String { "[" + numbers.map(\.brief).joined(separator: " ") + "]" }
    /// All buckets from the first to the last, empty ones too.
    private static func run(_ spans: [BucketSpan], _ buckets: [Double]) -> (offset: Int, counts: [Double])? {
        let cells = BucketCells(spans, buckets)
        guard let first = cells.indexes.first, let last = cells.indexes.last else { return (0, []) }
        guard last >= first, last - first < bucketLimit else { return nil }
        var counts = [Double](repeating: 0, count: last - first + 1)
        for (index, count) in zip(cells.indexes, cells.counts) where index >= first && index <= last { counts[index - first] = count }
        return (first, counts)
    }
}

extension NativeHistogram.ResetHint {
    /// As literals name it; nil for `unknown`, which needs no word.
    var literal: String? {
        switch self {
        case .unknown: nil
        case .reset: "reset"
        case .notReset: "not_reset"
        case .gauge: "gauge"
        }
    }
}
