/// An interned string of the store. Equal strings have equal ids, for as long as the store lives.
package struct StringID: Hashable, Sendable {
    package let index: UInt32
    @inlinable package init(_ index: UInt32) { self.index = index }
    /// The empty string.
    package static let empty = StringID(0)
    /// Stands for strings that came when the pool was full; what carries one tells its real text by another way.
    package static let overflow = StringID(1)
    @inlinable package var isEmpty: Bool { index == 0 }
}
