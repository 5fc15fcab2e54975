import Telemetry

/// Sealed native histograms of one series, compressed: a column of numbers for each bucket that one of them has. Drawn in docs/store.md.
///
/// The number of samples and the time of the first stand outside. Every histogram comes back bit for bit, staleness markers, hints and empty buckets too.
enum HistogramChunk {
    /// Samples that one chunk may hold.
    static let capacity = FloatChunk.capacity
    /// Bytes after a chunk that must be readable, whatever they hold.
    static let slack = FloatChunk.slack
    /// Layouts of buckets, together with hints, that one chunk may hold.
    static let formLimit = 64
    /// Numbers that one chunk may hold: what reading it takes in memory, eight bytes each.
    static let numberLimit = 1 << 20

    /// Whether `next` may stand in one chunk with `before`, the sample ahead of it: with the same bounds, and no counter that began anew.
    static func holdsTogether(_ before: NativeHistogram, _ next: NativeHistogram) -> Bool {
        if next.isBareMarker || before.isBareMarker { return true }
        return Frame(before) == Frame(next) && (next.resetHint == .gauge || !next.detectsReset(after: before))
    }

    /// What all histograms of a chunk share, but staleness markers.
    struct Frame: Equatable {
        var schema: Int32 = 0
        var zeroThreshold: UInt64 = 0
        var bounds: [UInt64] = []

        init() {}
        init(_ histogram: NativeHistogram) {
            schema = histogram.schema
            zeroThreshold = histogram.zeroThreshold.bitPattern
            bounds = histogram.customBounds.map(\.bitPattern)
        }
    }

    /// What many samples of a chunk share.
    struct Form: Hashable {
        var positive: [NativeHistogram.BucketSpan]
        var negative: [NativeHistogram.BucketSpan]
        var hint: NativeHistogram.ResetHint
        /// A staleness marker: outside the frame.
        var isBare: Bool

        init(
            positive: [NativeHistogram.BucketSpan] = [], negative: [NativeHistogram.BucketSpan] = [], hint: NativeHistogram.ResetHint,
            isBare: Bool
        ) {
            self.positive = positive
            self.negative = negative
            self.hint = hint
            self.isBare = isBare
        }
        init(_ histogram: NativeHistogram) {
            self.init(
                positive: histogram.positiveSpans, negative: histogram.negativeSpans, hint: histogram.resetHint,
                isBare: histogram.isBareMarker)
        }
    }

    /// The buckets that the forms of a chunk have, each with its column.
    struct Columns {
        /// Ascending, no index twice.
        private(set) var positive: [Int] = []
        private(set) var negative: [Int] = []
        /// Ahead of the buckets: count, sum, zero count.
        static let ahead = 3
        var count: Int { Self.ahead + positive.count + negative.count }

        mutating func add(_ form: Form) {
            positive = Self.union(positive, Self.indexes(form.positive))
            negative = Self.union(negative, Self.indexes(form.negative))
        }
        /// The column of each bucket of a form.
        func places(_ form: Form) -> (positive: [Int], negative: [Int]) {
            (
                Self.places(Self.indexes(form.positive), in: positive, from: Self.ahead),
                Self.places(Self.indexes(form.negative), in: negative, from: Self.ahead + positive.count)
            )
        }

        private static func indexes(_ spans: [NativeHistogram.BucketSpan]) -> [Int] {
            var (indexes, index) = ([Int](), 0)
            for span in spans {
                index += Int(span.offset)
                let length = min(Int(span.length), NativeHistogram.bucketLimit - indexes.count)
                for _ in 0..<max(length, 0) {
                    indexes.append(index)
                    index += 1
                }
            }
            return indexes
        }
        private static func union(_ a: [Int], _ b: [Int]) -> [Int] {
            if b.isEmpty || a == b { return a }
            if a.isEmpty { return b }
            var (union, mine, theirs) = ([Int](), 0, 0)
            union.reserveCapacity(max(a.count, b.count))
            while mine < a.count || theirs < b.count {
                let takesMine = theirs == b.count || mine < a.count && a[mine] <= b[theirs]
                if takesMine, theirs < b.count, a[mine] == b[theirs] { theirs += 1 }
                union.append(takesMine ? a[mine] : b[theirs])
                if takesMine { mine += 1 } else { theirs += 1 }
            }
            return union
        }
        private static func places(_ indexes: [Int], in columns: [Int], from first: Int) -> [Int] {
            var column = 0
            return indexes.map { index in
                while column < columns.count - 1, columns[column] < index { column += 1 }
                return first + column
            }
        }
    }
}

extension NativeHistogram {
    /// A staleness marker as stores make it: nothing but the sum that says so.
    fileprivate var isBareMarker: Bool {
        Sample.isStale(sum) && schema == 0 && zeroThreshold.bitPattern == 0 && customBounds.isEmpty && positiveSpans.isEmpty
            && negativeSpans.isEmpty && positiveBuckets.isEmpty && negativeBuckets.isEmpty
    }
}
