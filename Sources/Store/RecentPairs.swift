import Telemetry

/// The label that was looked up last at each place: series that come together have most of their labels in common, at the same places.
struct RecentPairs: Sendable {
    struct Entry: Sendable {
        var nameCount = 0
        var valueCount = 0
        var name = Symbol.empty
        var pair: UInt32 = 0
    }
    private static let places = 32
    /// Of a name and a value together; longer ones are looked up each time.
    private static let textBytes = 256

    private var entries: [Entry] = []
    /// The texts of all places, name before value.
    private var text: [UInt8] = []

    mutating func removeAll() { entries.removeAll(keepingCapacity: true) }

    /// What stands at that place where it is that label; where only its name is, the symbol of that.
    func find(_ name: LabelText.Bytes, _ value: LabelText.Bytes, at place: Int) -> (entry: Entry?, name: Symbol?) {
        guard place < entries.count, case let entry = entries[place], entry.nameCount == name.count else { return (nil, nil) }
        return text.withUnsafeBufferPointer { text in
            let start = place * Self.textBytes
            guard BytesEqual.compare(LabelText.Bytes(rebasing: text[start..<start + name.count]), name) else { return (nil, nil) }
            let end = start + name.count
            let isSame =
                entry.valueCount == value.count && BytesEqual.compare(LabelText.Bytes(rebasing: text[end..<end + value.count]), value)
            return (isSame ? entry : nil, entry.name)
        }
    }

    mutating func remember(_ name: LabelText.Bytes, _ value: LabelText.Bytes, _ symbol: Symbol, _ pair: UInt32, at place: Int) {
        guard place < Self.places, place <= entries.count, name.count + value.count <= Self.textBytes else { return }
        if place == entries.count {
            entries.append(Entry())
            if text.count < entries.count * Self.textBytes { text += [UInt8](repeating: 0, count: Self.textBytes) }
        }
        entries[place] = Entry(nameCount: name.count, valueCount: value.count, name: symbol, pair: pair)
        put(name, at: place * Self.textBytes)
        put(value, at: place * Self.textBytes + name.count)
    }
    private mutating func put(_ bytes: LabelText.Bytes, at start: Int) {
        text.withUnsafeMutableBufferPointer { text in
            _ = UnsafeMutableBufferPointer(rebasing: text[start..<start + bytes.count]).update(fromContentsOf: bytes)
        }
    }
}
