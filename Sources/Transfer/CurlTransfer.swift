import CCurl
import Glibc
import Ports
import Telemetry

/// One easy handle with its buffer, used again and again by the requests of one id.
final class CurlTransfer {
    private static let redirects = 10

    let id: Int
    let handle: UnsafeMutableRawPointer
    var isUnderWay = false
    private(set) var lastUse = Timestamp.distantPast
    private let errorText = UnsafeMutableBufferPointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
    private var lists: [UnsafeMutablePointer<curl_slist>] = []
    private var request: FetchRequest?
    /// The handle has all options of `request`.
    private var isSettled = false
    /// Of the body, in bytes.
    private var limit = 0
    private var begin = TimeSpan.zero
    private let pool: BodyPool
    /// As it comes: gzip not yet inflated. From the pool, from its first byte on.
    private var body: [UInt8] = []
    /// Why the body was not taken further.
    private var refusal: FetchFailure?
    /// How much of a mail was read by libcurl.
    private var mailOffset = 0

    init?(id: Int, pool: BodyPool) {
        guard let handle = curl_easy_init() else { return nil }
        self.id = id
        self.pool = pool
        self.handle = handle
        errorText.initialize(repeating: 0)
    }
    deinit {
        curl_easy_cleanup(handle)
        freeLists()
        errorText.deallocate()
    }

    static func of(_ handle: UnsafeMutableRawPointer) -> CurlTransfer? {
        var context: UnsafeMutableRawPointer?
        guard dw_curl_get_pointer(handle, CURLINFO_PRIVATE, &context) == CURLE_OK, let context else { return nil }
        return Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
    }

    /// Makes the handle ready; returns why it can't be.
    func prepare(_ request: FetchRequest, userAgent: String, at now: Timestamp) -> FetchFailure? {
        let isKnown = isSettled && self.request?.isSame(as: request) == true
        self.request = request
        limit = request.bodyLimit.bytes
        lastUse = now
        begin = Self.monotonicNow
        refusal = nil
        mailOffset = 0
        errorText.update(repeating: 0)
        // Asked the same again, the handle is as it has to be.
        if isKnown { return nil }
        curl_easy_reset(handle)
        freeLists()
        let context = Unmanaged.passUnretained(self).toOpaque()
        _ = dw_curl_set_pointer(handle, CURLOPT_PRIVATE, context)
        _ = dw_curl_set_write(handle, curlWrite, context)
        _ = dw_curl_set_pointer(handle, CURLOPT_ERRORBUFFER, errorText.baseAddress)
        set(CURLOPT_USERAGENT, userAgent)
        let failure = setTarget(request) ?? setLimits(request) ?? setMethod(request) ?? setAuthentication(request) ?? setTLS(request.tls)
        isSettled = failure == nil
        return failure
    }

    // MARK: Options

    private func setTarget(_ request: FetchRequest) -> FetchFailure? {
        guard set(CURLOPT_URL, request.url) else { return .badURL(detail: "libcurl does not take it") }
        // Only what was asked for: no proxy from the environment, no other protocols, also not by redirection.
        set(CURLOPT_PROXY, "")
        set(CURLOPT_PROTOCOLS_STR, request.mail == nil ? "http,https" : "smtp,smtps")
        set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https")
        if let path = request.unixSocketPath, !set(CURLOPT_UNIX_SOCKET_PATH, path) {
            return .cannotConnect(detail: "the path of the socket is too long")
        }
        return nil
    }

    private func setLimits(_ request: FetchRequest) -> FetchFailure? {
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_TIMEOUT_MS, max(1, Int(request.timeout.nanoseconds / 1_000_000)))
        set(CURLOPT_FOLLOWLOCATION, request.followsRedirects ? 1 : 0)
        set(CURLOPT_MAXREDIRS, Self.redirects)
        // Larger ones come from the kernel each time, page by page: malloc asks it for what has 128 KiB.
        set(CURLOPT_BUFFERSIZE, 1 << 16)
        return nil
    }

    /// A mail's envelope, and where libcurl reads its text.
    private func setMail(_ mail: MailEnvelope) -> FetchFailure? {
        let addresses = [mail.from] + mail.to
        // Nobody's address may end a command and begin another.
        if addresses.contains(where: { $0.utf8.contains { $0 < 0x21 || $0 == 0x7f || $0 == UInt8(ascii: "<") || $0 == UInt8(ascii: ">") } })
        {
            return .other(detail: "an address of the mail has a character in it that none may have")
        }
        if mail.to.isEmpty { return .other(detail: "the mail is for nobody") }
        set(CURLOPT_MAIL_FROM, mail.from)
        setList(CURLOPT_MAIL_RCPT, mail.to)
        set(CURLOPT_USE_SSL, Int(mail.requiresTLS ? dw_curl_tls_all : dw_curl_tls_try))
        set(CURLOPT_UPLOAD, 1)
        _ = dw_curl_set_read(handle, curlRead, Unmanaged.passUnretained(self).toOpaque())
        return nil
    }
    /// Copies the next piece of the mail to `room`; how much there was.
    func readMail(into room: UnsafeMutableBufferPointer<UInt8>) -> Int {
        guard let body = request?.body, mailOffset < body.count else { return 0 }
        let count = min(room.count, body.count - mailOffset)
        for place in 0..<count { room[place] = body[mailOffset + place] }
        mailOffset += count
        return count
    }

    private func setMethod(_ request: FetchRequest) -> FetchFailure? {
        if let mail = request.mail { return setMail(mail) }
        var lines = request.headers.map { "\($0.name): \($0.value)" }
        if lines.contains(where: { $0.utf8.contains { $0 == 10 || $0 == 13 } }) { return .other(detail: "a header has a line break in it") }
        if request.acceptsGzip { lines.append("Accept-Encoding: gzip") }
        switch request.method {
        case "GET": set(CURLOPT_HTTPGET, 1)
        case "HEAD": set(CURLOPT_NOBODY, 1)
        default:
            set(CURLOPT_POST, 1)
            set(CURLOPT_CUSTOMREQUEST, request.method)
            set(CURLOPT_POSTFIELDSIZE, request.body.count)
            // Copied by libcurl, so that the body need not outlive this call.
            _ = request.body.withUnsafeBytes {
                dw_curl_set_pointer(handle, CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: $0.baseAddress))
            }
            lines.append("Expect:")
        }
        if let name = request.tls.serverName, let failure = redirectName(request.url, to: name, headers: &lines) { return failure }
        setList(CURLOPT_HTTPHEADER, lines)
        return nil
    }

    private func setAuthentication(_ request: FetchRequest) -> FetchFailure? {
        switch request.authentication {
        case .none: break
        case .basic(let user, let password):
            if request.mail == nil { set(CURLOPT_HTTPAUTH, Int(dw_curl_auth_basic)) }
            set(CURLOPT_USERNAME, user)
            set(CURLOPT_PASSWORD, password)
        case .bearer(let token):
            set(CURLOPT_HTTPAUTH, Int(dw_curl_auth_bearer))
            set(CURLOPT_XOAUTH2_BEARER, token)
        }
        return nil
    }

    private func setTLS(_ tls: TLSOptions) -> FetchFailure? {
        if let file = tls.caFile { set(CURLOPT_CAINFO, file) }
        if let file = tls.certFile { set(CURLOPT_SSLCERT, file) }
        if let file = tls.keyFile { set(CURLOPT_SSLKEY, file) }
        if tls.skipsVerification {
            set(CURLOPT_SSL_VERIFYPEER, 0)
            set(CURLOPT_SSL_VERIFYHOST, 0)
        }
        return nil
    }

    /// Prometheus's `server_name`: the handshake and the check of the certificate use `name`, the connection goes where the URL says.
    private func redirectName(_ url: String, to name: String, headers: inout [String]) -> FetchFailure? {
        guard let parts = CurlURL(url), let host = parts.part(CURLUPART_HOST), let port = parts.part(CURLUPART_PORT),
            parts.set(CURLUPART_HOST, name), let renamed = parts.part(CURLUPART_URL)
        else { return .badURL(detail: "it has no host for server_name to stand in for") }
        headers.append("Host: \(host):\(port)")
        setList(CURLOPT_CONNECT_TO, ["\(name):\(port):\(host):\(port)"])
        set(CURLOPT_URL, renamed)
        return nil
    }

    // MARK: Outcome

    /// Takes a piece of the body; false breaks off the transfer.
    func take(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard body.count + bytes.count <= limit else {
            refusal = .tooLarge(limit: ByteCount(limit))
            return false
        }
        if body.isEmpty { body = pool.take() }
        body.append(contentsOf: bytes)
        return true
    }

    /// What has come of the request; gzip is inflated by `inflater`. Give the body back to the pool when it was read.
    func outcome(_ code: CURLcode, inflater: GzipInflater) -> Result<FetchAnswer, FetchFailure> {
        var body: [UInt8] = []
        swap(&body, &self.body)
        if let refusal { return .failure(refusal) }
        guard code == CURLE_OK else {
            var number = 0
            _ = dw_curl_get_long(handle, CURLINFO_OS_ERRNO, &number)
            let text = errorText.baseAddress.map { String(cString: $0) } ?? ""
            return .failure(FetchFailure(code, errno: Int32(clamping: number), text: text, request: request))
        }
        if isGzip, !body.isEmpty, let failure = inflate(&body, inflater) { return .failure(failure) }
        var status = 0
        _ = dw_curl_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
        var type: UnsafeMutablePointer<CChar>?
        _ = dw_curl_get_string(handle, CURLINFO_CONTENT_TYPE, &type)
        return .success(
            FetchAnswer(
                status: status, contentType: type.map { String(cString: $0) } ?? "", body: body, duration: Self.monotonicNow - begin,
                retryAfter: retryAfter))
    }
    private var retryAfter: TimeSpan? {
        guard let text = header("Retry-After"), let seconds = Int64(text), (0...86_400).contains(seconds) else { return nil }
        return .seconds(seconds)
    }
    private func header(_ name: String) -> String? {
        var header: UnsafeMutablePointer<curl_header>?
        guard curl_easy_header(handle, name, 0, UInt32(CURLH_HEADER), -1, &header) == CURLHE_OK, let header else { return nil }
        return String(cString: header.pointee.value)
    }

    private func inflate(_ body: inout [UInt8], _ inflater: GzipInflater) -> FetchFailure? {
        var inflated = pool.take()
        let failure = inflater.inflate(body, into: &inflated, limit: limit)
        swap(&body, &inflated)
        pool.give(inflated)
        return failure
    }

    private var isGzip: Bool {
        let value = header("Content-Encoding")?.lowercased()
        return value == "gzip" || value == "x-gzip"
    }

    // MARK: Leaves

    @discardableResult private func set(_ option: CURLoption, _ value: String) -> Bool {
        dw_curl_set_string(handle, option, value) == CURLE_OK
    }
    private func set(_ option: CURLoption, _ value: Int) { _ = dw_curl_set_long(handle, option, value) }

    private func setList(_ option: CURLoption, _ lines: [String]) {
        var list: UnsafeMutablePointer<curl_slist>?
        for line in lines { list = curl_slist_append(list, line) ?? list }
        guard let list else { return }
        lists.append(list)
        _ = dw_curl_set_list(handle, option, list)
    }
    private func freeLists() {
        for list in lists { curl_slist_free_all(list) }
        lists = []
    }
    private static var monotonicNow: TimeSpan {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return TimeSpan(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }
}

private func curlWrite(_ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?) -> Int {
    guard let bytes, let context else { return 0 }
    let length = size * count
    let transfer = Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
    let isTaken = bytes.withMemoryRebound(to: UInt8.self, capacity: length) { transfer.take(UnsafeBufferPointer(start: $0, count: length)) }
    // Less than was offered ends the transfer; an empty piece cannot be refused and holds nothing to refuse.
    return isTaken ? length : 0
}

private func curlRead(_ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?) -> Int {
    guard let bytes, let context else { return 0 }
    let length = size * count
    let transfer = Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
    return bytes.withMemoryRebound(to: UInt8.self, capacity: length) {
        transfer.readMail(into: UnsafeMutableBufferPointer(start: $0, count: length))
    }
}
