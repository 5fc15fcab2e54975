extension Pattern {
    /// The text with every match replaced by the expanded template, as Go's `ReplaceAllString`; nil where that is more than `limit` bytes.
    package func replacingAll(in text: String, with template: String, limit: Int) -> String? {
        let bytes = Array(text.utf8)
        func part(_ range: Range<Int>) -> Substring { String(decoding: bytes[range], as: UTF8.self)[...] }
        var (out, end) = ("", 0)
        for spans in allCaptures(in: text) {
            guard let whole = spans.first ?? nil else { continue }
            out += part(end..<whole.lowerBound) + expand(template, with: spans.map { $0.map(part) })
            end = whole.upperBound
            if out.utf8.count > limit { return nil }
        }
        return out + part(end..<bytes.count)
    }

    /// The template with its `$1`, `${1}`, `$name` and `${name}` replaced by what the groups hold, as Go's `Regexp.Expand`.
    ///
    /// A name without braces is as long as it can be: `$1x` is `${1x}`. `$$` is one `$`; an unknown group is empty; a `$` that begins
    /// nothing stands for itself. `captures` are those of this pattern.
    package func expand(_ template: String, with captures: [Substring?]) -> String {
        var result = String.UnicodeScalarView()
        var rest = template.unicodeScalars[...]
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            rest = rest[rest.index(after: dollar)...]
            if rest.first == "$" {
                result.append("$")
                rest.removeFirst()
            } else if let name = takeName(from: &rest) {
                result += group(name, of: captures).unicodeScalars
            } else {
                result.append("$")
            }
        }
        result += rest
        return String(result)
    }

    private func group(_ name: String, of captures: [Substring?]) -> Substring {
        if name.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            guard let number = Int(name), captures.indices.contains(number) else { return "" }
            return captures[number] ?? ""
        }
        for (index, known) in groupNames.enumerated() where known == name && captures.indices.contains(index + 1) {
            if let text = captures[index + 1] { return text }
        }
        return ""
    }
}

/// A group's name behind its `$`, in braces or not; nil, and nothing taken, where there is none.
private func takeName(from rest: inout Substring.UnicodeScalarView) -> String? {
    let isBraced = rest.first == "{"
    let body = isBraced ? rest.dropFirst() : rest
    let name = body.prefix { $0 == "_" || isLetterOrDigit($0) }
    var end = name.endIndex
    guard !name.isEmpty else { return nil }
    if isBraced {
        guard end < body.endIndex, body[end] == "}" else { return nil }
        end = body.index(after: end)
    }
    rest = body[end...]
    return String(name)
}

private func isLetterOrDigit(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber: true
    default: false
    }
}
