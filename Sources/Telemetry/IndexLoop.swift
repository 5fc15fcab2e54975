/// Calls `body` with 0, 1 … `count` − 1.
///
/// For loops over plain memory that run millions of times: the compiler widens this one to several numbers at once, which it does not for a `Range`.
@inlinable @inline(__always)
package func forEachIndex(_ count: Int, _ body: (Int) -> Void) {
    var index = 0
    while index < count {
        body(index)
        index &+= 1
    }
}
