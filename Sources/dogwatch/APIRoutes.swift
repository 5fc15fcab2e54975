import API
import Collectors
import Ports

/// What the API's address serves: the APIs of Prometheus and of Alertmanager, and remote write beside them.
struct APIRoutes: HTTPHandler {
    let api: APIHandler
    let alertmanager: AlertmanagerAPI
    let remoteWrite: ReceiverRemoteWrite

    func answer(_ request: HTTPRequest) -> HTTPResponse { handler(of: request.path).answer(request) }
    func answer(_ request: HTTPRequest, to reply: HTTPReply) { handler(of: request.path).answer(request, to: reply) }
    func refuse(_ request: HTTPRequest, status: Int, detail: String) -> HTTPResponse {
        handler(of: request.path).refuse(request, status: status, detail: detail)
    }
    func unpacks(_ encoding: String, at path: String) -> Bool { handler(of: path).unpacks(encoding, at: path) }

    private func handler(of path: String) -> any HTTPHandler {
        if path == ReceiverRemoteWrite.path { return remoteWrite }
        return path.hasPrefix(AlertmanagerAPI.prefix) ? alertmanager : api
    }
}
