import Telemetry
import Wire

extension Scrape {
    /// Itself, where its page is text; else with its page rewritten as text, and the native histograms that text can't have.
    func asText() throws(ScrapePage.Refusal) -> (scrape: Scrape, histograms: [ProtobufExposition.Histogram]) {
        guard ProtobufExposition.isMeant(by: contentType) else { return (self, []) }
        var scrape = self
        do throws(WireError) {
            let page = try ProtobufExposition(body, takesNative: takesNativeHistograms, keepsClassic: keepsClassicHistograms)
            scrape.body = page.text
            // To be read leniently, by how it ends.
            scrape.contentType = ""
            return (scrape, page.histograms)
        } catch { throw .unreadable(error) }
    }
}
