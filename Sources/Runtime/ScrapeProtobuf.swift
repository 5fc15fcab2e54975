import Telemetry
import Wire

extension Scrape {
    /// Itself, where its page is text; else with its page rewritten as text.
    func asText() throws(ScrapePage.Refusal) -> Scrape {
        guard ProtobufExposition.isMeant(by: contentType) else { return self }
        var scrape = self
        do throws(WireError) { scrape.body = try ProtobufExposition(body, takesNative: false, keepsClassic: true).text } catch {
            throw .unreadable(error)
        }
        // To be read leniently, by how it ends.
        scrape.contentType = ""
        return scrape
    }
}
