/// Spans as a request brought them: what is fixed in one array, what repeats in others, and every text a place in the request's own bytes.
///
/// Reading a request into it makes no string and no memory of a single span's own; the store copies what it keeps, once. Texts are as they came: what is
/// no UTF-8 is repaired where a `String` is made of it.
package struct PackedSpans: Sendable {
    /// A place in `bytes`.
    package struct Text: Hashable, Sendable {
        package var offset: UInt32
        package var count: UInt32
        @inlinable package init(offset: UInt32, count: UInt32) {
            self.offset = offset
            self.count = count
        }
        package static let empty = Text(offset: 0, count: 0)
        @inlinable package var isEmpty: Bool { count == 0 }
        /// The place in bytes of at least that length.
        @inlinable package var range: Range<Int> { Int(offset)..<Int(offset) &+ Int(count) }
    }
    /// Some elements of one of the arrays.
    package struct Slice: Hashable, Sendable {
        package var start: UInt32
        package var count: UInt32
        @inlinable package init(_ start: Int, count: Int) {
            self.start = UInt32(truncatingIfNeeded: start)
            self.count = UInt32(truncatingIfNeeded: count)
        }
        package static let none = Slice(0, count: 0)
        @inlinable package var range: Range<Int> { Int(start)..<Int(start) &+ Int(count) }
    }
    package enum ValueKind: UInt8, Hashable, Sendable { case empty, no, yes, int, double, text, nested }
    package struct Value: Hashable, Sendable {
        package var kind: ValueKind
        /// An int or a double by its bits; the offset and above it the count of a text; a place in `nested`.
        package var payload: UInt64
        @inlinable package init(_ kind: ValueKind, _ payload: UInt64 = 0) {
            self.kind = kind
            self.payload = payload
        }
        @inlinable package init(text: Text) { self.init(.text, UInt64(text.count) << 32 | UInt64(text.offset)) }
        /// Of a text.
        @inlinable package var text: Text {
            Text(offset: UInt32(truncatingIfNeeded: payload), count: UInt32(truncatingIfNeeded: payload >> 32))
        }
    }
    package struct Attribute: Hashable, Sendable {
        package var key: Text
        package var value: Value
        @inlinable package init(key: Text, value: Value) {
            self.key = key
            self.value = value
        }
    }
    package struct Event: Hashable, Sendable {
        package var time: Int64
        package var name: Text
        package var attributes: Slice
        package init(time: Int64, name: Text, attributes: Slice) {
            self.time = time
            self.name = name
            self.attributes = attributes
        }
    }
    package struct Link: Hashable, Sendable {
        package var traceID: TraceID
        package var spanID: SpanID
        package var attributes: Slice
        package init(traceID: TraceID, spanID: SpanID, attributes: Slice) {
            self.traceID = traceID
            self.spanID = spanID
            self.attributes = attributes
        }
    }
    /// One span; trivially copyable.
    package struct Row: Hashable, Sendable {
        package var traceID = TraceID.zero
        package var spanID = SpanID.zero
        package var parentSpanID = SpanID.zero
        package var start = PreciseTime(nanoseconds: 0)
        /// As sent: may lie before `start`.
        package var end = PreciseTime(nanoseconds: 0)
        package var name = Text.empty
        package var statusMessage = Text.empty
        package var traceState = Text.empty
        package var attributes = Slice.none
        package var events = Slice.none
        package var links = Slice.none
        package var kind = SpanKind.unspecified
        package var status = StatusCode.unset
        package var isShared = false
        package init() {}
        /// Never negative.
        @inlinable package var duration: TimeSpan { max(.zero, end - start) }
    }
    /// Rows of one resource and scope.
    package struct Group: Hashable, Sendable {
        package var resource: Resource
        package var scope: InstrumentationScope
        package var rows: Range<Int>
        package init(resource: Resource, scope: InstrumentationScope, rows: Range<Int>) {
            self.resource = resource
            self.scope = scope
            self.rows = rows
        }
    }

    package var bytes: [UInt8]
    package var groups: [Group] = []
    package var rows: [Row] = []
    package var attributes: [Attribute] = []
    package var events: [Event] = []
    package var links: [Link] = []
    /// Lists, maps and blobs.
    package var nested: [AttributeValue] = []

    package init(bytes: [UInt8] = []) { self.bytes = bytes }

    package var count: Int { rows.count }

    package func string(_ text: Text) -> String {
        let range = text.range
        return range.upperBound <= bytes.count ? String(decoding: bytes[range], as: UTF8.self) : ""
    }
    package func value(_ value: Value) -> AttributeValue {
        switch value.kind {
        case .empty: .empty
        case .no: .bool(false)
        case .yes: .bool(true)
        case .int: .int(Int64(bitPattern: value.payload))
        case .double: .double(Double(bitPattern: value.payload))
        case .text: .string(string(value.text))
        case .nested: nested.indices.contains(Int(clamping: value.payload)) ? nested[Int(clamping: value.payload)] : .empty
        }
    }
}

// MARK: Whole spans

extension PackedSpans {
    /// The same with strings: for recordings, and wherever a span is looked at as a whole.
    package var batches: [SpanBatch] {
        groups.map { group in SpanBatch(resource: group.resource, scope: group.scope, spans: group.rows.map { span(rows[$0]) }) }
    }

    package func span(_ row: Row) -> Span {
        Span(
            traceID: row.traceID, spanID: row.spanID, parentSpanID: row.parentSpanID, name: string(row.name), kind: row.kind,
            start: row.start, end: row.end, status: row.status, statusMessage: string(row.statusMessage),
            attributes: attributes(row.attributes),
            events: events[row.events.range].map {
                SpanEvent(time: PreciseTime(nanoseconds: $0.time), name: string($0.name), attributes: attributes($0.attributes))
            },
            links: links[row.links.range].map { SpanLink(traceID: $0.traceID, spanID: $0.spanID, attributes: attributes($0.attributes)) },
            traceState: string(row.traceState), isShared: row.isShared)
    }
    private func attributes(_ slice: Slice) -> [Telemetry.Attribute] {
        attributes[slice.range].map { Telemetry.Attribute(string($0.key), value($0.value)) }
    }

    package init(_ batches: [SpanBatch]) {
        self.init()
        rows.reserveCapacity(batches.reduce(0) { $0 + $1.spans.count })
        for batch in batches {
            let start = rows.count
            for span in batch.spans { append(span) }
            groups.append(Group(resource: batch.resource, scope: batch.scope, rows: start..<rows.count))
        }
    }

    private mutating func append(_ span: Span) {
        var row = Row()
        (row.traceID, row.spanID, row.parentSpanID) = (span.traceID, span.spanID, span.parentSpanID)
        (row.start, row.end, row.kind, row.status, row.isShared) = (span.start, span.end, span.kind, span.status, span.isShared)
        (row.name, row.statusMessage, row.traceState) = (add(span.name), add(span.statusMessage), add(span.traceState))
        row.attributes = add(span.attributes)
        let firstEvent = events.count
        for event in span.events {
            events.append(Event(time: event.time.nanoseconds, name: add(event.name), attributes: add(event.attributes)))
        }
        row.events = Slice(firstEvent, count: span.events.count)
        let firstLink = links.count
        for link in span.links { links.append(Link(traceID: link.traceID, spanID: link.spanID, attributes: add(link.attributes))) }
        row.links = Slice(firstLink, count: span.links.count)
        rows.append(row)
    }
    private mutating func add(_ text: String) -> Text {
        let offset = bytes.count
        bytes += text.utf8
        // Offsets have 32 bits; a request is far smaller.
        guard let end = UInt32(exactly: bytes.count) else {
            bytes.removeSubrange(offset...)
            return .empty
        }
        return Text(offset: UInt32(offset), count: end - UInt32(offset))
    }
    private mutating func add(_ list: [Telemetry.Attribute]) -> Slice {
        let start = attributes.count
        for attribute in list { attributes.append(Attribute(key: add(attribute.key), value: add(attribute.value))) }
        return Slice(start, count: list.count)
    }
    private mutating func add(_ value: AttributeValue) -> Value {
        switch value {
        case .empty: return Value(.empty)
        case .bool(let flag): return Value(flag ? .yes : .no)
        case .int(let number): return Value(.int, UInt64(bitPattern: number))
        case .double(let number): return Value(.double, number.bitPattern)
        case .string(let text): return Value(text: add(text))
        case .bytes, .array, .map:
            nested.append(value)
            return Value(.nested, UInt64(nested.count - 1))
        }
    }
}
