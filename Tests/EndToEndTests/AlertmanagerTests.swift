import Glibc
import TestKit
import Testing

/// A real Alertmanager hears of alerts, shows them and silences them.
@Suite(.enabled(if: AlertmanagerServer.path != nil, "needs an Alertmanager; DOGWATCH_ALERTMANAGER names one")) struct AlertmanagerTests {
    private func service(_ rule: String, _ folder: TemporaryFolder, _ alertmanager: AlertmanagerServer) throws -> Server {
        write(rule, folder)
        folder.write(
            """
            global: {evaluation_interval: 1s, external_labels: {cluster: lab}}
            rule_files: [rules.yml]
            alerts: {starter: false}
            alerting: {alertmanagers: [{static_configs: [{targets: ["127.0.0.1:\(alertmanager.port)"]}]}]}
            """, to: "dogwatch.yml")
        return try Server(["--config", folder.path + "/dogwatch.yml"])
    }

    @Test func itReceivesShowsAndSilences() throws {
        let (folder, alertmanager) = (TemporaryFolder(), try #require(AlertmanagerServer()))
        let server = try service("vector(97)", folder, alertmanager)
        let shown = alertmanager.wait("alerts") { $0.contains("\"alertname\":\"Full\"") }
        #expect(shown.contains(#""labels":{"alertname":"Full","cluster":"lab","disk":"sda","severity":"page"}"#), "\(shown)")
        #expect(shown.contains(#""annotations":{"summary":"at 97"}"#), "\(shown)")
        #expect(shown.contains(#""state":"active""#), "\(shown)")
        #expect(server.api("alertmanagers").contains("http://127.0.0.1:\(alertmanager.port)/api/v2/alerts"))
        let silence =
            #"{"matchers":[{"name":"disk","value":"sd.","isRegex":true,"isEqual":true}],"startsAt":"2020-01-01T00:00:00Z","endsAt":"2099-01-01T00:00:00Z","createdBy":"me","comment":"a new disk is on its way"}"#
        #expect(
            HTTPClient.post("/api/v2/silences", port: alertmanager.port, type: "application/json", silence)?.contains("silenceID") == true)
        #expect(alertmanager.wait("alerts") { $0.contains("\"state\":\"suppressed\"") }.contains("suppressed"))
        // It is over, and so it is there: at once, not when its time is up.
        write("vector(97) > 98", folder)
        server.child.signal(SIGHUP)
        #expect(server.child.waitForError("are in force"))
        #expect(!alertmanager.wait("alerts") { !$0.contains("Full") }.contains("Full"))
    }

    private func write(_ rule: String, _ folder: TemporaryFolder) {
        folder.write(
            """
            groups:
            - name: g
              rules:
              - {alert: Full, expr: '\(rule)', labels: {severity: page, disk: sda}, annotations: {summary: 'at {{ $value }}'}}
            """, to: "rules.yml")
    }

    @Test func itsAlertsAndSilencesAreShownInView7() throws {
        let (folder, alertmanager) = (TemporaryFolder(), try #require(AlertmanagerServer()))
        let alert =
            #"[{"labels":{"alertname":"Elsewhere","service":"billing","severity":"critical"},"annotations":{"summary":"told by others"}}]"#
        _ = HTTPClient.post("/api/v2/alerts", port: alertmanager.port, type: "application/json", alert)
        let silence =
            #"{"matchers":[{"name":"alertname","value":"Nobody","isRegex":false,"isEqual":true}],"startsAt":"2020-01-01T00:00:00Z","endsAt":"2099-01-01T00:00:00Z","createdBy":"grace","comment":"there"}"#
        _ = HTTPClient.post("/api/v2/silences", port: alertmanager.port, type: "application/json", silence)
        folder.write(
            "alerts: {starter: false}\nalerting: {alertmanagers: [{static_configs: [{targets: [\"127.0.0.1:\(alertmanager.port)\"]}]}]}\n",
            to: "dogwatch.yml")
        let session = TerminalSession(
            ["--config", folder.path + "/dogwatch.yml", "--otlp-http", "off", "--otlp-grpc", "off", "--zipkin", "off"])
        #expect(session.wait(for: "Overview"))
        session.type("7")
        #expect(session.wait(for: "Elsewhere", "billing"), "\(session.text)")
        session.type("S")
        #expect(session.wait(for: "grace"), "\(session.text)")
    }
}

/// Debian's, on the loopback interface, its data in a temporary folder.
final class AlertmanagerServer {
    static let path: String? = {
        if let path = getenv("DOGWATCH_ALERTMANAGER") { return String(cString: path) }
        return ["/usr/bin/prometheus-alertmanager", "/usr/bin/alertmanager", "/usr/local/bin/alertmanager"].first { access($0, X_OK) == 0 }
    }()
    private let folder = TemporaryFolder()
    let port = HTTPClient.freePort()
    private let child: Child

    init?() {
        folder.write("route: {receiver: none, group_wait: 0s}\nreceivers: [{name: none}]\n", to: "alertmanager.yml")
        child = Child(
            [
                "--config.file=\(folder.path)/alertmanager.yml", "--storage.path=\(folder.path)/data",
                "--web.listen-address=127.0.0.1:\(port)",
                "--cluster.listen-address=",
            ], path: Self.path ?? "")
        let deadline = Program.now + Program.patience
        while HTTPClient.get("/-/ready", port: port)?.contains("200 OK") != true { if Program.now > deadline { return nil } }
    }
    deinit {
        child.signal(SIGTERM)
        _ = child.finish()
    }
    /// Asks its API until the answer fits; gives the last one.
    func wait(_ path: String, until fits: (String) -> Bool) -> String {
        let deadline = Program.now + Program.patience
        var body = ""
        repeat { body = HTTPClient.body(HTTPClient.get("/api/v2/" + path, port: port)) } while !fits(body) && Program.now < deadline
        return body
    }
}
