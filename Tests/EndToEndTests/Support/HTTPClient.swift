import Glibc

/// One HTTP request over a socket of its own.
enum HTTPClient {
    static func get(_ path: String, port: Int) -> String? {
        ask("GET \(path) HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n", port: port)
    }
    static func post(_ path: String, port: Int, type: String, _ body: String) -> String? {
        ask(
            "POST \(path) HTTP/1.1\r\nHost: here\r\nContent-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)",
            port: port)
    }

    /// The whole answer; nil where nobody listens.
    static func ask(_ request: String, port: Int) -> String? { ask(Array(request.utf8), port: port) }
    static func ask(_ request: [UInt8], port: Int) -> String? {
        let descriptor = socket(AF_INET, streamSocket, 0)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        guard withSocketAddress(loopback(port), { connect(descriptor, $0, $1) }) == 0 else { return nil }
        guard request.withUnsafeBytes({ write(descriptor, $0.baseAddress, $0.count) }) == request.count else { return nil }
        var answer: [UInt8] = []
        let deadline = Program.now + Program.patience
        while Program.now < deadline, let more = Program.read(descriptor, nanoseconds: deadline - Program.now) { answer += more }
        return String(decoding: answer, as: UTF8.self)
    }

    /// What stands behind the head of an answer.
    static func body(_ answer: String?) -> String {
        guard let answer, let end = answer.firstRange(of: "\r\n\r\n") else { return "no answer" }
        return String(answer[end.upperBound...])
    }

    /// A port that was free a moment ago, for programs that can't say which one they took.
    static func freePort() -> Int {
        let descriptor = socket(AF_INET, streamSocket, 0)
        defer { close(descriptor) }
        var address = loopback(0)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        guard withSocketAddress(address, { bind(descriptor, $0, $1) }) == 0 else { return 0 }
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = getsockname(descriptor, $0, &size) }
        }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    private static func loopback(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return address
    }
    private static func withSocketAddress(_ address: sockaddr_in, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        withUnsafePointer(to: address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
    }
}

/// `dogwatch serve` on ports that were free.
struct Server {
    let child: Child
    let http: Int
    let grpc: Int
    let zipkin: Int
    let api: Int

    /// Returns when it serves.
    init(_ options: [String] = []) throws {
        let anyPort = "127.0.0.1:0"
        child = Child(["serve", "--otlp-http", anyPort, "--otlp-grpc", anyPort, "--zipkin", anyPort, "--api", anyPort] + options)
        guard child.waitForError("serving") else { throw NotServing(error: child.errorText) }
        let ports = child.errorText.split(separator: "\n").reduce(into: [String: Int]()) { ports, line in
            let words = line.split(separator: " ")
            guard line.contains("listening on"), words.count > 1, let port = line.split(separator: ":").last.flatMap({ Int($0) }) else {
                return
            }
            ports[String(words[1].prefix { $0 != ":" })] = port
        }
        guard let http = ports["otlp-http"], let grpc = ports["otlp-grpc"], let zipkin = ports["zipkin"], let api = ports["api"] else {
            throw NotServing(error: child.errorText)
        }
        (self.http, self.grpc, self.zipkin, self.api) = (http, grpc, zipkin, api)
    }
    struct NotServing: Error { var error: String }

    /// The value of a line of `/metrics`.
    func value(_ series: String) -> Double? {
        let page = HTTPClient.get("/metrics", port: api) ?? ""
        return page.split { $0.isNewline }.first { $0.hasPrefix(series + " ") }.flatMap { Double($0.dropFirst(series.count + 1)) }
    }
    /// Asks until `series` is `value`, as what was sent is counted soon, not at once.
    func wait(for series: String, _ value: Double) -> Bool {
        let deadline = Program.now + Program.patience
        while Program.now < deadline { if self.value(series) == value { return true } }
        return false
    }
}
