import NIOCore
import Telemetry

/// When a connection has had time enough: told of bytes and requests, it says until when to wait.
struct RequestPace {
    private let idle: TimeAmount
    private let request: TimeAmount
    private var lastBytes = NIODeadline.now()
    private var requestBegan: NIODeadline?
    private var lingersUntil: NIODeadline?
    /// Of the request's line and headers, as far as they came.
    var headBytes = 0

    init(idle: TimeSpan, request: TimeSpan) {
        self.idle = .nanoseconds(max(1, idle.nanoseconds))
        self.request = .nanoseconds(max(1, request.nanoseconds))
    }

    mutating func touched(at now: NIODeadline) { lastBytes = now }
    mutating func began(at now: NIODeadline) {
        requestBegan = now
        headBytes = 0
    }
    mutating func ended() { requestBegan = nil }
    mutating func lingers(until moment: NIODeadline) { lingersUntil = moment }

    var due: NIODeadline {
        if let lingersUntil { return lingersUntil }
        let quiet = lastBytes + idle
        return requestBegan.map { min(quiet, $0 + request) } ?? quiet
    }
}
