import Ports
import Telemetry

/// Why a scrape failed, as the user reads it.
enum ScraperSentence {
    static func status(_ status: Int) -> String {
        let text = "server returned HTTP status \(status)"
        return reason(status).map { "\(text) \($0)" } ?? text
    }

    static func failure(_ failure: FetchFailure, of target: ScrapeTarget) -> String {
        let address = target.address
        switch failure {
        case .timedOut(let after): return "no answer from \(address) within \(seconds(after)) s"
        case .cannotResolve(let host): return "the host name \"\(host)\" is not known"
        case .cannotConnect("connection refused"): return "connection refused by \(address); is the target running?"
        case .cannotConnect(let detail): return "cannot connect to \(address): \(detail)"
        case .tls(let detail): return "TLS with \(address) failed: \(detail)"
        case .tooLarge(let limit): return "the page is larger than the \(size(limit)) allowed"
        case .tornBody(let detail): return "the answer of \(address) is torn: \(detail)"
        case .badURL(let detail): return "the URL \(target.url) cannot be fetched: \(detail)"
        case .tooManyRedirects: return "\(address) redirects again and again; do its redirects go in a circle?"
        case .other(let detail): return "scraping \(address) failed: \(detail)"
        case .cancelled: return "the scrape of \(address) was broken off"
        }
    }

    private static func seconds(_ span: TimeSpan) -> String {
        let seconds = span.seconds
        return seconds == seconds.rounded() && seconds < 1e9 ? String(Int(seconds)) : String(seconds)
    }

    private static func size(_ count: ByteCount) -> String {
        count.bytes >= 1 << 20 ? "\(count.bytes >> 20) MiB" : "\(count.bytes) bytes"
    }

    private static func reason(_ status: Int) -> String? {
        switch status {
        case 204: "No Content"
        case 301: "Moved Permanently"
        case 302: "Found"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 406: "Not Acceptable"
        case 408: "Request Timeout"
        case 429: "Too Many Requests"
        case 500: "Internal Server Error"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        default: nil
        }
    }
}
