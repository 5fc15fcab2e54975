import Glibc
import Ports
import Synchronization
import Telemetry
import Testing
import Transfer

/// Wall time, as a fetcher has it in the program.
private struct SystemClock: WatchClock {
    var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }
}

/// Starts each request once the one before it has ended, and lets a test wait for the outcomes.
private final class OneAfterAnother: FetchDriver {
    typealias Outcome = Result<FetchAnswer, FetchFailure>
    private struct State {
        var waiting: [FetchRequest]
        var isUnderWay = false
        var outcomes: [Outcome] = []
    }
    private let state: Mutex<State>
    private let expected: Int
    private let (stream, continuation) = AsyncStream.makeStream(of: Void.self)

    init(_ requests: [FetchRequest]) {
        state = Mutex(State(waiting: requests))
        expected = requests.count
    }
    func due(at now: Timestamp) -> (start: [FetchRequest], wake: Timestamp?) {
        state.withLock { state in
            guard !state.isUnderWay, !state.waiting.isEmpty else { return ([], nil) }
            state.isUnderWay = true
            return ([state.waiting.removeFirst()], nil)
        }
    }
    func finished(_ id: Int, _ outcome: Outcome, at now: Timestamp) {
        let isLast = state.withLock { state in
            state.isUnderWay = false
            state.outcomes.append(outcome)
            return state.outcomes.count == expected
        }
        if isLast { continuation.finish() }
    }
    func outcomes() async -> [Outcome] {
        for await _ in stream {}
        return state.withLock { $0.outcomes }
    }
}

@Suite(.timeLimit(.minutes(1))) struct CurlFetcherTests {
    private func fetch(_ requests: FetchRequest...) async -> [Result<FetchAnswer, FetchFailure>] {
        let fetcher = CurlFetcher(clock: SystemClock())
        let driver = OneAfterAnother(requests)
        fetcher.run(driver)
        let outcomes = await driver.outcomes()
        fetcher.stop()
        return outcomes
    }
    private func fetchOne(_ request: FetchRequest) async throws -> Result<FetchAnswer, FetchFailure> {
        try #require(await fetch(request).first)
    }
    private func failure(_ request: FetchRequest) async -> FetchFailure? {
        guard case .failure(let failure)? = await fetch(request).first else { return nil }
        return failure
    }
    private func text(_ answer: FetchAnswer) -> String { String(decoding: answer.body, as: UTF8.self) }

    @Test func onePageAfterAnotherComesOverOneConnection() async throws {
        let server = LoopbackServer { $0.answer(body: Array("x 1\n".utf8)) }
        let outcomes = await fetch(FetchRequest(id: 1, url: server.url + "/metrics"), FetchRequest(id: 1, url: server.url + "/metrics"))
        for outcome in outcomes {
            let answer = try outcome.get()
            #expect(answer.status == 200 && answer.contentType == "text/plain; version=0.0.4" && text(answer) == "x 1\n")
        }
        #expect(outcomes.count == 2 && server.connections == 1)
        server.stop()
    }

    @Test func chunksAreJoined() async throws {
        let server = LoopbackServer { $0.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nx \r\n2\r\n1\n\r\n0\r\n\r\n") }
        #expect(text(try await fetchOne(FetchRequest(id: 1, url: server.url)).get()) == "x 1\n")
        server.stop()
    }

    @Test func gzipIsAskedForAndInflated() async throws {
        let server = LoopbackServer { connection in
            #expect(connection.head.contains("\r\nAccept-Encoding: gzip\r\n"))
            connection.answer(headers: "Content-Encoding: gzip\r\n", body: GzipSample.bytes)
        }
        #expect(text(try await fetchOne(FetchRequest(id: 1, url: server.url)).get()) == GzipSample.text)
        server.stop()
    }

    @Test func aTornGzipStreamIsRefusedThoughItsHTTPIsWhole() async {
        let server = LoopbackServer { $0.answer(headers: "Content-Encoding: gzip\r\n", body: Array(GzipSample.bytes.dropLast(9))) }
        #expect(await failure(FetchRequest(id: 1, url: server.url)) == .tornBody(detail: "the gzip stream is damaged or cut off"))
        server.stop()
    }

    @Test func aDamagedGzipStreamIsRefused() async {
        var damaged = GzipSample.bytes
        damaged[damaged.count - 5] ^= 0xff
        let body = damaged
        let server = LoopbackServer { $0.answer(headers: "Content-Encoding: gzip\r\n", body: body) }
        #expect(await failure(FetchRequest(id: 1, url: server.url)) == .tornBody(detail: "the gzip stream is damaged or cut off"))
        server.stop()
    }

    @Test func theLimitHoldsForWhatIsInflated() async {
        let server = LoopbackServer { $0.answer(headers: "Content-Encoding: gzip\r\n", body: GzipSample.bytes) }
        let limit = ByteCount(GzipSample.text.utf8.count - 1)
        #expect(await failure(FetchRequest(id: 1, url: server.url, bodyLimit: limit)) == .tooLarge(limit: limit))
        server.stop()
    }

    @Test func aPageThatNeverEndsIsBrokenOffAtTheLimit() async {
        let server = LoopbackServer { connection in
            connection.send("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
            while connection.send("x 1\n") {}
        }
        #expect(await failure(FetchRequest(id: 1, url: server.url, bodyLimit: ByteCount(100_000))) == .tooLarge(limit: ByteCount(100_000)))
        server.stop()
    }

    @Test func aPageThatIsCutOffIsRefused() async {
        let server = LoopbackServer { connection in
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nx 1\n")
            shutdown(connection.descriptor, Int32(SHUT_RDWR))
        }
        #expect(
            await failure(FetchRequest(id: 1, url: server.url))
                == .tornBody(detail: "the connection was closed in the middle of the answer"))
        server.stop()
    }

    @Test func aTargetThatDoesNotAnswerTimesOut() async {
        let server = LoopbackServer { $0.waitForEnd() }
        #expect(await failure(FetchRequest(id: 1, url: server.url, timeout: .milliseconds(60))) == .timedOut(after: .milliseconds(60)))
        server.stop()
    }

    @Test func aTargetThatTricklesTimesOutAsAWhole() async {
        let server = LoopbackServer { connection in
            connection.send("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
            while !connection.isEnded(within: 10), connection.send("x") {}
        }
        #expect(await failure(FetchRequest(id: 1, url: server.url, timeout: .milliseconds(80))) == .timedOut(after: .milliseconds(80)))
        server.stop()
    }

    @Test func redirectsAreFollowedUnlessTheyGoRound() async throws {
        let server = LoopbackServer { connection in
            if connection.head.hasPrefix("GET /new ") { return connection.answer(body: Array("x 1\n".utf8)) }
            let goal = connection.head.hasPrefix("GET /old ") ? "/new" : "/round"
            connection.answer("302 Found", headers: "Location: \(goal)\r\n", body: [])
        }
        #expect(text(try await fetchOne(FetchRequest(id: 1, url: server.url + "/old")).get()) == "x 1\n")
        #expect(await failure(FetchRequest(id: 1, url: server.url + "/round")) == .tooManyRedirects)
        #expect(try await fetchOne(FetchRequest(id: 1, url: server.url + "/old", followsRedirects: false)).get().status == 302)
        server.stop()
    }

    @Test func aRedirectToAFileIsRefused() async {
        let server = LoopbackServer { $0.answer("302 Found", headers: "Location: file:///etc/passwd\r\n", body: []) }
        #expect(await failure(FetchRequest(id: 1, url: server.url)) == .badURL(detail: "only http and https can be fetched"))
        #expect(await failure(FetchRequest(id: 1, url: "ftp://127.0.0.1/x")) == .badURL(detail: "only http and https can be fetched"))
        server.stop()
    }

    @Test func aSocketInTheFileSystemIsConnectedTo() async throws {
        let path = "/tmp/dogwatch-\(getpid())-\(UInt32.random(in: 0...(.max))).sock"
        let server = LoopbackServer(unixPath: path) { $0.answer(body: Array("x 1\n".utf8)) }
        #expect(text(try await fetchOne(FetchRequest(id: 1, url: "http://localhost/metrics", unixSocketPath: path)).get()) == "x 1\n")
        server.stop()
        unlink(path)
        #expect(
            await failure(FetchRequest(id: 1, url: "http://localhost/metrics", unixSocketPath: path))
                == .cannotConnect(detail: "there is no such socket"))
    }

    @Test func credentialsHeadersAndOurNameAreSent() async {
        let seen = Heads()
        let server = LoopbackServer { connection in
            seen.add(connection.head)
            connection.answer(body: [])
        }
        _ = await fetch(
            FetchRequest(
                id: 1, url: server.url, headers: [("Accept", "text/plain;version=0.0.4;q=0.2")],
                authentication: .basic(user: "watch", password: "a:b")),
            FetchRequest(id: 2, url: server.url, authentication: .bearer(token: "t0ken"), acceptsGzip: false))
        let first = seen.all.first ?? ""
        #expect(first.contains("\r\nAuthorization: Basic d2F0Y2g6YTpi\r\n") && first.contains("\r\nUser-Agent: dogwatch/"))
        #expect(first.contains("\r\nAccept: text/plain;version=0.0.4;q=0.2\r\n"))
        let second = seen.all.last ?? ""
        #expect(second.contains("\r\nAuthorization: Bearer t0ken\r\n") && !second.contains("Accept-Encoding"))
        server.stop()
    }

    @Test func anErrorPageIsAnAnswer() async throws {
        let server = LoopbackServer { $0.answer("503 Service Unavailable", body: Array("busy".utf8)) }
        #expect(try await fetchOne(FetchRequest(id: 1, url: server.url)).get().status == 503)
        server.stop()
    }

    @Test func whatCannotBeReachedSaysWhy() async {
        // A port that was free a moment ago: bound, never listened on.
        let closed = LoopbackServer { _ in }
        closed.stop()
        #expect(await failure(FetchRequest(id: 1, url: closed.url)) == .cannotConnect(detail: "connection refused"))
        #expect(await failure(FetchRequest(id: 1, url: "http://nowhere.invalid/")) == .cannotResolve(host: "nowhere.invalid"))
        #expect(await failure(FetchRequest(id: 1, url: "http://[::1/")) == .badURL(detail: "it is malformed"))
    }

    @Test func whatDoesNotSpeakHTTPIsSaid() async {
        let server = LoopbackServer { connection in
            connection.send("220 mail ready\r\n")
            shutdown(connection.descriptor, Int32(SHUT_RDWR))
        }
        #expect(await failure(FetchRequest(id: 1, url: server.url)) == .other(detail: "what answers there does not speak HTTP"))
        server.stop()
    }

    @Test func stoppingBreaksOffAndTellsTheDriver() async {
        let arrived = AsyncStream.makeStream(of: Void.self)
        let server = LoopbackServer { connection in
            arrived.continuation.finish()
            connection.waitForEnd()
        }
        let fetcher = CurlFetcher(clock: SystemClock())
        let driver = OneAfterAnother([FetchRequest(id: 1, url: server.url, timeout: .seconds(50))])
        fetcher.run(driver)
        for await _ in arrived.stream {}
        fetcher.stop()
        guard case .failure(.cancelled)? = await driver.outcomes().first else {
            Issue.record("the driver was not told")
            return
        }
        server.stop()
    }

    @Test func wakingAsksTheDriverAnew() async throws {
        let server = LoopbackServer { $0.answer(body: Array("x 1\n".utf8)) }
        let driver = Late(FetchRequest(id: 1, url: server.url))
        let fetcher = CurlFetcher(clock: SystemClock())
        fetcher.run(driver)
        await driver.firstAsked()
        driver.release()
        fetcher.wake()
        #expect(await driver.status() == 200)
        fetcher.stop()
        server.stop()
    }
}

private final class Heads: Sendable {
    private let heads = Mutex<[String]>([])
    func add(_ head: String) { heads.withLock { $0.append(head) } }
    var all: [String] { heads.withLock { $0 } }
}

/// Has nothing due until it is released, and says that it never will have.
private final class Late: FetchDriver {
    private let request: Mutex<FetchRequest?>
    private let isReleased = Mutex(false)
    private let asked = AsyncStream.makeStream(of: Void.self)
    private let answered = AsyncStream.makeStream(of: Int.self)
    init(_ request: FetchRequest) { self.request = Mutex(request) }

    func due(at now: Timestamp) -> (start: [FetchRequest], wake: Timestamp?) {
        asked.continuation.finish()
        guard isReleased.withLock({ $0 }), let request = request.withLock({ $0.take() }) else { return ([], nil) }
        return ([request], nil)
    }
    func finished(_ id: Int, _ outcome: Result<FetchAnswer, FetchFailure>, at now: Timestamp) {
        answered.continuation.yield((try? outcome.get().status) ?? 0)  // A failure fails the test by its status.
    }
    func release() { isReleased.withLock { $0 = true } }
    func firstAsked() async { for await _ in asked.stream {} }
    func status() async -> Int? { await answered.stream.first { _ in true } }
}
