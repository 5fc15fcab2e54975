import CCurl
import Glibc
import Ports

extension FetchFailure {
    /// From what libcurl says; `text` is its error buffer, `errno` that of the connection where there was one.
    init(_ code: CURLcode, errno: Int32, text: String, request: FetchRequest?) {
        let detail = text.isEmpty ? String(cString: curl_easy_strerror(code)) : text
        switch code {
        case CURLE_OPERATION_TIMEDOUT: self = .timedOut(after: request?.timeout ?? .zero)
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY:
            self = .cannotResolve(host: request.flatMap { CurlURL($0.url)?.part(CURLUPART_HOST) } ?? "")
        case CURLE_COULDNT_CONNECT: self = .cannotConnect(detail: Self.clause(errno: errno) ?? detail)
        case CURLE_TOO_MANY_REDIRECTS: self = .tooManyRedirects
        case CURLE_URL_MALFORMAT: self = .badURL(detail: "it is malformed")
        case CURLE_UNSUPPORTED_PROTOCOL where text.contains("HTTP/0.9"), CURLE_WEIRD_SERVER_REPLY:
            self = .other(detail: "what answers there does not speak HTTP")
        case CURLE_UNSUPPORTED_PROTOCOL: self = .badURL(detail: "only http and https can be fetched")
        case CURLE_GOT_NOTHING: self = .tornBody(detail: "the connection was closed without an answer")
        case CURLE_PARTIAL_FILE: self = .tornBody(detail: "the connection was closed in the middle of the answer")
        case CURLE_RECV_ERROR where request?.url.hasPrefix("https") == true && text.contains("alert"): self = .tls(detail: detail)
        case CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_BAD_CONTENT_ENCODING, CURLE_HTTP2, CURLE_HTTP2_STREAM:
            self = .tornBody(detail: Self.clause(errno: errno) ?? detail)
        case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE,
            CURLE_SSL_ISSUER_ERROR, CURLE_SSL_CRL_BADFILE, CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_SSL_INVALIDCERTSTATUS,
            CURLE_SSL_ENGINE_NOTFOUND,
            CURLE_SSL_ENGINE_SETFAILED, CURLE_SSL_CLIENTCERT, CURLE_SSL_SHUTDOWN_FAILED, CURLE_USE_SSL_FAILED:
            self = .tls(detail: detail)
        default: self = .other(detail: detail)
        }
    }

    private static func clause(errno: Int32) -> String? {
        switch errno {
        case 0, EINPROGRESS: nil
        case ECONNREFUSED: "connection refused"
        case ECONNRESET: "the connection was reset"
        case EHOSTUNREACH: "no route to the host"
        case ENETUNREACH: "the network cannot be reached"
        case ETIMEDOUT: "the host does not answer"
        case ENOENT: "there is no such socket"
        case EACCES, EPERM: "permission denied"
        default: String(cString: strerror(errno))
        }
    }
}
