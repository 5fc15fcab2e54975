import Canvas

/// A key with what it does: dispatch, the bottom line, `?`, the palette and the manual are all made from these.
package struct KeyBinding: Hashable, Sendable {
    package var keys: [Key]
    /// What the palette and `keys:` in the configuration call it, such as `next-error`.
    package var name: String
    /// A few words, such as "next error".
    package var help: String
    package var action: Action
    /// Where it stands in the bottom line, lowest first; nil keeps it out of there.
    package var rank: Int?
    /// A word or two for the bottom line, where `help` is too long for it.
    package var hint: String
    package init(_ keys: [Key], _ name: String, _ help: String, _ action: Action, rank: Int? = nil, hint: String? = nil) {
        self.keys = keys
        self.name = name
        self.help = help
        self.action = action
        self.rank = rank
        self.hint = hint ?? help
    }
}
