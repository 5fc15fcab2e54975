import Telemetry
import Testing

@testable import Notify

struct TimeWindowTests {
    @Test func countsDaysFromTheEnd() throws {
        var window = TimeWindow()
        window.daysOfMonth = [-1 ... -1]
        #expect(window.contains(try #require(Timestamp(rfc3339: "2024-02-29T12:00:00Z"))))
        #expect(!window.contains(try #require(Timestamp(rfc3339: "2024-02-28T12:00:00Z"))))
    }
}
