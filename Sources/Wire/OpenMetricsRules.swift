import Telemetry

/// The rules of OpenMetrics 1.0 that bind the lines of a page to each other: names, grouping, order, values, histograms.
///
/// Names and label sets are compared by 64-bit hashes, so that nothing is allocated for a sample.
struct OpenMetricsRules {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var family: OpenMetricsFamily?
    private var names: Set<UInt64> = []
    /// Those of the sample at hand; `term` is what one adds to the sum of its label set.
    private var labels: [(name: Range<Int>, value: Range<Int>, nameHash: UInt64, term: UInt64)] = []

    init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    // MARK: What the parser tells

    mutating func take(_ line: ExpositionParser.MetadataLine, type: MetricType?, line range: Range<Int>) throws(ExpositionError) {
        let offset = range.lowerBound
        if let family, equals(family.name, line.family) {
            guard !family.hasSamples else { throw fail("metadata must stand before the samples of its family", at: offset) }
        } else {
            try closeFamily()
            family = OpenMetricsFamily(name: line.family, start: offset)
        }
        try note(line, type: type, at: offset)
    }

    /// A sample whose text is `series`; `value` and `time` as read.
    mutating func take(_ sample: ExpositionSample) throws(ExpositionError) {
        let offset = sample.series.lowerBound
        var labels = try readLabels(sample.series)
        if family?.suffix(of: labels.name, in: bytes) == nil {
            try closeFamily()
            family = OpenMetricsFamily(name: labels.name, start: offset)
            family?.type = .unknown
        }
        guard var current = family, let suffix = current.suffix(of: labels.name, in: bytes) else { return }
        family = nil  // So that what it holds is changed in place.
        labels.special = special(of: current, suffix: suffix)
        if let clause = current.take(sample, suffix: suffix, labels: labels) { throw fail(clause, at: offset) }
        family = current
    }

    mutating func endOfPage() throws(ExpositionError) { try closeFamily() }

    // MARK: Families

    private mutating func note(_ line: ExpositionParser.MetadataLine, type: MetricType?, at offset: Int) throws(ExpositionError) {
        switch line.keyword {
        case .help:
            if family?.hasHelp == true { throw fail("a family has one HELP line", at: offset) }
            family?.hasHelp = true
        case .type:
            if family?.type != nil { throw fail("a family has one TYPE line", at: offset) }
            family?.type = type
        case .unit:
            if family?.unit != nil { throw fail("a family has one UNIT line", at: offset) }
            family?.unit = line.text
        }
    }

    private mutating func closeFamily() throws(ExpositionError) {
        guard var closing = family else { return }
        family = nil
        if let clause = closing.close(in: bytes) { throw fail(clause, at: closing.start) }
        let base = fingerprint(closing.name)
        var isNew = names.insert(base).inserted
        for suffix in closing.suffixes where suffix != .none {
            if !names.insert(extend(base, suffix.text)).inserted { isNew = false }
        }
        guard isNew else { throw fail("the name of this family clashes with one before it", at: closing.start) }
    }

    // MARK: Labels

    private mutating func readLabels(_ series: Range<Int>) throws(ExpositionError) -> OpenMetricsFamily.Labels {
        var text = ExpositionSeriesText(bytes, range: series, format: .openMetrics, isStrict: true)
        var read = OpenMetricsFamily.Labels()
        labels.removeAll(keepingCapacity: true)
        while let part = try text.next() {
            switch part {
            case .name(let range, _): read.name = range
            case .label(let name, _, let value, _):
                let nameHash = hash(name)
                for earlier in labels where earlier.nameHash == nameHash {
                    throw ExpositionText.error(.duplicateLabel(ExpositionText.string(bytes, name)), at: name.lowerBound, in: bytes)
                }
                let term = ExpositionHash.mix(nameHash ^ 0x9e37_79b9_7f4a_7c15, hash(value) | 1)
                labels.append((name, value, nameHash, term))
                read.sum &+= term
            }
        }
        return read
    }

    /// The label that tells samples of one label set apart: `le`, `quantile`, or that of a state set.
    private func special(of family: OpenMetricsFamily, suffix: OpenMetricsFamily.Suffix) -> OpenMetricsFamily.SpecialLabel? {
        let isBucket = suffix == .bucket
        let isQuantile = family.type == .summary && suffix == .none
        guard isBucket || isQuantile || family.type == .stateset else { return nil }
        for label in labels {
            let isWanted =
                isBucket ? spells(label.name, "le") : isQuantile ? spells(label.name, "quantile") : equals(label.name, family.name)
            if isWanted { return OpenMetricsFamily.SpecialLabel(term: label.term, number: number(label.value)) }
        }
        return nil
    }

    private func number(_ range: Range<Int>) -> Double? {
        guard let read = DecimalReader.read(bytes, from: range.lowerBound), read.end == range.upperBound, !read.value.isNaN else {
            return nil
        }
        return read.value
    }

    // MARK: Leaves

    private func equals(_ a: Range<Int>, _ b: Range<Int>) -> Bool {
        guard a.count == b.count, let page = bytes.baseAddress else { return false }
        return BytesEqual.compare(page + a.lowerBound, page + b.lowerBound, a.count)
    }
    private func spells(_ range: Range<Int>, _ word: StaticString) -> Bool {
        guard range.count == word.utf8CodeUnitCount, let page = bytes.baseAddress else { return false }
        return BytesEqual.compare(page + range.lowerBound, word.utf8Start, range.count)
    }
    private func hash(_ range: Range<Int>) -> UInt64 { ExpositionHash.hash(UnsafeBufferPointer(rebasing: bytes[range])) }
    /// Byte by byte (FNV-1a), so that a suffix can be added.
    private func fingerprint(_ range: Range<Int>) -> UInt64 {
        range.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64(bytes[$1])) &* 0x100_0000_01b3 }
    }
    private func extend(_ hash: UInt64, _ suffix: String) -> UInt64 {
        suffix.utf8.reduce(hash) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
    private func fail(_ clause: String, at offset: Int) -> ExpositionError { ExpositionText.error(.rule(clause), at: offset, in: bytes) }
}

extension ExpositionParser {
    /// Everything that strict mode asks of a sample beyond its line's syntax.
    mutating func check(_ sample: ExpositionSample) throws(ExpositionError) {
        try rules?.take(sample)
        guard let range = sample.exemplar else { return }
        let exemplar = try exemplar(of: range, at: Timestamp(milliseconds: 0))
        let length = exemplar.labels.labels.reduce(0) { $0 + $1.name.unicodeScalars.count + $1.value.unicodeScalars.count }
        guard length <= ExpositionLimits.exemplarCharacters else {
            throw fail(.exemplar("its labels have more than \(ExpositionLimits.exemplarCharacters) characters"), at: range.lowerBound)
        }
    }
}
