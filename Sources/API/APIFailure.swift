/// Why the API has no answer, in the words of Prometheus.
struct APIFailure: Error, Hashable, Sendable {
    enum Kind: String, Sendable {
        case badData = "bad_data", execution, timeout, canceled, internalError = "internal", unavailable
        var status: Int {
            switch self {
            case .badData: 400
            case .execution: 422
            case .timeout, .unavailable: 503
            case .canceled: 499
            case .internalError: 500
            }
        }
    }
    var kind: Kind
    var message: String
    init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }
    static func parameter(_ name: String, _ message: String) -> APIFailure {
        APIFailure(.badData, "invalid parameter \"\(name)\": \(message)")
    }
}
