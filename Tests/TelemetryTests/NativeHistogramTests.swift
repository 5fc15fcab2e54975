import Telemetry
import TestKit
import Testing

/// A histogram as plain dictionaries: what arithmetic on spans is held against.
private struct Model: Equatable {
    var positive: [Int: Double] = [:]
    var negative: [Int: Double] = [:]
    var zero = 0.0

    init(_ histogram: NativeHistogram, schema: Int32) {
        positive = Self.side(histogram.positiveSpans, histogram.positiveBuckets, Int(histogram.schema - schema))
        negative = Self.side(histogram.negativeSpans, histogram.negativeBuckets, Int(histogram.schema - schema))
        zero = histogram.zeroCount
    }
    private static func side(_ spans: [NativeHistogram.BucketSpan], _ buckets: [Double], _ halvings: Int) -> [Int: Double] {
        var (side, index, rest) = ([Int: Double](), 0, buckets[...])
        for span in spans {
            index += Int(span.offset)
            for _ in 0..<span.length {
                let target = Int((Double(index) / Double(1 << halvings)).rounded(.up))
                side[target, default: 0] += rest.popFirst() ?? 0
                index += 1
            }
        }
        return side.filter { $0.value != 0 }
    }
    mutating func add(_ other: Model, _ sign: Double) {
        for (index, count) in other.positive { positive[index, default: 0] += sign * count }
        for (index, count) in other.negative { negative[index, default: 0] += sign * count }
        zero += sign * other.zero
        positive = positive.filter { $0.value != 0 }
        negative = negative.filter { $0.value != 0 }
    }
}

@Suite struct NativeHistogramTests {
    @Test func boundsArePowers() {
        #expect([-1, 0, 1, 2].map { NativeHistogram.exponentialBound($0, schema: 0) } == [0.5, 1, 2, 4])
        #expect([-1, 0, 1, 2].map { NativeHistogram.exponentialBound($0, schema: -2) } == [0.0625, 1, 16, 256])
        #expect(NativeHistogram.exponentialBound(1, schema: 1) == 1.414213562373095)
        #expect(NativeHistogram.exponentialBound(1024, schema: 0) == .greatestFiniteMagnitude)
        #expect(NativeHistogram.exponentialBound(64, schema: -4) == .greatestFiniteMagnitude)
        #expect(NativeHistogram.exponentialBound(1025, schema: 0) == .infinity)
        #expect(NativeHistogram.exponentialBound(-300_000, schema: 8) == 0)
        for schema in Int32(-4)...7 {
            for index in -50...50 {
                let coarse = NativeHistogram.exponentialBound(index, schema: schema)
                #expect(NativeHistogram.exponentialBound(index * 2, schema: schema + 1) == coarse)
            }
        }
        for index in 0..<256 {
            let ratio = NativeHistogram.exponentialBound(index + 1, schema: 8) / NativeHistogram.exponentialBound(index, schema: 8)
            #expect(abs(ratio - 1.0027112750502025) < 1e-14)
        }
    }

    @Test func bucketsTellTheirBounds() throws {
        let histogram = try #require(
            NativeHistogram(literal: "{{schema:0 count:9 sum:3 z_bucket:2 z_bucket_w:0.25 buckets:[1 0 2] offset:-2 n_buckets:[4]}}"))
        #expect(histogram.description == "{count:9, sum:3, [-1,-0.5):4, [-0.25,0.25]:2, (0.125,0.25]:1, (0.5,1]:2}")
        #expect(histogram.allBuckets.map(\.lower) == [-1, -0.25, 0.25, 0.25, 0.5])
        var json = ""
        histogram.appendJSON(to: &json)
        #expect(
            json
                == #"{"count":"9","sum":"3","buckets":[[1,"-1","-0.5","4"],[3,"-0.25","0.25","2"],[0,"0.25","0.25","1"],[0,"0.5","1","2"]]}"#
        )
        let custom = try #require(NativeHistogram(literal: "{{schema:-53 count:3 sum:2349209.324 custom_values:[5 10] buckets:[1 1 1]}}"))
        #expect(custom.description == "{count:3, sum:2.349209324e+06, [-Inf,5]:1, (5,10]:1, (10,+Inf]:1}")
        json = ""
        NativeHistogram(sum: .nan).appendJSON(to: &json)
        #expect(json == #"{"count":"0","sum":"NaN"}"#)
    }

    @Test func numbersReadAsInGo() {
        #expect(
            [0, -0.0, 1, 0.1, 1234.5, 123_456, 1e6, 1e-4, 1.5e-5, -2e300].map(\.brief)
                == ["0", "-0", "1", "0.1", "1234.5", "123456", "1e+06", "0.0001", "1.5e-05", "-2e+300"])
        #expect(
            [0.0, 1e20, 1e21, 1.25e-6, 1e-7, -.infinity].map(\.apiText) == [
                "0", "100000000000000000000", "1e+21", "0.00000125", "1e-07", "-Inf",
            ])
        var random = Seeded(41)
        for _ in 0..<2000 {
            let value = Double(bitPattern: random.next())
            guard value.isFinite else { continue }
            #expect(Double(value.brief) == value)
            #expect(Double(value.apiText) == value)
        }
    }

    @Test(arguments: 1...40) func literalsReadBack(seed: UInt64) throws {
        var random = RandomHistogram(seed)
        for histogram in [random.exponential(), random.custom()] {
            var histogram = histogram.compacted()
            histogram.resetHint = [.unknown, .reset, .notReset, .gauge][Int(seed % 4)]
            let text = try #require(histogram.literal)
            let read = try #require(NativeHistogram(literal: text), "\(text)")
            #expect(read.compacted() == histogram, "\(text)")
        }
    }
    @Test func mistakenLiteralsAreRefused() {
        for text in [
            "{{schema}}", "{{schema:x}}", "{{a:1}}", "{{buckets:[1}}", "{{count:1 count:2}}", "{count:1}", "{{buckets:[1 x]}}",
            "{{offset:9999999999}}",
        ] {
            #expect(NativeHistogram(literal: text) == nil, "\(text)")
        }
    }

    @Test(arguments: 1...200) func sumsAreThoseOfTheBuckets(seed: UInt64) throws {
        var random = RandomHistogram(seed)
        let (a, b) = (random.exponential(), random.exponential())
        let schema = min(a.schema, b.schema)
        for sign in [1.0, -1] {
            var model = Model(a, schema: schema)
            model.add(Model(b, schema: schema), sign)
            var plain = a
            let remarks = sign > 0 ? try plain.add(b) : try plain.subtract(b)
            #expect(remarks == [])
            #expect(Model(plain, schema: schema) == model)
            #expect(plain.schema == schema)
            #expect(plain.count == a.count + sign * b.count && plain.sum == a.sum + sign * b.sum)
            #expect(plain.compacted().positiveBuckets.count == model.positive.count)
            var kahan = HistogramSum(a)
            _ = sign > 0 ? try kahan.add(b) : try kahan.subtract(b)
            #expect(kahan.result.compacted() == plain.compacted())
        }
        let low = a.reduced(toSchema: -4)
        #expect(Model(low, schema: -4) == Model(a, schema: -4))
        #expect(a.isSame(as: a) && a.compacted().isSame(as: a.compacted().compacted()))
        #expect(Model(a.compacted(), schema: a.schema) == Model(a, schema: a.schema))
    }

    @Test(arguments: 1...200) func zeroBucketsWidenAndLoseNothing(seed: UInt64) throws {
        var random = RandomHistogram(seed)
        let a = random.exponential(schema: 1, zeroThreshold: 0.001, from: -20)
        let b = random.exponential(
            schema: 2, zeroThreshold: NativeHistogram.exponentialBound(Int(seed % 40) - 30, schema: 2) * 1.01, from: -20)
        var sum = a
        _ = try sum.add(b)
        let buckets = (sum.positiveBuckets + sum.negativeBuckets).reduce(sum.zeroCount, +)
        // What of `b` lies within its own zero bucket counts for nothing, as in Prometheus.
        #expect(buckets <= a.count + b.count)
        #expect(sum.zeroThreshold >= max(a.zeroThreshold, b.zeroThreshold))
        #expect(sum.compacted().allBuckets.allSatisfy { $0.lower >= sum.zeroThreshold || $0.upper <= sum.zeroThreshold || $0.count == 0 })
        var other = b
        _ = try other.add(a)
        #expect(other.zeroThreshold == sum.zeroThreshold)
    }
    @Test func aZeroBucketEndsInNoPopulatedBucket() throws {
        var narrow = try #require(NativeHistogram(literal: "{{count:7 z_bucket:1 z_bucket_w:0.1 buckets:[1 2 3]}}"))
        let wide = try #require(NativeHistogram(literal: "{{count:5 z_bucket:5 z_bucket_w:0.75}}"))
        _ = try narrow.add(wide)
        #expect(narrow.literal == "{{count:12 z_bucket:7 z_bucket_w:1 offset:1 buckets:[2 3]}}")
    }

    @Test(arguments: 1...200) func differentCustomBoundsKeepThoseInCommon(seed: UInt64) throws {
        var random = RandomHistogram(seed)
        let (a, b) = (random.custom(), random.custom())
        var sum = a
        let remarks = try sum.add(b)
        #expect(remarks.contains(.reconciledBounds) == (a.customBounds != b.customBounds))
        #expect(sum.customBounds == a.customBounds.filter(b.customBounds.contains))
        func below(_ bound: Double, _ histogram: NativeHistogram) -> Double {
            histogram.allBuckets.reduce(0) { $0 + ($1.upper <= bound ? $1.count : 0) }
        }
        for bound in sum.customBounds + [.infinity] { #expect(below(bound, sum) == below(bound, a) + below(bound, b)) }
        var difference = sum
        _ = try difference.subtract(b)
        for bound in sum.customBounds + [.infinity] { #expect(below(bound, difference) == below(bound, a)) }
        #expect(sum.problem(isInteger: false) == nil)
    }
    @Test func customAndExponentialDontMix() {
        var exponential = NativeHistogram()
        #expect(throws: HistogramSum.MixedSchemas.self) { _ = try exponential.add(NativeHistogram(schema: NativeHistogram.customSchema)) }
    }

    @Test func hintsOfASum() throws {
        func hint(_ a: NativeHistogram.ResetHint, _ b: NativeHistogram.ResetHint) throws -> (NativeHistogram.ResetHint, Bool) {
            var sum = NativeHistogram(resetHint: a)
            let remarks = try sum.add(NativeHistogram(resetHint: b))
            return (sum.resetHint, remarks.contains(.resetCollision))
        }
        #expect(try hint(.reset, .notReset) == (.unknown, true))
        #expect(try hint(.notReset, .notReset) == (.notReset, false))
        #expect(try hint(.notReset, .gauge) == (.gauge, false))
        #expect(try hint(.reset, .unknown) == (.unknown, false))
        #expect(try hint(.unknown, .notReset) == (.unknown, false))
    }
    @Test func sumsKeepWhatRoundingTook() throws {
        var sum = HistogramSum(NativeHistogram(sum: 1, positiveSpans: [.init(offset: 0, length: 1)], positiveBuckets: [1]))
        for value in [1e100, 1, -1e100] {
            _ = try sum.add(NativeHistogram(sum: value, positiveSpans: [.init(offset: 3, length: 1)], positiveBuckets: [value]))
        }
        #expect(sum.result.sum == 2)
        #expect(sum.result.positiveBuckets == [1, 1])
    }
    @Test func divisionByZeroLeavesNoBuckets() {
        var histogram = NativeHistogram(zeroCount: 1, count: 3, sum: 0, positiveSpans: [.init(offset: 0, length: 1)], positiveBuckets: [2])
        histogram.divide(by: 0)
        #expect(histogram.zeroCount == .infinity && histogram.sum.isNaN && histogram.positiveBuckets.isEmpty && histogram.hasOverflow)
    }

    @Test(arguments: 1...200) func countersThatOnlyGrowDontReset(seed: UInt64) throws {
        var random = RandomHistogram(seed)
        for (before, growth) in [
            (random.exponential(zeroThreshold: 1e-200), random.exponential(zeroThreshold: 1e-200)), (random.custom(), random.custom()),
        ] {
            var after = before
            _ = try after.add(growth)
            #expect(!after.detectsReset(after: before))
            #expect(!after.compacted().detectsReset(after: before))
            #expect(growth.count == 0 || before.detectsReset(after: after))
            guard let place = before.positiveBuckets.indices.filter({ before.positiveBuckets[$0] > 0 }).randomElement(using: &random.random)
            else { continue }
            var fewer = before
            fewer.positiveBuckets[place] -= 1
            fewer.count += 5
            #expect(fewer.detectsReset(after: before))
            fewer.resetHint = .notReset
            #expect(!fewer.detectsReset(after: before))
        }
    }
    @Test func resetsShowInTheLayout() throws {
        func resets(_ after: String, _ before: String) throws -> Bool {
            try #require(NativeHistogram(literal: after)).detectsReset(after: #require(NativeHistogram(literal: before)))
        }
        #expect(try resets("{{schema:1 count:9}}", "{{schema:0 count:9}}"))
        #expect(try !resets("{{schema:0 count:9 buckets:[9]}}", "{{schema:1 count:9 buckets:[5 4] offset:-1}}"))
        #expect(try resets("{{count:9 z_bucket_w:0.1}}", "{{count:9 z_bucket_w:0.2}}"))
        #expect(try !resets("{{count:9 z_bucket:4 z_bucket_w:1}}", "{{count:4 z_bucket_w:0.1 buckets:[1 1 2] offset:-2}}"))
        #expect(try resets("{{count:9 z_bucket:3 z_bucket_w:1}}", "{{count:4 z_bucket_w:0.1 buckets:[1 1 2] offset:-2}}"))
        #expect(try resets("{{count:9 z_bucket:9 z_bucket_w:0.75}}", "{{count:1 z_bucket_w:0.1 buckets:[1]}}"))
        #expect(
            try !resets(
                "{{schema:-53 count:4 custom_values:[5] buckets:[2 2]}}", "{{schema:-53 count:3 custom_values:[2 5] buckets:[1 1 1]}}"))
        #expect(
            try resets(
                "{{schema:-53 count:4 custom_values:[5] buckets:[1 3]}}", "{{schema:-53 count:3 custom_values:[2 5] buckets:[1 1 1]}}"))
        #expect(try resets("{{schema:-53 count:4}}", "{{count:3}}"))
        #expect(try resets("{{count:4}}", "{{schema:-53 count:3}}"))
        #expect(try resets("{{count:9 counter_reset_hint:reset}}", "{{count:1}}"))
    }

    @Test func storesTellWhatIsNoReset() throws {
        func hint(_ after: String, _ before: String?) throws -> NativeHistogram.ResetHint {
            let previous = try before.map { try #require(NativeHistogram(literal: $0)) }
            return try #require(NativeHistogram(literal: after)).hinted(after: previous).resetHint
        }
        #expect(try hint("{{count:1 counter_reset_hint:not_reset}}", nil) == .unknown)
        #expect(try hint("{{count:2}}", "{{count:1}}") == .notReset)
        #expect(try hint("{{count:1 counter_reset_hint:not_reset}}", "{{count:2}}") == .unknown)
        #expect(try hint("{{count:2 counter_reset_hint:reset}}", "{{count:1}}") == .unknown)
        #expect(try hint("{{count:2 counter_reset_hint:gauge}}", "{{count:1}}") == .gauge)
        #expect(try hint("{{count:2}}", "{{count:1 counter_reset_hint:gauge}}") == .unknown)
        #expect(NativeHistogram(count: 2).hinted(after: NativeHistogram(sum: Sample.staleMarker)).resetHint == .unknown)
    }

    @Test func hostileLayoutsAreRefusedAndHarmNothing() throws {
        let hostile: [NativeHistogram] = [
            .init(positiveSpans: [.init(offset: .max, length: .max)], positiveBuckets: [1]),
            .init(positiveSpans: [.init(offset: 0, length: 1), .init(offset: -1, length: 1)], positiveBuckets: [1, 2]),
            .init(positiveSpans: [.init(offset: .min, length: 1)], positiveBuckets: [1]),
            .init(schema: 99, positiveSpans: [.init(offset: 5, length: 2)], positiveBuckets: [1, 2]),
            .init(schema: .min, positiveSpans: [.init(offset: 5, length: 2)], positiveBuckets: [1]),
            .init(zeroThreshold: .nan, positiveSpans: [.init(offset: 5, length: 1)], positiveBuckets: [1]),
            .init(zeroThreshold: -1), .init(count: -1), .init(count: .nan),
            .init(schema: -53, positiveSpans: [.init(offset: 5, length: 2)], positiveBuckets: [1, 2], customBounds: [1]),
            .init(schema: -53, customBounds: [2, 1]), .init(schema: -53, customBounds: [.nan]),
            .init(schema: -53, customBounds: [.infinity]),
            .init(customBounds: [1]), .init(schema: -53, zeroCount: 1, count: 1),
        ]
        for (place, histogram) in hostile.enumerated() {
            #expect(histogram.problem(isInteger: false) != nil, "\(place)")
            for other in hostile + [NativeHistogram(zeroThreshold: 3, positiveSpans: [.init(offset: 0, length: 1)], positiveBuckets: [1])] {
                var sum = histogram
                _ = try? sum.add(other)
                _ = histogram.detectsReset(after: other)
            }
            _ = (histogram.compacted(), histogram.reduced(toSchema: -4), histogram.allBuckets, histogram.description, histogram.literal)
        }
        #expect(NativeHistogram().problem(isInteger: true) == nil)
    }
}
