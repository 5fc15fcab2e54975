/// A place in a text; line and column count from 1, columns in characters.
package struct SourcePosition: Hashable, Sendable {
    package var line: Int
    package var column: Int
    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }
}

/// What the user reads when something is wrong: where, what, and what to do.
package struct Diagnostic: Error, Hashable, Sendable, CustomStringConvertible {
    /// A file, URL or option; empty where that goes without saying.
    package var source: String
    package var position: SourcePosition?
    /// One sentence: what is wrong and what to do.
    package var message: String
    package init(source: String = "", position: SourcePosition? = nil, message: String) {
        self.source = source
        self.position = position
        self.message = message
    }
    /// `shop.yaml:14:5: unknown key "scrap_configs"; did you mean "scrape_configs"?`, one line that no terminal obeys: what it quotes may hold anything.
    package var description: String {
        var place = source
        if let position { place += "\(place.isEmpty ? "" : ":")\(position.line):\(position.column)" }
        return escapingControls(place.isEmpty ? message : "\(place): \(message)")
    }
}

/// With `\u{1b}` for controls and for what changes the direction or the line of text, but for those in `keeping`.
package func escapingControls(_ text: String, keeping kept: Set<Unicode.Scalar> = []) -> String {
    text.unicodeScalars.reduce(into: "") { safe, scalar in
        switch scalar.properties.generalCategory {
        case _ where kept.contains(scalar): safe.unicodeScalars.append(scalar)
        case .control, .format, .lineSeparator, .paragraphSeparator: safe += "\\u{" + String(scalar.value, radix: 16) + "}"
        default: safe.unicodeScalars.append(scalar)
        }
    }
}

/// The word of `candidates` nearest to `word` by edits (insert, delete, replace, swap neighbours), if it is near: at most a third of its length away.
package func nearest(to word: String, among candidates: some Sequence<String>) -> String? {
    let wanted = Array(word.lowercased())
    guard !wanted.isEmpty, wanted.count <= 64 else { return nil }
    var best: (distance: Int, word: String)?
    for candidate in candidates {
        let distance = editDistance(wanted, Array(candidate.lowercased()))
        if distance <= max(1, max(wanted.count, candidate.count) / 3), distance < best?.distance ?? .max { best = (distance, candidate) }
    }
    return best?.word
}

/// Optimal string alignment: edits between `a` and `b`, each part of a word edited once.
private func editDistance(_ a: [Character], _ b: [Character]) -> Int {
    guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
    var rows = [[Int]](repeating: [Int](repeating: 0, count: b.count + 1), count: a.count + 1)
    for i in 0...a.count { rows[i][0] = i }
    for j in 0...b.count { rows[0][j] = j }
    for i in 1...a.count {
        for j in 1...b.count {
            let replaced = rows[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
            rows[i][j] = min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, replaced)
            if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { rows[i][j] = min(rows[i][j], rows[i - 2][j - 2] + 1) }
        }
    }
    return rows[a.count][b.count]
}
