import Telemetry

/// Makes chunks of native histograms; keeps the memory it works in. Used by one thread at a time.
final class HistogramChunkEncoder {
    private let numbers = FloatChunkEncoder()
    private var last: [Double] = []

    /// Encodes as many of the first samples as make one chunk, and returns how many. Ascending by time; histograms without a `problem`.
    func encode(times: ArraySlice<Int64>, histograms: ArraySlice<NativeHistogram>) -> (count: Int, bytes: [UInt8]) {
        precondition(times.count == histograms.count, "a time for each histogram")
        guard !histograms.isEmpty else { return (0, []) }
        let plan = Plan(histograms.prefix(HistogramChunk.capacity))
        let taken = histograms.prefix(plan.count)
        var bytes: [UInt8] = []
        Array(times.prefix(plan.count)).withUnsafeBufferPointer { append(numbers.encode(times: $0), to: &bytes) }
        plan.writeHead(to: &bytes)
        let places = plan.forms.map { plan.columns.places($0) }
        // One look at each histogram, column by column of what it has; where a bucket isn't there its count stays as it was.
        var table = [Double](repeating: 0, count: plan.columns.count * plan.count)
        last = Array(repeating: 0, count: plan.columns.count)
        for (row, histogram) in taken.enumerated() {
            (last[0], last[1], last[2]) = (histogram.count, histogram.sum, histogram.zeroCount)
            let (positive, negative) = places[plan.formOfSample[row]]
            for (place, count) in zip(positive, histogram.positiveBuckets) { last[place] = count }
            for (place, count) in zip(negative, histogram.negativeBuckets) { last[place] = count }
            for place in last.indices { table[place * plan.count + row] = last[place] }
        }
        table.withUnsafeBufferPointer { table in
            for place in 0..<plan.columns.count {
                appendColumn(UnsafeBufferPointer(rebasing: table[place * plan.count..<(place + 1) * plan.count]), to: &bytes)
            }
        }
        return (plan.count, bytes)
    }

    private func appendColumn(_ values: UnsafeBufferPointer<Double>, to bytes: inout [UInt8]) {
        let size = numbers.encode(values: values)
        bytes.appendUnsigned(UInt64(size))
        append(size, to: &bytes)
    }
    private func append(_ size: Int, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: numbers.output, count: size))
    }
}

extension HistogramChunkEncoder {
    /// Which samples go into the chunk, and what they have in common.
    private struct Plan {
        var frame = HistogramChunk.Frame()
        var forms: [HistogramChunk.Form] = []
        var columns = HistogramChunk.Columns()
        var formOfSample: [Int] = []
        var count: Int { formOfSample.count }
        private var hasFrame = false

        init(_ histograms: ArraySlice<NativeHistogram>) {
            var numbers: [HistogramChunk.Form: Int] = [:]
            var before: NativeHistogram?
            for histogram in histograms {
                let form = HistogramChunk.Form(histogram)
                if let before, !form.isBare, !HistogramChunk.holdsTogether(before, histogram) { return }
                if let known = numbers[form] {
                    guard isSmall(columns, formOfSample.count + 1) else { return }
                    formOfSample.append(known)
                } else {
                    var wider = columns
                    wider.add(form)
                    guard forms.count < HistogramChunk.formLimit, isSmall(wider, formOfSample.count + 1) || forms.isEmpty else { return }
                    numbers[form] = forms.count
                    formOfSample.append(forms.count)
                    forms.append(form)
                    columns = wider
                }
                guard !form.isBare else { continue }
                before = histogram
                if !hasFrame { (frame, hasFrame) = (HistogramChunk.Frame(histogram), true) }
            }
        }
        private func isSmall(_ columns: HistogramChunk.Columns, _ samples: Int) -> Bool {
            columns.count * samples <= HistogramChunk.numberLimit
        }

        func writeHead(to bytes: inout [UInt8]) {
            bytes.appendSigned(Int64(frame.schema))
            bytes.appendShort(frame.zeroThreshold)
            bytes.appendUnsigned(UInt64(frame.bounds.count))
            for bound in frame.bounds { bytes.appendShort(bound) }
            bytes.appendUnsigned(UInt64(forms.count))
            for form in forms {
                bytes.append(form.hint.rawValue | (form.isBare ? 0x80 : 0))
                bytes.append(form.positive)
                bytes.append(form.negative)
            }
            if forms.count > 1 { writeRuns(to: &bytes) }
        }
        private func writeRuns(to bytes: inout [UInt8]) {
            var start = 0
            while start < count {
                let end = formOfSample[start...].firstIndex { $0 != formOfSample[start] } ?? count
                bytes.appendUnsigned(UInt64(formOfSample[start]))
                bytes.appendUnsigned(UInt64(end - start))
                start = end
            }
        }
    }
}

extension [UInt8] {
    fileprivate mutating func appendUnsigned(_ number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(rest))
    }
    fileprivate mutating func appendSigned(_ number: Int64) { appendUnsigned(zigzag(number)) }
    /// The bits of a floating-point number without the zeros behind: how many bytes, then these, the lowest first.
    fileprivate mutating func appendShort(_ bits: UInt64) {
        let size = bits == 0 ? 0 : 8 - bits.trailingZeroBitCount / 8
        append(UInt8(size))
        for byte in 0..<size { append(UInt8(truncatingIfNeeded: bits >> UInt64(64 - 8 * size + 8 * byte))) }
    }
    fileprivate mutating func append(_ spans: [NativeHistogram.BucketSpan]) {
        appendUnsigned(UInt64(spans.count))
        for span in spans {
            appendSigned(Int64(span.offset))
            appendUnsigned(UInt64(span.length))
        }
    }
}
