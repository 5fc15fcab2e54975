import Synchronization

/// One large piece of memory, given back when the last owner lets go.
final class Slab: @unchecked Sendable {
    let base: UnsafeMutableRawPointer
    let size: Int
    private let pool: SlabPool?

    fileprivate init(base: UnsafeMutableRawPointer, size: Int, pool: SlabPool?) {
        self.base = base
        self.size = size
        self.pool = pool
    }
    deinit {
        if let pool { pool.giveBack(base) } else { base.deallocate() }
    }
}

/// Slabs of one size. A few that came back are kept for the next, so that a full store turns over its memory without asking the system.
final class SlabPool: Sendable {
    private struct Address: @unchecked Sendable { let base: UnsafeMutableRawPointer }
    private static let spareLimit = 4

    let slabSize: Int
    private let spare = Mutex<[Address]>([])

    init(slabSize: Int) { self.slabSize = slabSize }
    deinit { spare.withLock { for address in $0 { address.base.deallocate() } } }

    /// A slab of the usual size, or one of its own for more.
    func take(atLeast size: Int) -> Slab {
        if size > slabSize { return Slab(base: .allocate(byteCount: size, alignment: 16), size: size, pool: nil) }
        let base = spare.withLock { $0.popLast() }?.base ?? .allocate(byteCount: slabSize, alignment: 16)
        return Slab(base: base, size: slabSize, pool: self)
    }

    fileprivate func giveBack(_ base: UnsafeMutableRawPointer) {
        let address = Address(base: base)
        let isKept = spare.withLock { spare in
            guard spare.count < Self.spareLimit else { return false }
            spare.append(address)
            return true
        }
        if !isKept { address.base.deallocate() }
    }
}
