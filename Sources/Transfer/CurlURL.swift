import CCurl

/// A URL taken apart by libcurl, so that both of us read it alike.
final class CurlURL {
    private let url: OpaquePointer

    init?(_ text: String) {
        guard let url = curl_url() else { return nil }
        self.url = url
        if curl_url_set(url, CURLUPART_URL, text, 0) != CURLUE_OK { return nil }
    }
    deinit { curl_url_cleanup(url) }

    /// The part, the port also where only the scheme says it.
    func part(_ part: CURLUPart) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        let flags = part == CURLUPART_PORT ? dw_curl_url_default_port : 0
        guard curl_url_get(url, part, &text, flags) == CURLUE_OK, let text else { return nil }
        defer { curl_free(text) }
        return String(cString: text)
    }
    func set(_ part: CURLUPart, _ value: String) -> Bool { curl_url_set(url, part, value, 0) == CURLUE_OK }
}
