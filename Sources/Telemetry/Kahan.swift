/// Adds `value` to `sum`, and to `lost` what rounding took from it; by Kahan, as Neumaier improved it.
///
/// The error of an addition is a number itself, so no branch is needed to find it. A sum that left the numbers has lost nothing.
@inlinable @inline(__always)
package func addKahan(_ value: Double, _ sum: inout Double, _ lost: inout Double) {
    let total = sum + value
    if total.isInfinite {
        lost = 0
    } else {
        let part = total - sum
        lost += (sum - (total - part)) + (value - part)
    }
    sum = total
}

/// The same where the sum is known to stay finite.
@inlinable @inline(__always)
package func addFinite(_ value: Double, _ sum: inout Double, _ lost: inout Double) {
    let total = sum + value
    let part = total - sum
    lost += (sum - (total - part)) + (value - part)
    sum = total
}
