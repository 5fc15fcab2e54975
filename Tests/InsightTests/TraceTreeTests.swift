import Store
import Telemetry
import TestKit
import Testing

@testable import Insight

@Suite struct TraceTreeTests {
    @Test func showsChildrenBelowTheirParentsInStartOrder() {
        let tree = tree([
            Sketch(id: 1, name: "root", from: 0, to: 100), Sketch(id: 3, parent: 1, name: "late", from: 50, to: 60),
            Sketch(id: 2, parent: 1, name: "early", from: 10, to: 40), Sketch(id: 4, parent: 2, name: "deep", from: 20, to: 30),
        ])
        let rows = tree.rows()
        #expect(rows.map { tree.spans[$0.span].spanID.value } == [1, 2, 4, 3])
        #expect(rows.map(\.depth) == [0, 1, 2, 1])
        #expect(rows.map(\.isLast) == [true, false, true, true])
        #expect(rows.map(\.guides) == [0, 0b10, 0b10, 0])
        #expect(tree.warnings.isEmpty)
    }

    @Test func foldHidesAllBelowAndCountsIt() {
        let tree = tree([
            Sketch(id: 1, from: 0, to: 100), Sketch(id: 2, parent: 1, from: 10, to: 40), Sketch(id: 4, parent: 2, from: 20, to: 30),
            Sketch(id: 3, parent: 1, from: 50, to: 60),
        ])
        let folded = tree.spans.first { $0.spanID.value == 2 }.map { $0.ref }
        let rows = tree.rows(folded: Set([folded].compactMap { $0 }))
        #expect(rows.map { tree.spans[$0.span].spanID.value } == [1, 2, 3])
        #expect(rows[1].isFolded && rows[1].hiddenCount == 1)
    }

    @Test func orphanBecomesARootAndSaysWhy() {
        let tree = tree([Sketch(id: 1, from: 0, to: 10), Sketch(id: 2, parent: 99, from: 5, to: 8)])
        #expect(tree.roots == [0, 1])
        #expect(tree.warnings == [.missingParent(span: 1, SpanID(99))])
        #expect(tree.warnings[0].sentence.contains("0000000000000063"))
    }

    @Test func circlesAreCutAboveTheEarliest() {
        let tree = tree([
            Sketch(id: 1, parent: 3, from: 5, to: 10), Sketch(id: 2, parent: 1, from: 1, to: 10), Sketch(id: 3, parent: 2, from: 3, to: 10),
            Sketch(id: 4, parent: 4, from: 7, to: 8), Sketch(id: 5, parent: 1, from: 9, to: 10),
        ])
        #expect(tree.rows().map { tree.spans[$0.span].spanID.value } == [2, 3, 1, 5, 4])
        #expect(tree.warnings.contains(.circle(span: 0, length: 3)))
        #expect(tree.warnings.contains { if case .circle(_, 1) = $0 { true } else { false } })
    }

    @Test func serverHalfOfASharedIDHangsBelowTheClientAndTakesItsOwnChildren() {
        let tree = tree([
            Sketch(id: 1, service: "a", kind: .server, from: 0, to: 100),
            Sketch(id: 2, parent: 1, service: "a", kind: .client, from: 10, to: 60),
            Sketch(id: 2, parent: 1, service: "b", kind: .server, from: 15, to: 50, isShared: true),
            Sketch(id: 3, parent: 2, service: "b", from: 20, to: 30),
        ])
        #expect(tree.rows().map(\.depth) == [0, 1, 2, 3])
        #expect(tree.parent(of: 3) == 2)
    }

    @Test func sharedHalfWithoutItsClientHangsBelowTheClientsParent() {
        let tree = tree([
            Sketch(id: 1, service: "a", kind: .server, from: 0, to: 100),
            Sketch(id: 2, parent: 1, service: "b", kind: .server, from: 15, to: 50, isShared: true),
        ])
        #expect(tree.parent(of: 1) == 0)
    }

    @Test func repeatedIDsKeepAllSpans() {
        let spans = tree([Sketch(id: 1, from: 0, to: 10), Sketch(id: 2, parent: 1, from: 1, to: 4)]).spans
        var copy = spans[1]
        copy.start = copy.start + .milliseconds(3)
        let tree = TraceTree(spans + [copy])
        #expect(tree.rows().count == 3)
        #expect(tree.warnings == [.repeatedID(span: 2, SpanID(2))])
    }

    @Test func selfTimeIsWhatNoChildCovers() {
        let tree = tree([
            Sketch(id: 1, from: 10, to: 110), Sketch(id: 2, parent: 1, from: 0, to: 30), Sketch(id: 3, parent: 1, from: 20, to: 40),
            Sketch(id: 4, parent: 1, from: 100, to: 200),
        ])
        let root = tree.index(of: SpanID(1)) ?? 0
        #expect(tree.selfTimes()[root] == .milliseconds(60))
    }

    @Test(arguments: 0..<60) func anyParentsGiveATreeOfAllSpans(seed: Int) {
        var random = Seeded(UInt64(seed))
        let count = Int.random(in: 1...40, using: &random)
        let tree = tree(randomSpans(count, &random))
        #expect(tree.order.sorted() == Array(0..<tree.spans.count), "seed \(seed)")
        for span in tree.order {
            guard let parent = tree.parent(of: span) else { continue }
            #expect(tree.position(of: parent) < tree.position(of: span), "seed \(seed)")
            #expect(tree.depth(of: span) == tree.depth(of: parent) + 1, "seed \(seed)")
            #expect(tree.subtree(of: parent).contains(tree.position(of: span)), "seed \(seed)")
        }
        #expect(tree.selfTimes().allSatisfy { $0 >= .zero })
    }

    @Test func aChainOfTwentyThousandIsNoRecursion() {
        let sketches = (1...20_000).map { Sketch(id: UInt64($0), parent: UInt64($0 - 1), from: Int64($0), to: 50_000) }
        let tree = tree(sketches)
        #expect(tree.rows().last?.depth == 19_999)
        #expect(CriticalPath(tree).total == tree.duration)
    }
}

/// Spans with parents, kinds and times as they come; ids may repeat and parents may be missing or form circles.
func randomSpans(_ count: Int, _ random: inout Seeded) -> [Sketch] {
    (1...count).map { number in
        let from = Int64.random(in: 0...50, using: &random)
        let kind = SpanKind(rawValue: UInt8.random(in: 0...5, using: &random)) ?? .internal
        return Sketch(
            id: UInt64(Int.random(in: 1...10, using: &random) > 1 ? number : max(1, number - 1)),
            parent: UInt64.random(in: 0...UInt64(count + 1), using: &random), service: ["a", "b", "c"][number % 3], kind: kind, from: from,
            to: from + Int64.random(in: 0...40, using: &random), isShared: kind == .server && number % 4 == 0)
    }
}
