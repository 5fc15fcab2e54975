import Telemetry

extension ExpositionParser {
    /// Name and labels of a series, checked: the name under `__name__`, labels without a value left out.
    package func labels(of series: Range<Int>) throws(ExpositionError) -> LabelSet {
        var text = ExpositionSeriesText(bytes, range: series, format: format, isStrict: isStrict)
        return LabelSet(sorted: try collect(&text, at: series.lowerBound))
    }

    /// Puts the places of name and labels of a series behind `spans`, checked and in order as in `labels(of:)`. False, and nothing put there, where a
    /// name is quoted or a value has escapes: those are no text to be used as it stands.
    package func appendLabels(of series: Range<Int>, to spans: inout [LabelText.Span]) throws(ExpositionError) -> Bool {
        var text = ExpositionSeriesText(bytes, range: series, format: format, isStrict: isStrict)
        let start = spans.count
        var isPlain = true
        while let part = try text.next() {
            let span: LabelText.Span?
            switch part {
            case .name(let range, let isQuoted): span = isQuoted ? nil : LabelText.Span(name: 0..<0, value: range)
            case .label(let name, let isQuoted, let value, let hasEscapes):
                span = isQuoted || hasEscapes ? nil : LabelText.Span(name: name, value: value)
            }
            guard isPlain, let span else {
                isPlain = false
                continue
            }
            spans.append(span)
            guard LabelText.settleLast(of: &spans, from: start, in: bytes) else {
                throw fail(.duplicateLabel(String(decoding: LabelText.name(span, in: bytes), as: UTF8.self)), at: series.lowerBound)
            }
        }
        if isPlain { LabelText.dropEmpty(&spans, from: start) } else { spans.removeSubrange(start...) }
        return isPlain
    }

    /// Reads an exemplar that a sample has; it is of `time` where it names no other.
    package func exemplar(of range: Range<Int>, at time: Timestamp) throws(ExpositionError) -> Exemplar {
        let labelsEnd = try exemplarLabelsEnd(range)
        var text = ExpositionSeriesText(bytes, range: range.lowerBound..<labelsEnd, format: format, isStrict: isStrict, isNamed: true)
        var exemplar = Exemplar(labels: LabelSet(sorted: try collect(&text, at: range.lowerBound)), value: 0, time: time)
        var i = try blank(at: labelsEnd, before: "the value", in: range)
        guard i < range.upperBound, let number = DecimalReader.read(bytes, from: i, isStrict: isStrict) else {
            throw fail(.exemplar("it has no value that is a number"), at: i)
        }
        exemplar.value = number.value
        i = number.end
        if isStrict ? i < range.upperBound : !isLineEnd(blanksSkipped(i)) {
            i = try blank(at: i, before: "the timestamp", in: range)
            guard i < range.upperBound, let seconds = DecimalReader.read(bytes, from: i, isStrict: isStrict), seconds.value.isFinite else {
                throw fail(.exemplar("its timestamp is no number of seconds"), at: i)
            }
            exemplar.time = ExpositionParser.timestamp(seconds: seconds.value)
            i = isStrict ? seconds.end : blanksSkipped(seconds.end)
            guard i >= range.upperBound else { throw fail(.exemplar("something stands behind it"), at: i) }
        }
        return exemplar
    }

    /// At `#` behind a value: the range from `{` to the end of the line, `i` moved there.
    func exemplarRange(_ i: inout Int) throws(ExpositionError) -> Range<Int> {
        let hash = i
        if isStrict, bytes[hash - 1] != PageByte.space || (hash >= 2 && bytes[hash - 2] == PageByte.space) {
            throw fail(.exemplar("exactly one blank must stand before its #"), at: hash)
        }
        i &+= 1
        skipBlanks(&i)
        guard i < bytes.count, bytes[i] == PageByte.openBrace, !isStrict || i == hash + 2 else {
            throw fail(.exemplar("one blank and { must follow its #"), at: i)
        }
        let start = i
        while i < bytes.count, bytes[i] != PageByte.newline { i &+= 1 }
        if !isStrict, bytes[i - 1] == PageByte.return { i &-= 1 }
        return start..<i
    }

    private func collect(_ text: inout ExpositionSeriesText, at start: Int) throws(ExpositionError) -> [Label] {
        var labels: [Label] = []
        labels.reserveCapacity(8)
        var isSorted = true
        while let part = try text.next() {
            var label: Label
            switch part {
            case .name(let range, let isQuoted):
                label = Label(LabelSet.nameLabel, isQuoted ? ExpositionText.unescaped(bytes, range) : ExpositionText.string(bytes, range))
            case .label(let name, let isNameQuoted, let value, let hasEscapes):
                label = Label(
                    isNameQuoted ? ExpositionText.unescaped(bytes, name) : ExpositionText.string(bytes, name),
                    hasEscapes ? ExpositionText.unescaped(bytes, value) : ExpositionText.string(bytes, value))
            }
            if let last = labels.last, last.name >= label.name { isSorted = false }
            labels.append(label)
        }
        if !isSorted {
            labels.sort { $0.name < $1.name }
            for (a, b) in zip(labels, labels.dropFirst()) where a.name == b.name { throw fail(.duplicateLabel(a.name), at: start) }
        }
        labels.removeAll { $0.value.isEmpty }
        return labels
    }

    private func exemplarLabelsEnd(_ range: Range<Int>) throws(ExpositionError) -> Int {
        var isQuoted = false
        var i = range.lowerBound
        while i < range.upperBound {
            if bytes[i] == PageByte.quote {
                isQuoted.toggle()
            } else if isQuoted, bytes[i] == PageByte.backslash {
                i &+= 1
            } else if !isQuoted, bytes[i] == PageByte.closeBrace {
                return i &+ 1
            }
            i &+= 1
        }
        throw fail(.exemplar("its labels do not end"), at: range.lowerBound)
    }

    private func blank(at offset: Int, before what: String, in range: Range<Int>) throws(ExpositionError) -> Int {
        let end = blanksSkipped(offset)
        guard offset < range.upperBound, end > offset || !isStrict, !isStrict || (end == offset + 1 && bytes[offset] == PageByte.space)
        else {
            throw fail(.exemplar("one blank must stand before \(what)"), at: offset)
        }
        return min(end, range.upperBound)
    }

    private func blanksSkipped(_ offset: Int) -> Int {
        var i = offset
        skipBlanks(&i)
        return i
    }
}
