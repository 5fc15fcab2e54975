/// A series by its number in one store: small, stable, never given to another series while the program runs.
package struct SeriesID: Hashable, Comparable, Sendable {
    package let index: UInt32
    @inlinable package init(_ index: UInt32) { self.index = index }
    @inlinable package static func < (a: SeriesID, b: SeriesID) -> Bool { a.index < b.index }
}

/// A string by its number in one store: two symbols are equal exactly when their strings are.
package struct Symbol: Hashable, Sendable {
    package let index: UInt32
    @inlinable package init(_ index: UInt32) { self.index = index }
    /// The empty string, in every store.
    package static let empty = Symbol(0)
    @inlinable package var isEmpty: Bool { index == 0 }
}

/// One label of a series, by numbers.
package struct SymbolPair: Hashable, Sendable {
    package let name: Symbol
    package let value: Symbol
    @inlinable package init(name: Symbol, value: Symbol) {
        self.name = name
        self.value = value
    }
}
