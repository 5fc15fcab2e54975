import Notify
import Ports
import Telemetry
import Wire

/// Asks Alertmanagers now and then for what they know.
struct AlertmanagerWatch: Sendable {
    static let interval = TimeSpan.seconds(15)
    private static let bodyLimit = ByteCount.mebibytes(16)
    private static let countLimit = 10_000

    private let channels: [AlertmanagerChannel]
    private(set) var alerts = RemoteAlerts()
    private var next: Timestamp?
    private var underWay: Set<Int> = []

    init(_ channels: [AlertmanagerChannel] = []) {
        self.channels = channels
        alerts.sources = channels.map { .init(url: $0.url) }
        next = channels.isEmpty ? nil : .distantPast
    }

    var nextDue: Timestamp? { next }

    mutating func due(at now: Timestamp) -> [FetchRequest] {
        guard let due = next, due <= now else { return [] }
        next = now + Self.interval
        var requests: [FetchRequest] = []
        for (place, channel) in channels.enumerated() {
            for (kind, path) in ["api/v2/alerts", "api/v2/silences"].enumerated() {
                let id = -1 - place * 2 - kind
                guard underWay.insert(id).inserted else { continue }
                requests.append(
                    FetchRequest(
                        id: id, url: channel.url + (channel.url.hasSuffix("/") ? "" : "/") + path,
                        authentication: channel.http.authentication,
                        timeout: channel.timeout, bodyLimit: Self.bodyLimit, tls: channel.http.tls))
            }
        }
        return requests
    }

    mutating func finished(_ id: Int, _ outcome: Result<FetchAnswer, FetchFailure>, at now: Timestamp) {
        underWay.remove(id)
        let (place, kind) = (-1 - id).quotientAndRemainder(dividingBy: 2)
        guard alerts.sources.indices.contains(place) else { return }
        switch outcome {
        case .failure(let failure): alerts.sources[place].failure = failure.clause
        case .success(let answer) where answer.status != 200: alerts.sources[place].failure = "it answered \(answer.status)"
        case .success(let answer):
            do throws(WireError) {
                if kind == 0 {
                    alerts.sources[place].alerts = try Self.alerts(answer.body)
                } else {
                    alerts.sources[place].silences = try Self.silences(answer.body)
                }
                alerts.sources[place].failure = nil
                alerts.sources[place].lastAnswer = now
            } catch { alerts.sources[place].failure = "its answer can't be read" }
        }
    }

    private static func alerts(_ body: [UInt8]) throws(WireError) -> [RemoteAlerts.Alert] {
        try JSONReader(limit: bodyLimit.bytes).read(body) { root in
            root.elements.prefix(countLimit).map { alert in
                RemoteAlerts.Alert(
                    labels: alert["labels"].map { $0.labelSet } ?? LabelSet([]),
                    annotations: alert["annotations"].map { $0.labelSet } ?? LabelSet([]),
                    startsAt: alert["startsAt"]?.string.flatMap { Timestamp(rfc3339: $0) } ?? Timestamp(milliseconds: 0),
                    isSuppressed: alert["status"]?["state"]?.string == "suppressed",
                    receivers: alert["receivers"]?.elements.compactMap { $0["name"]?.string } ?? [])
            }
        }
    }
    private static func silences(_ body: [UInt8]) throws(WireError) -> [RemoteAlerts.Silence] {
        try JSONReader(limit: bodyLimit.bytes).read(body) { root in
            root.elements.prefix(countLimit).map { silence in
                RemoteAlerts.Silence(
                    id: silence["id"]?.string ?? "",
                    matchers: silence["matchers"]?.elements.map { matcher in
                        let isEqual = matcher["isEqual"]?.bool ?? true
                        let isRegex = matcher["isRegex"]?.bool ?? false
                        let operation = isRegex ? (isEqual ? "=~" : "!~") : (isEqual ? "=" : "!=")
                        return "\(matcher["name"]?.string ?? "")\(operation)\"\(matcher["value"]?.string ?? "")\""
                    } ?? [], state: silence["status"]?["state"]?.string ?? "",
                    endsAt: silence["endsAt"]?.string.flatMap { Timestamp(rfc3339: $0) } ?? Timestamp(milliseconds: 0),
                    createdBy: silence["createdBy"]?.string ?? "", comment: silence["comment"]?.string ?? "")
            }
        }
    }
}

extension JSONValue {
    var labelSet: LabelSet { LabelSet(members.compactMap { name, value in value.string.map { Label(name.string, $0) } }) }
}
