import Telemetry
import TestKit
import Testing

@testable import Store

@Suite struct LabelIndexTests {
    private static let names = ["__name__", "job", "zone", "code", "pod"]
    private static let values = ["", "a", "b", "ab", "abc", "é", "x.y"]

    private func randomLabels(_ random: inout Seeded) -> LabelSet {
        LabelSet(
            Self.names.map { name in
                let wide = name == "pod" ? "pod-\(Int.random(in: 0..<40, using: &random))" : nil
                return Label(name, wide ?? Self.values.randomElement(using: &random) ?? "")
            })
    }
    private func randomMatcher(_ random: inout Seeded) -> LabelMatcher {
        let operations: [LabelMatcher.Operation] = [.equal, .notEqual, .matches, .doesNotMatch]
        let operation = operations.randomElement(using: &random) ?? .equal
        let texts =
            operation == .equal || operation == .notEqual
            ? Self.values + ["none", "pod-3"] : ["", "a", "a|b", "a.*", ".*", ".+", "|a", "pod-1.|x", "x\\.y", "[ab]+", "pod-(1|2)"]
        return LabelMatcher(
            (Self.names + ["absent"]).randomElement(using: &random) ?? "job", operation, texts.randomElement(using: &random) ?? "")
    }
    private func accepts(_ labels: LabelSet, _ matcher: LabelMatcher) throws -> Bool {
        let value = labels[matcher.name] ?? ""
        switch matcher.operation {
        case .equal: return value == matcher.value
        case .notEqual: return value != matcher.value
        case .matches: return try value.wholeMatch(of: Regex(matcher.value)) != nil
        case .doesNotMatch: return try value.wholeMatch(of: Regex(matcher.value)) == nil
        }
    }

    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func answersAsAPlainListAtEveryStep(seed: UInt64) throws {
        var random = Seeded(seed)
        var index = LabelIndex()
        var model: [UInt32: LabelSet] = [:]
        var ids: Set<UInt32> = []
        for step in 0..<60 {
            for _ in 0..<30 {
                let labels = randomLabels(&random)
                let known = model.first { $0.value == labels }?.key
                guard let answer = index.resolve(with: labels, at: 0, mayAdd: true) else {
                    Issue.record("no series")
                    continue
                }
                #expect(answer.isNew == (known == nil) && (known ?? answer.id) == answer.id, "seed \(seed) step \(step)")
                #expect(!answer.isNew || ids.insert(answer.id).inserted, "an id is never given twice")
                model[answer.id] = labels
            }
            let copy = index
            let before = model
            if step % 3 == 2 {
                let gone = model.keys.sorted().filter { _ in Int.random(in: 0..<3, using: &random) > 0 }
                index.remove(gone)
                for id in gone { model[id] = nil }
            }
            for (index, model) in [(index, model), (copy, before)] {
                let matchers = (0..<Int.random(in: 1...3, using: &random)).map { _ in randomMatcher(&random) }
                let wanted = try model.filter { entry in try matchers.allSatisfy { try accepts(entry.value, $0) } }.keys.sorted()
                #expect(try index.select(matchers) { _ in true } == wanted, "seed \(seed) step \(step) \(matchers)")
            }
            #expect(index.series.count == model.count)
        }
        // What nothing uses takes no place.
        index.remove(model.keys.sorted())
        #expect(index.series.count == 0 && index.pairs.count == 0 && index.names.isEmpty && index.symbols.count == 1)
    }

    /// Half of the labels of each series come as a text, in another order and at other places each time.
    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func aTextFindsTheSeriesOfItsLabels(seed: UInt64) {
        var random = Seeded(seed)
        var index = LabelIndex()
        for step in 0..<600 {
            let labels = randomLabels(&random).labels.shuffled(using: &random)
            let cut = Int.random(in: 0...labels.count, using: &random)
            let rest = LabelSet(Array(labels[cut...]))
            var bytes: [UInt8] = []
            let spans = labels[..<cut].compactMap { label in
                let (start, isMetric) = (bytes.count, label.name == LabelSet.nameLabel)
                if !isMetric { bytes += label.name.utf8 }
                let middle = bytes.count
                bytes += label.value.utf8
                return LabelText.Span(name: start..<middle, value: middle..<bytes.count)
            }
            bytes.withUnsafeBufferPointer { bytes in
                let found = index.resolve(LabelText(bytes, spans[...]), with: rest, at: 0, mayAdd: true)
                let known = index.resolve(with: LabelSet(labels), at: 0, mayAdd: false)
                #expect(found != nil && found?.id == known?.id, "seed \(seed) step \(step)")
            }
            if step % 100 == 99 { index.remove((0..<UInt32(step)).filter { _ in Bool.random(using: &random) }) }
        }
    }

    @Test func refusesToMakeWhatItMayNot() {
        var index = LabelIndex()
        let labels = LabelSet([Label("a", "b")])
        let refused = index.resolve(with: labels, at: 0, mayAdd: false)
        #expect(refused == nil && index.symbols.count == 1)
        let made = index.resolve(with: labels, at: 0, mayAdd: true)
        let again = index.resolve(with: labels, at: 0, mayAdd: false)
        #expect(made?.isNew == true && again?.isNew == false && made?.id == again?.id)
        let empty = (0..<2).map { _ in index.resolve(with: LabelSet([]), at: 0, mayAdd: true)?.isNew }
        #expect(empty == [true, false])
    }
}
