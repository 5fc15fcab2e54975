extension Frame {
    /// A picture of the frame in a terminal window, in cells of `SVGCanvas.cell` units.
    ///
    /// Text stands in runs whose length is given, so that no font makes columns drift; lines, blocks and braille are shapes, so that they join.
    package func svg(theme: Theme, title: String? = nil) -> String {
        var canvas = SVGCanvas(frame: self, theme: theme, title: title)
        return canvas.draw()
    }
}

/// The picture while it is drawn.
struct SVGCanvas {
    /// One cell in user units.
    static let cell = (width: 8.4, height: 18.0)
    private static let padding = 12.0
    private static let fontSize = 14.0

    private let frame: Frame
    private let theme: Theme
    private let title: String?
    private var out = ""
    private let originX = SVGCanvas.padding
    private let originY: Double

    init(frame: Frame, theme: Theme, title: String?) {
        self.frame = frame
        self.theme = theme
        self.title = title
        originY = title == nil ? Self.padding : 38
    }

    mutating func draw() -> String {
        let width = Double(frame.size.columns) * Self.cell.width + 2 * Self.padding
        let height = Double(frame.size.rows) * Self.cell.height + originY + Self.padding
        out.reserveCapacity(frame.cells.count * 24)
        out += "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(number(width)) \(number(height))\" "
        out += "width=\"\(number(width))\" height=\"\(number(height))\" font-size=\"\(number(Self.fontSize))\" "
        out += "font-family=\"'DejaVu Sans Mono', 'JetBrains Mono', Menlo, Consolas, monospace\">\n"
        let ground = screenBackground
        out += "<rect width=\"100%\" height=\"100%\" rx=\"\(title == nil ? 6 : 9)\" fill=\"\(ground)\"/>\n"
        drawTitle(width, ground)
        for row in 0..<frame.size.rows { drawBackgrounds(row, ground) }
        for row in 0..<frame.size.rows { drawTexts(row) }
        out += "</svg>\n"
        return out
    }

    private mutating func drawTitle(_ width: Double, _ ground: String) {
        guard let title else { return }
        for (index, color) in ["#ff6b60", "#f5bf4f", "#5fc66b"].enumerated() {
            out += "<circle cx=\"\(18 + 18 * index)\" cy=\"18\" r=\"5.5\" fill=\"\(color)\"/>\n"
        }
        let color = hex(theme[.muted].foreground, orElse: theme.assumedForeground)
        out +=
            "<text x=\"\(number(width / 2))\" y=\"22.5\" text-anchor=\"middle\" font-size=\"12.5\" fill=\"\(color)\">\(escaped(title))</text>\n"
    }

    private var screenBackground: String { hex(theme[.screen].background, orElse: theme.assumedBackground) }

    /// Foreground and background as they show, reversal and dimming done.
    private func colors(_ style: Style) -> (foreground: String, background: String?) {
        let foreground = hex(style.foreground, orElse: theme.assumedForeground)
        let background = style.background == .standard ? nil : hex(style.background, orElse: theme.assumedBackground)
        if style.attributes.contains(.reverse) { return (background ?? screenBackground, foreground) }
        return (foreground, background)
    }

    private mutating func drawBackgrounds(_ row: Int, _ ground: String) {
        var start = 0
        while start < frame.size.columns {
            let background = colors(frame[Point(start, row)].style).background
            var end = start + 1
            while end < frame.size.columns, colors(frame[Point(end, row)].style).background == background { end += 1 }
            if let background, background != ground {
                // A hair more, so that no seam shows between rows.
                out +=
                    "<rect x=\"\(number(x(start)))\" y=\"\(number(y(row)))\" width=\"\(number(Double(end - start) * Self.cell.width + 0.2))\" "
                out += "height=\"\(number(Self.cell.height + 0.2))\" fill=\"\(background)\"/>\n"
            }
            start = end
        }
    }

    private mutating func drawTexts(_ row: Int) {
        var column = 0
        while column < frame.size.columns {
            let cell = frame[Point(column, row)]
            let isUnseen =
                cell.isBlank && !cell.style.attributes.contains(.underline)
                || colors(cell.style).background == colors(cell.style).foreground
            if cell.width == 0 || isUnseen {
                column += 1
            } else if let shape = CellShape(cell.scalar) {
                column = drawShapes(shape, column, row)
            } else {
                column = drawRun(column, row)
            }
        }
    }

    /// Equal shapes side by side become one element.
    private mutating func drawShapes(_ shape: CellShape, _ column: Int, _ row: Int) -> Int {
        let style = frame[Point(column, row)].style
        var path = ""
        var stroke = ""
        var end = column
        while end < frame.size.columns, frame[Point(end, row)].style == style, let next = CellShape(frame[Point(end, row)].scalar) {
            next.add(to: &path, &stroke, x: x(end), y: y(row), width: Self.cell.width, height: Self.cell.height)
            end += 1
        }
        let color = colors(style).foreground
        let opacity = style.attributes.contains(.dim) ? " opacity=\"0.6\"" : ""
        let weight = style.attributes.contains(.bold) ? 1.9 : 1.3
        if !path.isEmpty { out += "<path d=\"\(path)\" fill=\"\(color)\"\(opacity)/>\n" }
        if !stroke.isEmpty {
            out += "<path d=\"\(stroke)\" fill=\"none\" stroke=\"\(color)\" stroke-width=\"\(number(weight))\"\(opacity)/>\n"
        }
        return end
    }

    /// A run of one look, with single blanks inside; each run has its exact length.
    private mutating func drawRun(_ column: Int, _ row: Int) -> Int {
        let style = frame[Point(column, row)].style
        var scalars = "".unicodeScalars
        var end = column
        while end < frame.size.columns {
            let cell = frame[Point(end, row)]
            if cell.width != 0 {
                guard cell.style == style, CellShape(cell.scalar) == nil else { break }
                // Two blanks end a run: what follows has its own place.
                if cell.isBlank, end + 1 < frame.size.columns, frame[Point(end + 1, row)].isBlank, frame[Point(end + 1, row)].width != 0 {
                    break
                }
                cell.append(to: &scalars)
                // Fonts differ on the width of pictures and signs: each stands alone.
                if cell.scalar.value > 0x24f {
                    if end > column {
                        scalars.removeLast(1 + (cell.firstMark == nil ? 0 : 1) + (cell.secondMark == nil ? 0 : 1))
                    } else {
                        end += Int(max(cell.width, 1))
                    }
                    break
                }
            }
            end += 1
        }
        let columns = end - column
        guard columns > 0 else { return column + 1 }
        var attributes = ""
        if style.attributes.contains(.bold) { attributes += " font-weight=\"bold\"" }
        if style.attributes.contains(.italic) { attributes += " font-style=\"italic\"" }
        if style.attributes.contains(.underline) { attributes += " text-decoration=\"underline\"" }
        if style.attributes.contains(.dim) { attributes += " opacity=\"0.6\"" }
        out +=
            "<text x=\"\(number(x(column)))\" y=\"\(number(y(row) + 13.4))\" textLength=\"\(number(Double(columns) * Self.cell.width))\" "
        out +=
            "lengthAdjust=\"spacingAndGlyphs\" xml:space=\"preserve\" fill=\"\(colors(style).foreground)\"\(attributes)>\(escaped(String(scalars)))</text>\n"
        return end
    }

    private func x(_ column: Int) -> Double { originX + Double(column) * Self.cell.width }
    private func y(_ row: Int) -> Double { originY + Double(row) * Self.cell.height }

    private func hex(_ color: Color, orElse other: Color) -> String {
        let value: UInt32
        switch (color == .standard ? other : color).kind {
        case .standard: value = 0x808080
        case .indexed(let index): value = paletteValue(index)
        case .rgb(let red, let green, let blue): value = UInt32(red) << 16 | UInt32(green) << 8 | UInt32(blue)
        }
        let digits = String(value, radix: 16)
        return "#" + String(repeating: "0", count: 6 - digits.count) + digits
    }

    private func escaped(_ text: String) -> String {
        var safe = ""
        for character in text {
            switch character {
            case "&": safe += "&amp;"
            case "<": safe += "&lt;"
            case ">": safe += "&gt;"
            default: safe.append(character)
            }
        }
        return safe
    }
}

/// At most two digits after the point, none where they are zero.
func number(_ value: Double) -> String {
    let text = Quantity.fixed(value, 2)
    guard let point = text.firstIndex(of: ".") else { return text }
    var end = text.endIndex
    while text.index(before: end) > point, text[text.index(before: end)] == "0" { end = text.index(before: end) }
    if text.index(before: end) == point { end = point }
    return String(text[..<end])
}
