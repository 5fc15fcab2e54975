/// The buckets of one side, each with its index, and what rounding took from its count: what arithmetic on unequal layouts works with.
struct BucketCells {
    private(set) var indexes: [Int] = []
    private(set) var counts: [Double] = []
    private(set) var lost: [Double] = []

    init() {}
    /// `lost` may be empty: nothing was lost.
    init(_ spans: [NativeHistogram.BucketSpan], _ buckets: [Double], lost: [Double] = []) {
        indexes.reserveCapacity(buckets.count)
        var (index, place) = (0, 0)
        for span in spans {
            index += Int(span.offset)
            let end = min(place + Int(span.length), buckets.count)
            while place < end {
                indexes.append(index)
                index += 1
                place += 1
            }
        }
        counts = Array(buckets.prefix(indexes.count))
        self.lost = lost.count == counts.count ? lost : Array(repeating: 0, count: counts.count)
    }

    /// The layout again; adjacent buckets stand in one span.
    var spans: [NativeHistogram.BucketSpan] {
        var spans: [NativeHistogram.BucketSpan] = []
        var end = 0
        for index in indexes {
            if !spans.isEmpty, index == end {
                spans[spans.count - 1].length += 1
            } else {
                spans.append(NativeHistogram.BucketSpan(offset: Int32(clamping: index - end), length: 1))
            }
            end = index + 1
        }
        return spans
    }

    private mutating func append(_ index: Int, _ count: Double, _ lost: Double) {
        indexes.append(index)
        counts.append(count)
        self.lost.append(lost)
    }
    /// Adds to the last cell where it has that index.
    private mutating func gather(_ index: Int, _ count: Double, _ lostCount: Double) {
        guard indexes.last == index else { return append(index, count, lostCount) }
        let last = counts.count - 1
        addKahan(count, &counts[last], &lost[last])
        addKahan(lostCount, &counts[last], &lost[last])
    }

    /// Empty buckets left out.
    func compacted() -> BucketCells {
        var kept = BucketCells()
        for place in indexes.indices where counts[place] != 0 || lost[place] != 0 {
            kept.append(indexes[place], counts[place], lost[place])
        }
        return kept
    }
    /// Buckets that one bucket of a schema lower by `steps` holds, as one.
    func reduced(by steps: Int) -> BucketCells {
        guard steps > 0 else { return self }
        var merged = BucketCells()
        for place in indexes.indices { merged.gather(((indexes[place] - 1) >> steps) + 1, counts[place], lost[place]) }
        return merged
    }
    /// Of custom bounds, as buckets of fewer bounds: each goes to the first bucket that holds it whole.
    func mapped(from bounds: [Double], to fewer: [Double]) -> BucketCells {
        var mapped = BucketCells()
        var target = 0
        for place in indexes.indices {
            let index = indexes[place]
            if index < bounds.count, index >= 0 {
                while target < fewer.count, fewer[target] < bounds[index] { target += 1 }
            } else if index >= bounds.count {
                target = fewer.count
            }
            mapped.gather(target, counts[place], lost[place])
        }
        return mapped
    }

    /// With the counts of `other` times `sign` added; buckets that only one of both has are as there.
    func adding(_ other: BucketCells, sign: Double) -> BucketCells {
        var sum = BucketCells()
        sum.indexes.reserveCapacity(max(indexes.count, other.indexes.count))
        var (mine, theirs) = (0, 0)
        while mine < indexes.count || theirs < other.indexes.count {
            if theirs == other.indexes.count || mine < indexes.count && indexes[mine] < other.indexes[theirs] {
                sum.append(indexes[mine], counts[mine], lost[mine])
                mine += 1
                continue
            }
            let (index, count, lostCount) = (other.indexes[theirs], sign * other.counts[theirs], sign * other.lost[theirs])
            theirs += 1
            guard mine < indexes.count, indexes[mine] == index else {
                sum.append(index, count, lostCount)
                continue
            }
            var (total, lost) = (counts[mine], lost[mine])
            addKahan(count, &total, &lost)
            addKahan(lostCount, &total, &lost)
            sum.append(index, total, lost)
            mine += 1
        }
        return sum
    }
    /// Without the first buckets, as long as `isDropped` holds for their index.
    func dropping(while isDropped: (Int) -> Bool) -> BucketCells {
        guard let first = indexes.first, isDropped(first) else { return self }
        let start = indexes.firstIndex { !isDropped($0) } ?? indexes.count
        var rest = BucketCells()
        rest.indexes = Array(indexes[start...])
        rest.counts = Array(counts[start...])
        rest.lost = Array(lost[start...])
        return rest
    }
}

extension NativeHistogram {
    /// Without empty buckets; adjacent buckets stand in one span.
    package mutating func compact() {
        Self.compact(&positiveSpans, &positiveBuckets)
        Self.compact(&negativeSpans, &negativeBuckets)
    }
    package func compacted() -> NativeHistogram {
        var copy = self
        copy.compact()
        return copy
    }
    private static func compact(_ spans: inout [BucketSpan], _ buckets: inout [Double]) {
        let isTidy = !buckets.contains(0) && spans.allSatisfy { $0.length > 0 } && spans.dropFirst().allSatisfy { $0.offset > 0 }
        guard !isTidy else { return }
        let cells = BucketCells(spans, buckets).compacted()
        (spans, buckets) = (cells.spans, cells.counts)
    }

    /// With the buckets of a lower schema; itself where the schema is as low already, or one of both is that of custom bounds.
    package func reduced(toSchema target: Int32) -> NativeHistogram {
        guard !usesCustomBounds, target < schema, target >= -4 else { return self }
        var copy = self
        let steps = Int(schema) - Int(target)
        let (positive, negative) = (
            BucketCells(positiveSpans, positiveBuckets).reduced(by: steps), BucketCells(negativeSpans, negativeBuckets).reduced(by: steps)
        )
        (copy.positiveSpans, copy.positiveBuckets) = (positive.spans, positive.counts)
        (copy.negativeSpans, copy.negativeBuckets) = (negative.spans, negative.counts)
        copy.schema = target
        return copy
    }

    /// Whether both have the same data, as `==` of PromQL asks: the same layout, empty buckets among it, and the same bits. Hints count for nothing.
    package func isSame(as other: NativeHistogram) -> Bool {
        func isSame(_ a: [Double], _ b: [Double]) -> Bool {
            a.count == b.count && zip(a, b).allSatisfy { $0.bitPattern == $1.bitPattern }
        }
        return schema == other.schema && isSame([count, sum, zeroCount], [other.count, other.sum, other.zeroCount])
            && zeroThreshold == other.zeroThreshold && (!usesCustomBounds || customBounds == other.customBounds)
            && isSame(positiveBuckets, other.positiveBuckets) && isSame(negativeBuckets, other.negativeBuckets)
            && Self.isSameLayout(positiveSpans, other.positiveSpans) && Self.isSameLayout(negativeSpans, other.negativeSpans)
    }
    private static func isSameLayout(_ a: [BucketSpan], _ b: [BucketSpan]) -> Bool { a == b || normalized(a) == normalized(b) }
    /// Without spans of no bucket, and without gaps of none.
    private static func normalized(_ spans: [BucketSpan]) -> [BucketSpan] {
        var kept: [BucketSpan] = []
        var gap = 0
        for span in spans {
            gap += Int(span.offset)
            guard span.length > 0 else { continue }
            if let last = kept.last, gap == 0 {
                kept[kept.count - 1].length = UInt32(clamping: Int(last.length) + Int(span.length))
            } else {
                kept.append(BucketSpan(offset: Int32(clamping: gap), length: span.length))
            }
            gap = 0
        }
        return kept
    }
}
