import Ports
import Settings
import Telemetry

/// What is scraped, how often, and under which labels its series are kept.
package struct ScrapeTarget: Sendable {
    /// Where it is, without credentials; also its name for the user.
    package let url: String
    /// `host:port` as given, or `unix:/path`.
    package let address: String
    package var labels: LabelSet
    package var interval: TimeSpan
    /// At most `interval`.
    package var timeout: TimeSpan
    package var authentication: FetchRequest.Authentication
    package var unixSocketPath: String?
    package var tls: TLSOptions
    package var headers: [(name: String, value: String)] = []
    package var honorsLabels: Bool
    /// Samples on one page; 0 for no limit.
    package var sampleLimit: Int
    package var labelLimits = LabelLimits()
    package var honorsTimestamps = true
    /// Which forms of the page are asked for, and what is taken of it.
    package var forms = ScrapeForms()
    /// Why it is not scraped at all though it stands in the configuration; then every scrape fails with this sentence.
    package var refusal: String?
    package var bodyLimit: ByteCount
    package var followsRedirects = true
    /// Asks for gzip; off, where the way is shorter than the unpacking.
    package var acceptsGzip = true

    /// From what a user writes: `host:port`, a URL with or without scheme, path and credentials, or `unix:/path/of/socket`.
    ///
    /// `http://` and `/metrics` are added where they are missing. Labels are `job` and `instance` (the address) with `labels` laid over
    /// them. Credentials in the URL are taken out of it; `authentication` wins over them. Throws a sentence on what is no target.
    package init(
        _ text: String, job: String = "scrape", labels: [Label] = [], interval: TimeSpan = .seconds(15), timeout: TimeSpan = .seconds(10),
        authentication: FetchRequest.Authentication = .none, tls: TLSOptions = .init(), honorsLabels: Bool = false, sampleLimit: Int = 0,
        bodyLimit: ByteCount = .mebibytes(64)
    ) throws(Diagnostic) {
        let address = try ScrapeAddress(text)
        url = address.url
        self.address = address.instance
        unixSocketPath = address.unixSocketPath
        self.labels = LabelSet([Label("job", job), Label("instance", address.instance)] + labels)
        self.interval = max(interval, .milliseconds(1))
        self.timeout = min(max(timeout, .milliseconds(1)), self.interval)
        self.tls = tls
        self.honorsLabels = honorsLabels
        self.sampleLimit = sampleLimit
        self.bodyLimit = bodyLimit
        if case .none = authentication { self.authentication = address.authentication } else { self.authentication = authentication }
    }

    /// What is written as a socket has the URL of every other: there the address is the name.
    package var source: Source { Source(.scrape, address.hasPrefix("unix:") ? address : url) }
    /// Two targets with one identity are the same series.
    var identity: Identity { Identity(url: url, labels: labels) }
    struct Identity: Hashable, Sendable {
        var url: String
        var labels: LabelSet

        /// The same in every run, so that a target keeps its place in the interval.
        var stableHash: UInt64 {
            let text = url + labels.labels.map { "\u{0}\($0.name)\u{0}\($0.value)" }.joined()
            return text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        }
    }
}

/// The address of a target, taken apart.
struct ScrapeAddress {
    var url: String
    var instance: String
    var authentication = FetchRequest.Authentication.none
    var unixSocketPath: String?

    init(_ text: String) throws(Diagnostic) {
        func refuse(_ problem: String) -> Diagnostic { Diagnostic(source: ScrapeAddress.withoutCredentials(text), message: problem) }
        guard !text.isEmpty else { throw Diagnostic(message: "a target is missing; write it as host:port or http://host:port/metrics") }
        guard text.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value != 0x7f }) else {
            throw Diagnostic(
                message: "a target has no blanks or control characters in it; write it as host:port or http://host:port/metrics")
        }
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst(5))
            guard path.hasPrefix("/") else { throw refuse("the path of a socket begins with /, as in unix:/run/app.sock") }
            (url, instance, unixSocketPath) = ("http://localhost/metrics", text, path)
            return
        }
        let (scheme, rest) = Self.cut(text, at: "://") ?? ("http", text)
        guard scheme.lowercased() == "http" || scheme.lowercased() == "https" else {
            throw refuse("only http and https can be scraped, not \"\(scheme)\"")
        }
        let end = rest.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? rest.endIndex
        var authority = String(rest[..<end])
        var path = String(rest[end...].prefix { $0 != "#" })
        if let at = authority.lastIndex(of: "@") {
            authentication = Self.credentials(String(authority[..<at]))
            authority = String(authority[authority.index(after: at)...])
        }
        // What stands before the @ may be a password cut in two; it is not to be shown.
        if !authority.hasPrefix(":"), !Self.isAuthority(authority), rest[end...].contains("@") {
            throw refuse("a /, ? or # in a user name or password is written %2F, %3F or %23")
        }
        if authority.hasPrefix(":") { authority = "127.0.0.1" + authority }
        guard Self.isAuthority(authority) else { throw refuse("\"\(authority)\" is no host, or no port from 1 to 65535 follows it") }
        if path.isEmpty || path == "/" { path = "/metrics" }
        if path.hasPrefix("?") { path = "/metrics" + path }
        instance = authority
        url = "\(scheme.lowercased())://\(authority)\(path)"
    }

    private static func cut(_ text: String, at mark: String) -> (String, String)? {
        var start = text.startIndex
        while start < text.endIndex {
            if text[start...].hasPrefix(mark) { return (String(text[..<start]), String(text[start...].dropFirst(mark.count))) }
            start = text.index(after: start)
        }
        return nil
    }

    private static func isAuthority(_ authority: String) -> Bool {
        var port: Substring?
        if authority.hasPrefix("[") {
            guard let close = authority.firstIndex(of: "]"), close > authority.index(after: authority.startIndex) else { return false }
            let rest = authority[authority.index(after: close)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { return false }
            port = rest.isEmpty ? nil : rest.dropFirst()
        } else {
            let parts = authority.split(separator: ":", omittingEmptySubsequences: false)
            guard let host = parts.first, !host.isEmpty, parts.count <= 2 else { return false }
            port = parts.count == 2 ? parts[1] : nil
        }
        guard let port else { return true }
        return port.utf8.allSatisfy { (0x30...0x39).contains($0) } && Int(port).map { (1...65535).contains($0) } ?? false
    }

    private static func credentials(_ text: String) -> FetchRequest.Authentication {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        return .basic(user: percentDecoded(parts[0]), password: parts.count > 1 ? percentDecoded(parts[1]) : "")
    }

    private static func percentDecoded(_ text: Substring) -> String {
        let bytes = Array(text.utf8)
        var out: [UInt8] = []
        var i = 0
        while i < bytes.count {
            if bytes[i] == UInt8(ascii: "%"), i + 2 < bytes.count,
                let value = UInt8(String(decoding: bytes[i + 1...i + 2], as: UTF8.self), radix: 16)
            {
                out.append(value)
                i += 3
            } else {
                out.append(bytes[i])
                i += 1
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    private static func withoutCredentials(_ text: String) -> String {
        guard let at = text.lastIndex(of: "@") else { return text }
        let (scheme, _) = cut(text, at: "://") ?? ("", text)
        return (scheme.isEmpty ? "" : scheme + "://") + text[text.index(after: at)...]
    }
}
