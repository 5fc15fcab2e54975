import Telemetry

/// One HTTP request that a fetcher makes.
package struct FetchRequest: Sendable {
    package enum Authentication: Hashable, Sendable {
        case none
        case basic(user: String, password: String)
        case bearer(token: String)
    }
    /// Chosen by the driver; comes back with the outcome. A request with the same id reuses its connection and buffer.
    package var id: Int
    package var url: String
    package var method: String
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]
    package var authentication: Authentication
    /// Connects to this socket instead of the URL's host.
    package var unixSocketPath: String?
    package var timeout: TimeSpan
    /// A longer answer, inflated or not, is refused.
    package var bodyLimit: ByteCount
    package var acceptsGzip: Bool
    package var followsRedirects: Bool
    package var tls: TLSOptions
    /// Set for a mail: the URL is `smtp://` or `smtps://`, and the body the whole message.
    package var mail: MailEnvelope?
    package init(
        id: Int, url: String, method: String = "GET", headers: [(name: String, value: String)] = [], body: [UInt8] = [],
        authentication: Authentication = .none, unixSocketPath: String? = nil, timeout: TimeSpan = .seconds(10),
        bodyLimit: ByteCount = .mebibytes(64), acceptsGzip: Bool = true, followsRedirects: Bool = true, tls: TLSOptions = .init()
    ) {
        self.id = id
        self.url = url
        self.method = method
        self.headers = headers
        self.body = body
        self.authentication = authentication
        self.unixSocketPath = unixSocketPath
        self.timeout = timeout
        self.bodyLimit = bodyLimit
        self.acceptsGzip = acceptsGzip
        self.followsRedirects = followsRedirects
        self.tls = tls
    }
    /// Whether the same is asked, of the same server and in the same way.
    package func isSame(as other: FetchRequest) -> Bool {
        url == other.url && method == other.method && headers.elementsEqual(other.headers, by: ==) && body == other.body
            && authentication == other.authentication && unixSocketPath == other.unixSocketPath && timeout == other.timeout
            && bodyLimit == other.bodyLimit && acceptsGzip == other.acceptsGzip && followsRedirects == other.followsRedirects
            && tls == other.tls && mail == other.mail
    }
}

/// Who a mail is from and for, as the servers tell each other.
package struct MailEnvelope: Hashable, Sendable {
    package var from: String
    package var to: [String]
    /// Without TLS, by STARTTLS or from the start, nothing is sent.
    package var requiresTLS: Bool
    package init(from: String, to: [String], requiresTLS: Bool) {
        self.from = from
        self.to = to
        self.requiresTLS = requiresTLS
    }
}

/// Prometheus's `tls_config`.
package struct TLSOptions: Hashable, Sendable {
    package var caFile: String?
    package var certFile: String?
    package var keyFile: String?
    package var serverName: String?
    package var skipsVerification: Bool
    package init(
        caFile: String? = nil, certFile: String? = nil, keyFile: String? = nil, serverName: String? = nil, skipsVerification: Bool = false
    ) {
        self.caFile = caFile
        self.certFile = certFile
        self.keyFile = keyFile
        self.serverName = serverName
        self.skipsVerification = skipsVerification
    }
}

/// What came back.
package struct FetchAnswer: Sendable {
    package var status: Int
    package var contentType: String
    /// Inflated.
    package var body: [UInt8]
    package var duration: TimeSpan
    /// Of the header `Retry-After`, where it tells a number of seconds.
    package var retryAfter: TimeSpan?
    package init(status: Int, contentType: String, body: [UInt8], duration: TimeSpan, retryAfter: TimeSpan? = nil) {
        self.retryAfter = retryAfter
        self.status = status
        self.contentType = contentType
        self.body = body
        self.duration = duration
    }
}

/// Why nothing came back.
package enum FetchFailure: Error, Hashable, Sendable {
    case timedOut(after: TimeSpan)
    case cannotResolve(host: String)
    case cannotConnect(detail: String)
    case tls(detail: String)
    case tooLarge(limit: ByteCount)
    case tornBody(detail: String)
    case badURL(detail: String)
    case tooManyRedirects
    case other(detail: String)
    /// The fetcher was stopped before the answer came: nothing is known of the other side.
    case cancelled
}

extension FetchFailure {
    /// For sentences: `no answer came within 30s`.
    package var clause: String {
        switch self {
        case .timedOut(let after): "no answer came within \(after.prometheus)"
        case .cannotResolve(let host): "the host name \"\(host)\" is not known"
        case .cannotConnect(let detail), .tls(let detail), .tornBody(let detail), .badURL(let detail), .other(let detail): detail
        case .tooLarge(let limit): "the answer is larger than \(limit.bytes >> 20) MiB"
        case .tooManyRedirects: "it redirects again and again"
        case .cancelled: "it was broken off"
        }
    }
}

/// Decides what a fetcher does: told of time and outcomes, it returns requests. Called on the fetcher's one thread only.
package protocol FetchDriver: AnyObject, Sendable {
    /// The requests to start at `now`, and when to ask again at the latest.
    func due(at now: Timestamp) -> (start: [FetchRequest], wake: Timestamp?)
    /// Exactly once for each started request.
    func finished(_ id: Int, _ outcome: Result<FetchAnswer, FetchFailure>, at now: Timestamp)
}

/// Makes HTTP requests, many at once, on one thread of its own.
package protocol Fetcher: Sendable {
    /// Starts the thread. Call once.
    func run(_ driver: any FetchDriver)
    /// Asks the driver anew at once, from any thread.
    func wake()
    /// Breaks off what is under way and ends the thread; returns when it has ended.
    func stop()
}
