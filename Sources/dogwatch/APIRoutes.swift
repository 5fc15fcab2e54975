import API
import Collectors
import Ports

/// What the API's address serves: the API, and remote write beside it.
struct APIRoutes: HTTPHandler {
    let api: APIHandler
    let remoteWrite: ReceiverRemoteWrite

    func answer(_ request: HTTPRequest) -> HTTPResponse { handler(of: request.path).answer(request) }
    func answer(_ request: HTTPRequest, to reply: HTTPReply) { handler(of: request.path).answer(request, to: reply) }
    func refuse(_ request: HTTPRequest, status: Int, detail: String) -> HTTPResponse {
        handler(of: request.path).refuse(request, status: status, detail: detail)
    }
    func unpacks(_ encoding: String, at path: String) -> Bool { handler(of: path).unpacks(encoding, at: path) }

    private func handler(of path: String) -> any HTTPHandler { path == ReceiverRemoteWrite.path ? remoteWrite : api }
}
