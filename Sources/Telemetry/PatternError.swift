/// Why a regular expression was refused.
package struct PatternError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One clause, such as "missing closing )".
    package var detail: String
    /// Where, as a byte offset into the pattern.
    package var offset: Int
    /// The part of the pattern that is wrong; the whole of it where that is all that can be said.
    package var fragment: String
    package init(detail: String, offset: Int, fragment: String = "") {
        self.detail = detail
        self.offset = offset
        self.fragment = fragment
    }
    package var description: String { "\(detail) at byte \(offset) of the pattern" }
    /// The sentence that Prometheus has for it.
    package var prometheusText: String { "error parsing regexp: \(detail)" + (fragment.isEmpty ? "" : ": `\(fragment)`") }
}
