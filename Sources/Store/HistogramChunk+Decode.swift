import Telemetry

extension HistogramChunk {
    /// Calls `body` with the samples of a chunk whose times are in `range`, ascending.
    static func decode(
        _ bytes: UnsafePointer<UInt8>, count: Int, first: Int64, in range: ClosedRange<Int64> = .min ... .max,
        _ body: (Int64, NativeHistogram) -> Void
    ) {
        guard count > 0 else { return }
        withUnsafeTemporaryAllocation(of: Int64.self, capacity: count) { times in
            guard let start = times.baseAddress else { return }
            var reader = VarintReader(bytes)
            FloatChunk.decodeTimes(&reader, count, first, start)
            let wanted = times.indices.filter { range.contains(times[$0]) }
            guard let low = wanted.first, let high = wanted.last else { return }
            let contents = Contents(&reader, count: count)
            for row in low...high { body(times[row], contents.histogram(row)) }
        }
    }

    /// What a chunk tells of the whole of each histogram, without reading its buckets.
    enum Total { case count, sum }
    /// Writes the times, and that number of each histogram: room for `count` each.
    static func decode(
        _ total: Total, _ bytes: UnsafePointer<UInt8>, count: Int, first: Int64, times: UnsafeMutablePointer<Int64>,
        values: UnsafeMutablePointer<Double>
    ) {
        guard count > 0 else { return }
        var reader = VarintReader(bytes)
        FloatChunk.decodeTimes(&reader, count, first, times)
        _ = Head(&reader, count: count)
        if total == .sum { reader.skip(Int(reader.unsigned())) }
        _ = reader.unsigned()
        FloatChunk.decodeValues(&reader, count, values)
    }
}

extension HistogramChunk {
    /// What stands ahead of the columns.
    private struct Head {
        let frame: NativeHistogram
        let forms: [Form]
        /// One for each sample.
        let formOfSample: [Int]
        let columns: Columns

        init(_ reader: inout VarintReader, count: Int) {
            var frame = NativeHistogram(schema: Int32(truncatingIfNeeded: reader.signed()), zeroThreshold: reader.shortDouble())
            frame.customBounds = (0..<reader.unsigned()).map { _ in reader.shortDouble() }
            self.frame = frame
            let forms = (0..<reader.unsigned()).map { _ in Form(&reader) }
            var columns = Columns()
            for form in forms { columns.add(form) }
            (self.forms, self.columns) = (forms, columns)
            var formOfSample: [Int] = []
            formOfSample.reserveCapacity(count)
            while formOfSample.count < count {
                let form = forms.count > 1 ? Int(reader.unsigned()) : 0
                let length = forms.count > 1 ? Int(reader.unsigned()) : count
                formOfSample.append(contentsOf: repeatElement(form, count: length))
            }
            self.formOfSample = formOfSample
        }
    }

    private struct Contents {
        let head: Head
        let count: Int
        /// Column after column, each of `count` numbers.
        let table: [Double]
        let places: [(positive: [Int], negative: [Int])]

        init(_ reader: inout VarintReader, count: Int) {
            let head = Head(&reader, count: count)
            self.head = head
            self.count = count
            places = head.forms.map { head.columns.places($0) }
            table = Array(unsafeUninitializedCapacity: head.columns.count * count) { table, filled in
                guard let start = table.baseAddress else { return }
                for column in 0..<head.columns.count {
                    let size = Int(reader.unsigned())
                    var values = VarintReader(reader.place)
                    FloatChunk.decodeValues(&values, count, start + column * count)
                    reader.skip(size)
                }
                filled = head.columns.count * count
            }
        }

        func histogram(_ row: Int) -> NativeHistogram {
            let (form, places) = (head.forms[head.formOfSample[row]], places[head.formOfSample[row]])
            var histogram = form.isBare ? NativeHistogram() : head.frame
            (histogram.count, histogram.sum, histogram.zeroCount) = (table[row], table[count + row], table[2 * count + row])
            histogram.resetHint = form.hint
            (histogram.positiveSpans, histogram.negativeSpans) = (form.positive, form.negative)
            histogram.positiveBuckets = places.positive.map { table[$0 * count + row] }
            histogram.negativeBuckets = places.negative.map { table[$0 * count + row] }
            return histogram
        }
    }
}

extension HistogramChunk.Form {
    fileprivate init(_ reader: inout VarintReader) {
        let flags = reader.byte()
        let (positive, negative) = (reader.spans(), reader.spans())
        self.init(positive: positive, negative: negative, hint: .init(rawValue: flags & 0x7f) ?? .unknown, isBare: flags & 0x80 != 0)
    }
}

extension VarintReader {
    fileprivate mutating func shortDouble() -> Double {
        let size = byte()
        return Double(bitPattern: size == 0 ? 0 : bits(bytes: Int(size)) << UInt64(64 - 8 * Int(size)))
    }
    fileprivate mutating func spans() -> [NativeHistogram.BucketSpan] {
        (0..<unsigned()).map { _ in
            .init(offset: Int32(truncatingIfNeeded: signed()), length: UInt32(truncatingIfNeeded: unsigned()))
        }
    }
}
