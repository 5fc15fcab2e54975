import Store
import Telemetry
import TestKit
import Testing

@testable import Insight

@Suite struct CriticalPathTests {
    /// As `id from-to`, in milliseconds.
    private func path(_ sketches: [Sketch]) -> [String] {
        let tree = tree(sketches)
        return CriticalPath(tree).sections.map { section in
            let from = (section.start - noon.precise).nanoseconds / 1_000_000
            return "\(tree.spans[section.span].spanID.value) \(from)-\((section.end - noon.precise).nanoseconds / 1_000_000)"
        }
    }

    @Test func followsTheChildThatEndedLast() {
        #expect(
            path([
                Sketch(id: 1, from: 0, to: 100), Sketch(id: 2, parent: 1, from: 10, to: 40), Sketch(id: 3, parent: 1, from: 20, to: 90),
                Sketch(id: 4, parent: 3, from: 30, to: 80),
            ]) == ["1 0-20", "3 20-30", "4 30-80", "3 80-90", "1 90-100"])
    }

    @Test func callsBackToBackAreBothOnThePath() {
        #expect(
            path([Sketch(id: 1, from: 0, to: 20), Sketch(id: 2, parent: 1, from: 0, to: 10), Sketch(id: 3, parent: 1, from: 10, to: 20)])
                == [
                    "2 0-10", "3 10-20",
                ])
    }

    @Test func emptySpansNeitherLoopNorShow() {
        #expect(
            path([
                Sketch(id: 1, from: 0, to: 20), Sketch(id: 2, parent: 1, from: 10, to: 10), Sketch(id: 3, parent: 1, from: 10, to: 10),
                Sketch(id: 4, parent: 1, from: 5, to: 10),
            ]) == ["1 0-5", "4 5-10", "1 10-20"])
    }

    @Test func childrenAreCutToTheirParents() {
        #expect(
            path([
                Sketch(id: 1, from: 10, to: 20), Sketch(id: 2, parent: 1, from: 0, to: 15), Sketch(id: 3, parent: 1, from: 18, to: 40),
                Sketch(id: 4, parent: 1, from: 20, to: 30),
            ]) == ["2 10-15", "1 15-18", "3 18-20"])
    }

    @Test func consumersDoNotHoldUpTheirProducers() {
        #expect(
            path([
                Sketch(id: 1, kind: .producer, from: 0, to: 20), Sketch(id: 2, parent: 1, kind: .consumer, from: 5, to: 15),
                Sketch(id: 3, parent: 2, from: 6, to: 14),
            ]) == ["1 0-20"])
    }

    @Test func sharesSumUpToOne() {
        let tree = tree(order())
        let path = CriticalPath(tree)
        let sum = path.shares(by: tree).reduce(0) { $0 + $1.share }
        #expect(abs(sum - 1) < 1e-9)
        #expect(path.shares(by: tree).count == 3)
    }

    @Test func aFoldedRowShowsTheJoinedSectionsOfItsSubtree() {
        let tree = tree([
            Sketch(id: 1, from: 0, to: 100), Sketch(id: 2, parent: 1, from: 10, to: 90), Sketch(id: 3, parent: 2, from: 30, to: 50),
        ])
        let joined = CriticalPath(tree).sections(under: 1, of: tree)
        #expect(joined.count == 1 && joined[0].duration == .milliseconds(80))
    }

    @Test(arguments: 0..<120) func sectionsTileEachRootExactly(seed: Int) {
        var random = Seeded(UInt64(seed))
        let tree = tree(randomSpans(Int.random(in: 1...30, using: &random), &random))
        let path = CriticalPath(tree)
        var rest = path.sections[...]
        for root in tree.roots where tree.spans[root].duration > .zero {
            var reached = tree.spans[root].start
            while reached < tree.spans[root].end, let section = rest.popFirst() {
                #expect(section.start == reached && section.end > section.start, "seed \(seed)")
                reached = section.end
            }
            #expect(reached == tree.spans[root].end, "seed \(seed)")
        }
        #expect(rest.isEmpty, "seed \(seed)")
    }
}
