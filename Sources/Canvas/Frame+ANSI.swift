extension Frame {
    /// The frame as lines with colours by escape sequences, which are written only where the look changes. Each line ends with its
    /// looks put back and a line feed, so that it can be cut, paged or pasted.
    package func ansi(depth: ColorDepth = .full) -> String {
        var text = ""
        text.reserveCapacity(cells.count * 2)
        for row in 0..<size.rows {
            var style = Style.plain
            let cells = self.row(row)
            let end = (cells.lastIndex { !$0.isBlank || $0.marks != 0 || $0.style.isVisibleWhenBlank } ?? cells.startIndex - 1) + 1
            for cell in cells[..<end] where cell.width != 0 {
                let shown = depth.style(cell.style)
                if shown != style {
                    text += selectGraphicRendition(from: style, to: shown)
                    style = shown
                }
                cell.append(to: &text.unicodeScalars)
            }
            text += style == .plain ? "\n" : "\u{1b}[0m\n"
        }
        return text
    }
}

extension Style {
    /// A blank cell in it differs from an empty one.
    var isVisibleWhenBlank: Bool { background != .standard || !attributes.isDisjoint(with: [.reverse, .underline]) }
}

/// The shortest sequence: what is added where nothing has to go, everything anew otherwise.
private func selectGraphicRendition(from old: Style, to new: Style) -> String {
    var codes: [String] = []
    var old = old
    if !new.attributes.isSuperset(of: old.attributes) {
        codes.append("0")
        old = .plain
    }
    let attributes: [(TextAttributes, String)] = [(.bold, "1"), (.dim, "2"), (.italic, "3"), (.underline, "4"), (.reverse, "7")]
    for (attribute, code) in attributes where new.attributes.contains(attribute) && !old.attributes.contains(attribute) {
        codes.append(code)
    }
    if new.foreground != old.foreground { codes.append(colorCode(new.foreground, base: 30)) }
    if new.background != old.background { codes.append(colorCode(new.background, base: 40)) }
    return "\u{1b}[" + codes.joined(separator: ";") + "m"
}

private func colorCode(_ color: Color, base: Int) -> String {
    switch color.kind {
    case .standard: "\(base + 9)"
    case .indexed(let index) where index < 8: "\(base + Int(index))"
    case .indexed(let index) where index < 16: "\(base + 52 + Int(index))"
    case .indexed(let index): "\(base + 8);5;\(index)"
    case .rgb(let red, let green, let blue): "\(base + 8);2;\(red);\(green);\(blue)"
    }
}
