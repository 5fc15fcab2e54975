import CCurl
import Ports
import Telemetry

/// The life of the fetching thread: asks the driver what is due, lets libcurl work, hands over what has ended.
final class CurlLoop {
    /// A handle that has not been used for so long is given up.
    private static let idle = TimeSpan.minutes(10)
    /// The most connections kept open between requests.
    private static let keptConnections = 4096
    /// Without anything due, the driver is asked this often all the same.
    private static let longestWait = TimeSpan.seconds(60)

    private let link: CurlFetcher.Link
    private let multi: UnsafeMutableRawPointer
    private let driver: any FetchDriver
    private let clock: any WatchClock
    private let userAgent: String
    private let pool = BodyPool()
    private let inflater: GzipInflater
    private var transfers: [Int: CurlTransfer] = [:]
    private var lastSweep: Timestamp

    init?(link: CurlFetcher.Link, driver: any FetchDriver, clock: any WatchClock, userAgent: String) {
        guard let multi = link.multi, let inflater = GzipInflater() else { return nil }
        self.inflater = inflater
        self.link = link
        self.multi = multi
        self.driver = driver
        self.clock = clock
        self.userAgent = userAgent
        lastSweep = clock.now
        _ = dw_curl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, Self.keptConnections)
    }

    func run() {
        var wake: Timestamp? = clock.now
        while !link.isStopping {
            let now = clock.now
            if link.takeWake() || wake.map({ $0 <= now }) ?? false { wake = askDriver(at: now) }
            var running: Int32 = 0
            curl_multi_perform(multi, &running)
            if collect() {
                wake = clock.now
                continue
            }
            curl_multi_poll(multi, nil, 0, milliseconds(until: wake), nil)
        }
        breakOff()
    }

    private func milliseconds(until wake: Timestamp?) -> Int32 {
        let wait = min(wake.map { $0 - clock.now } ?? Self.longestWait, Self.longestWait)
        return Int32(clamping: max(0, (wait.nanoseconds + 999_999) / 1_000_000))
    }

    private func askDriver(at now: Timestamp) -> Timestamp? {
        if now - lastSweep > .minutes(1) { sweep(now) }
        let due = driver.due(at: now)
        for request in due.start { begin(request, at: now) }
        return due.wake
    }

    private func begin(_ request: FetchRequest, at now: Timestamp) {
        let transfer = transfers[request.id] ?? CurlTransfer(id: request.id, pool: pool)
        guard let transfer, !transfer.isUnderWay else {
            driver.finished(request.id, .failure(.other(detail: "the request before it is still under way")), at: now)
            return
        }
        transfers[request.id] = transfer
        if let failure = transfer.prepare(request, userAgent: userAgent, at: now) {
            driver.finished(request.id, .failure(failure), at: now)
        } else if curl_multi_add_handle(multi, transfer.handle) == CURLM_OK {
            transfer.isUnderWay = true
        } else {
            driver.finished(request.id, .failure(.other(detail: "libcurl took no more requests")), at: now)
        }
    }

    /// Hands over what has ended; true if anything had.
    private func collect() -> Bool {
        var left: Int32 = 0
        var hasEnded = false
        while let message = curl_multi_info_read(multi, &left) {
            var handle: UnsafeMutableRawPointer?
            var code = CURLE_OK
            guard dw_curl_finished(message, &handle, &code) != 0, let handle, let transfer = CurlTransfer.of(handle) else { continue }
            curl_multi_remove_handle(multi, handle)
            transfer.isUnderWay = false
            hasEnded = true
            handOver(transfer.outcome(code, inflater: inflater), of: transfer)
        }
        return hasEnded
    }

    private func handOver(_ outcome: consuming Result<FetchAnswer, FetchFailure>, of transfer: CurlTransfer) {
        driver.finished(transfer.id, outcome, at: clock.now)
        guard case .success(var answer) = consume outcome else { return }
        // Taken out, so that nobody holds it but the pool: what is shared would be replaced by fresh memory.
        var body: [UInt8] = []
        swap(&body, &answer.body)
        pool.give(body)
    }

    private func breakOff() {
        for transfer in transfers.values where transfer.isUnderWay {
            curl_multi_remove_handle(multi, transfer.handle)
            transfer.isUnderWay = false
            driver.finished(transfer.id, .failure(.cancelled), at: clock.now)
        }
        transfers = [:]
    }

    private func sweep(_ now: Timestamp) {
        lastSweep = now
        transfers = transfers.filter { $0.value.isUnderWay || now - $0.value.lastUse < Self.idle }
    }
}
