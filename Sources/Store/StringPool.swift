import Telemetry

import Synchronization

/// Strings by small numbers: append-only, bounded, read by any number of snapshots.
final class StringPool: Sendable {
    fileprivate struct State: Sendable {
        var strings = AppendOnly<String>()
        var ids: [String: UInt32] = [:]
        var bytes = 0
    }
    private let state = Mutex(State())
    /// Beyond it new strings become `Symbol.overflow`.
    private let limit: Int

    /// The text of `Symbol.overflow`.
    static let overflowText = "(too many names)"

    init(limit: Int) {
        self.limit = limit
        state.withLock { state in
            state.add("")
            state.add(Self.overflowText)
        }
    }

    /// Interns many under one lock.
    func intern<Result>(_ body: (_ id: (String) -> Symbol) -> Result) -> Result {
        state.withLock { state in body { state.intern($0, limit: limit) } }
    }

    func id(of text: String) -> Symbol? { state.withLock { $0.ids[text] }.map(Symbol.init) }
    var bytes: Int { state.withLock { $0.bytes } }
    var table: StringTable { StringTable(strings: state.withLock { $0.strings }, pool: self) }

    /// Both places of the string and, where it is no small one, its storage.
    fileprivate static func cost(of text: String) -> Int { 64 + (text.utf8.count > 15 ? 40 + text.utf8.count : 0) }
}

extension StringPool.State {
    fileprivate mutating func intern(_ text: String, limit: Int) -> Symbol {
        if let id = ids[text] { return Symbol(id) }
        return bytes + StringPool.cost(of: text) > limit ? .overflow : Symbol(add(text))
    }
    @discardableResult fileprivate mutating func add(_ text: String) -> UInt32 {
        let id = UInt32(strings.count)
        // A copy of its own: the text may share the storage of something far larger.
        var own = String()
        own.reserveCapacity(text.utf8.count)
        own += text
        strings.append(own)
        ids[own] = id
        bytes += StringPool.cost(of: own)
        return id
    }
}

/// The strings behind the ids of a snapshot.
package struct StringTable: Sendable {
    let strings: AppendOnly<String>
    let pool: StringPool

    /// The string of `id`; empty for an id that is younger than the snapshot.
    package subscript(id: Symbol) -> String { Int(id.index) < strings.count ? strings[Int(id.index)] : "" }
    /// The id of `text`, where the snapshot has it; for comparing headers with a wanted name.
    package func id(of text: String) -> Symbol? { pool.id(of: text).flatMap { Int($0.index) < strings.count ? $0 : nil } }
}
