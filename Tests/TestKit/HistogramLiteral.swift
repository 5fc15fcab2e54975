import Telemetry

extension NativeHistogram {
    /// Reads what `literal` writes, from `{{` to `}}`; nil for what is none. Unknown keys, and keys given twice, are mistakes.
    package init?(literal text: some StringProtocol) {
        guard text.hasPrefix("{{"), text.hasSuffix("}}"), text.count >= 4 else { return nil }
        self.init()
        var (seen, offsets) = (Set<String>(), (positive: Int32(0), negative: Int32(0)))
        var rest = text.dropFirst(2).dropLast(2).drop { $0.isWhitespace }
        while let colon = rest.firstIndex(of: ":") {
            let key = String(rest[..<colon])
            rest = rest[rest.index(after: colon)...]
            let end = rest.first == "[" ? rest.firstIndex(of: "]").map { rest.index(after: $0) } : rest.firstIndex(where: \.isWhitespace)
            let value = rest[..<(end ?? rest.endIndex)]
            guard seen.insert(key).inserted, take(key, String(value), &offsets) else { return nil }
            rest = rest[value.endIndex...].drop { $0.isWhitespace }
        }
        guard rest.isEmpty else { return nil }
        if !positiveBuckets.isEmpty { positiveSpans = [BucketSpan(offset: offsets.positive, length: UInt32(positiveBuckets.count))] }
        if !negativeBuckets.isEmpty { negativeSpans = [BucketSpan(offset: offsets.negative, length: UInt32(negativeBuckets.count))] }
    }

    private mutating func take(_ key: String, _ value: String, _ offsets: inout (positive: Int32, negative: Int32)) -> Bool {
        switch key {
        case "schema": Self.set(&schema, Int32(value))
        case "count": Self.set(&count, Self.number(value))
        case "sum": Self.set(&sum, Self.number(value))
        case "z_bucket": Self.set(&zeroCount, Self.number(value))
        case "z_bucket_w": Self.set(&zeroThreshold, Self.number(value))
        case "offset": Self.set(&offsets.positive, Int32(value))
        case "n_offset": Self.set(&offsets.negative, Int32(value))
        case "buckets": Self.set(&positiveBuckets, Self.numbers(value))
        case "n_buckets": Self.set(&negativeBuckets, Self.numbers(value))
        case "custom_values": Self.set(&customBounds, Self.numbers(value))
        case "counter_reset_hint":
            Self.set(&resetHint, ["unknown": .unknown, "reset": .reset, "not_reset": .notReset, "gauge": .gauge][value])
        default: false
        }
    }
    private static func set<Value>(_ field: inout Value, _ value: Value?) -> Bool {
        guard let value else { return false }
        field = value
        return true
    }
    private static func number(_ text: some StringProtocol) -> Double? {
        switch text.lowercased().drop(while: { $0 == "+" }) {
        case "inf": .infinity
        case "-inf": -.infinity
        case "nan": .nan
        default: Double(text)
        }
    }
    private static func numbers(_ text: String) -> [Double]? {
        guard text.hasPrefix("["), text.hasSuffix("]"), text.count >= 2 else { return nil }
        let words = text.dropFirst().dropLast().split(whereSeparator: \.isWhitespace)
        guard words.count <= bucketLimit else { return nil }
        let numbers = words.compactMap { number($0) }
        return numbers.count == words.count ? numbers : nil
    }
}
