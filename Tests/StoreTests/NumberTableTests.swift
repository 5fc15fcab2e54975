import TestKit
import Testing

@testable import Store

@Suite struct NumberTableTests {
    /// Hashes of few bits, so that places and hashes collide all the time.
    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func findsWhatADictionaryFinds(seed: UInt64) {
        var random = Seeded(seed)
        var table = NumberTable()
        var model: [UInt32: UInt64] = [:]
        var next: UInt32 = 0
        for step in 0..<4000 {
            let hash = UInt64.random(in: 0..<24, using: &random) << (seed % 2 == 0 ? 32 : 36) | UInt64.random(in: 0..<2, using: &random)
            switch Int.random(in: 0..<(step < 2000 ? 3 : 6), using: &random) {
            case 0...1:
                table.insert(next, hash)
                model[next] = hash
                next += 1
            case 2: table.remove(next &+ 7, hash)
            default:
                guard let gone = model.keys.sorted().randomElement(using: &random) else { continue }
                table.remove(gone, model.removeValue(forKey: gone) ?? 0)
            }
            #expect(table.count == model.count)
            guard let wanted = model.keys.sorted().randomElement(using: &random) else { continue }
            #expect(table.find(model[wanted] ?? 0) { $0 == wanted } == wanted, "seed \(seed) step \(step)")
            #expect(table.find(hash) { model[$0] == nil } == nil, "what went is not asked about")
        }
        for (number, hash) in model { table.remove(number, hash) }
        #expect(table.count == 0 && table.find(0) { _ in true } == nil)
    }
}
