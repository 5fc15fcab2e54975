import Store
import Telemetry
import Testing

@testable import Insight

@Suite struct LogInsightTests {
    private func shape(_ text: String) -> String {
        var out: [UInt8] = []
        var copy = Array(text.utf8)
        copy.withUnsafeMutableBufferPointer { LineShape.write(UnsafeBufferPointer($0), into: &out) }
        return String(decoding: out, as: UTF8.self)
    }

    @Test func masksWhatDiffers() {
        #expect(shape("POST /inventory/17/reserve answered 503") == "POST /inventory/<_>/reserve answered <_>")
        #expect(shape("user 'eve' took 12.5ms: id=4bf92f35-77b3") == "user <_> took <_>: id=<_>")
        #expect(shape("can't reach   the\tbank.") == "can't reach the bank.")
        #expect(shape("deadbeefdeadbeef at 10.0.0.1:80") == "<_> at <_>")
        #expect(shape("") == "")
        #expect(shape("an open \" quote") == "an open \" quote")
    }

    @Test func countsLinesOfOneShapeTogether() {
        let store = TelemetryStore()
        for number in 0..<20 {
            store.log("GET /cart/\(number) answered 200", service: number % 2 == 0 ? "cart" : "gateway", second: Int64(number))
        }
        store.log("bank gateway timeout", service: "payment", severity: .error, second: 21)
        let patterns = LogPatterns(store.snapshot().logs, over: .seconds(60), at: noon + .seconds(30)).patterns
        #expect(patterns.map(\.text) == ["GET /cart/<_> answered <_>", "bank gateway timeout"])
        #expect(patterns.map(\.count) == [20, 1])
        #expect(patterns[0].services == ["cart", "gateway"])
        #expect(patterns[0].firstSeen == noon.precise && patterns[0].lastSeen == (noon + .seconds(19)).precise)
        #expect(patterns[1].severity == .error)
    }

    @Test func aPlaceOfManyWordsBecomesAVariable() {
        let store = TelemetryStore()
        let names = ["ann", "bob", "cid", "dan", "eve", "fay", "gus", "hal", "ida"]
        for name in names { store.log("login of \(name) refused") }
        store.log("login of nobody")
        let patterns = LogPatterns(store.snapshot().logs, over: .seconds(60), at: noon + .seconds(1)).patterns
        #expect(patterns.map(\.text) == ["login of <_> refused", "login of nobody"])
        #expect(patterns[0].count == 9)
    }

    @Test func countsLevelsByTimeAndLens() {
        let store = TelemetryStore()
        store.log("a", severity: .info, second: 1)
        store.log("b", severity: .error, second: 31)
        store.log("c", service: "b", severity: .unspecified, second: 59)
        let levels = LogLevels(store.snapshot().logs, over: .seconds(60), at: noon + .seconds(60), buckets: 2)
        #expect(levels.counts == [[0, 0, 0, 1, 0, 0, 0], [1, 0, 0, 0, 0, 1, 0]])
        #expect(levels.total == 3 && levels.greatest == 2)
        #expect(
            LogLevels(store.snapshot().logs, lens: Lens(service: "b"), over: .seconds(60), at: noon + .seconds(60), buckets: 2).total == 1)
        #expect(
            LogLevels(store.snapshot().logs, lens: Lens(service: "z"), over: .seconds(60), at: noon + .seconds(60), buckets: 2).total == 0)
        #expect(LogLevels.index(of: Severity(24)) == 6 && LogLevels.index(of: Severity(10)) == 3)
    }
}
