/// The labels of one series as they stand in a text, which must stay where it is: ascending by name, no name twice, no empty value, nothing escaped.
///
/// For series that come by the million: a store that knows them needs no string of them.
package struct LabelText {
    /// Where one label stands. A name of no length is that of the metric name, which no text spells out.
    package struct Span: Sendable {
        private let nameStart, nameEnd, valueStart, valueEnd: UInt32

        /// Nil where a place is beyond 4 GiB.
        package init?(name: Range<Int>, value: Range<Int>) {
            guard let nameStart = UInt32(exactly: name.lowerBound), let nameEnd = UInt32(exactly: name.upperBound),
                let valueStart = UInt32(exactly: value.lowerBound), let valueEnd = UInt32(exactly: value.upperBound)
            else { return nil }
            (self.nameStart, self.nameEnd, self.valueStart, self.valueEnd) = (nameStart, nameEnd, valueStart, valueEnd)
        }
        @inline(__always) var name: Range<Int> { Int(nameStart)..<Int(nameEnd) }
        @inline(__always) var value: Range<Int> { Int(valueStart)..<Int(valueEnd) }
    }
    package typealias Bytes = UnsafeBufferPointer<UInt8>

    private static let metricName: StaticString = "__name__"

    /// No labels.
    package static var empty: LabelText { LabelText(Bytes(start: nil, count: 0), []) }

    private let bytes: Bytes
    package let spans: ArraySlice<Span>

    package init(_ bytes: Bytes, _ spans: ArraySlice<Span>) { (self.bytes, self.spans) = (bytes, spans) }

    /// The name of a label, in UTF-8.
    package func name(_ span: Span) -> Bytes { Self.name(span, in: bytes) }
    package static func name(_ span: Span, in bytes: Bytes) -> Bytes {
        span.name.isEmpty ? Bytes(start: metricName.utf8Start, count: metricName.utf8CodeUnitCount) : Bytes(rebasing: bytes[span.name])
    }
    /// The value of a label, in UTF-8.
    package func value(_ span: Span) -> Bytes { Bytes(rebasing: bytes[span.value]) }

    /// The metric name, in UTF-8; nothing where there is none.
    package var metricName: Bytes { spans.first { $0.name.isEmpty }.map(value) ?? Bytes(start: nil, count: 0) }

    /// Whether one of the labels has the name of one of `others`.
    package func clashes(with others: LabelSet) -> Bool {
        spans.contains { span in
            let name = name(span)
            return others.labels.contains { $0.name.isText(name) }
        }
    }

    /// Moves the last span to where its name belongs among those since `start`; false where one of that name stands there already.
    package static func settleLast(of spans: inout [Span], from start: Int, in bytes: Bytes) -> Bool {
        var place = spans.count - 1
        while place > start {
            let order = compare(name(spans[place - 1], in: bytes), name(spans[place], in: bytes))
            if order < 0 { break }
            if order == 0 { return false }
            spans.swapAt(place - 1, place)
            place -= 1
        }
        return true
    }
    /// Below, at or above zero, as the first byte that differs says; what goes on is greater than what ends.
    private static func compare(_ a: Bytes, _ b: Bytes) -> Int {
        var place = 0
        while place < a.count, place < b.count {
            if a[place] != b[place] { return Int(a[place]) - Int(b[place]) }
            place += 1
        }
        return a.count - b.count
    }
    /// Labels without a value are none.
    package static func dropEmpty(_ spans: inout [Span], from start: Int) {
        guard spans[start...].contains(where: { $0.value.isEmpty }) else { return }
        let kept = spans[start...].filter { !$0.value.isEmpty }
        spans.replaceSubrange(start..., with: kept)
    }

    /// The same as strings.
    package var labelSet: LabelSet {
        LabelSet(sorted: spans.map { Label(String(decoding: name($0), as: UTF8.self), String(decoding: value($0), as: UTF8.self)) })
    }
}

extension String {
    /// Whether these are the bytes of the string in UTF-8.
    package func isText(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard utf8.count == bytes.count else { return false }
        return utf8.withContiguousStorageIfAvailable { BytesEqual.compare($0, bytes) } ?? utf8.elementsEqual(bytes)
    }
}
