import Telemetry
import Testing

@testable import Runtime

@Suite struct SourceNewsTests {
    private let source = Source(.scrape, "http://a/metrics")
    private func status(_ health: SourceStatus.Health, error: String? = nil, at seconds: Int64 = 0, detail: String = "") -> SourceStatus {
        var status = SourceStatus(source: source, health: health, detail: detail)
        status.interval = .seconds(5)
        if let error { (status.lastError, status.lastErrorTime) = (error, .seconds(seconds)) }
        return status
    }

    @Test func aFailureIsToldOnceAndSoIsItsEnd() {
        var news = SourceNews()
        #expect(news.news(of: [status(.up)], at: .seconds(1)) == [])
        #expect(news.news(of: [status(.down, error: "refused", at: 2)], at: .seconds(2)) == ["scrape http://a/metrics: refused"])
        #expect(news.news(of: [status(.down, error: "refused", at: 7)], at: .seconds(7)) == [])
        #expect(news.news(of: [status(.up, error: "refused", at: 7)], at: .seconds(12)) == ["scrape http://a/metrics: well again"])
        #expect(news.news(of: [status(.up, error: "refused", at: 7)], at: .seconds(17)) == [])
        #expect(news.news(of: [status(.down, error: "refused", at: 22)], at: .seconds(22)) == ["scrape http://a/metrics: refused"])
    }

    @Test func troublesThatGoOnAreToldNowAndThen() {
        var news = SourceNews()
        var count = 0
        for second in 0..<60 {
            count +=
                news.news(of: [status(.up, error: "\(second) spans came a second time", at: Int64(second))], at: .seconds(Int64(second)))
                .count
        }
        #expect((5...7).contains(count), "\(count)")
    }

    @Test func aReceiverTellsThatItListens() {
        var news = SourceNews()
        var status = SourceStatus(source: Source(.zipkin, "127.0.0.1:9411"), health: .up, detail: "listening on 127.0.0.1:9411")
        #expect(news.news(of: [status], at: .seconds(0)) == ["zipkin 127.0.0.1:9411: listening on 127.0.0.1:9411"])
        status.health = .closed
        #expect(news.news(of: [status], at: .seconds(1)) == [])
    }
}
