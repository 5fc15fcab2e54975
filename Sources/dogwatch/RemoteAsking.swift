import Ports
import Runtime
import Telemetry

/// Asks who serves Prometheus's API elsewhere.
enum RemoteAsking {
    /// Throws a `Failure` where nothing came back, a `RemoteQueryError` where that was no answer.
    static func ask(_ query: RemoteQuery, _ expression: String, _ url: String) throws(RemoteQueryError) -> RemoteAnswer {
        let request = query.request(expression, url: url, timeout: .seconds(30))
        let fetched: FetchAnswer
        do throws(FetchFailure) { fetched = try OneFetch.run(request, by: Parts.edges(Parts.clock).fetcher) } catch {
            throw .unreachable(error.clause)
        }
        return try RemoteQuery.answer(fetched)
    }
    static func answer(_ query: RemoteQuery, _ expression: String, _ url: String) throws -> RemoteAnswer {
        do throws(RemoteQueryError) { return try ask(query, expression, url) } catch { throw failure(error, url) }
    }

    static func failure(_ error: RemoteQueryError, _ url: String) -> Failure {
        switch error {
        case .unreachable(let clause): Failure("\(url) can't be asked: \(clause).")
        case .refused(_, let message): Failure("\(url) has no answer: \(message).")
        case .unreadable(let status, _):
            Failure(
                "\(url) does not answer as Prometheus does (status \(status)); --url wants its address, such as http://127.0.0.1:9090.")
        }
    }
}
