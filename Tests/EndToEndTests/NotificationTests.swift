import Glibc
import TestKit
import Testing

/// Alerts on their way to servers that speak Slack's, PagerDuty's and SMTP's protocols.
@Suite(.enabled(if: Python.has("http.server, ssl"), "needs Python; DOGWATCH_PYTHON names another one")) struct NotificationTests {
    private let folder = TemporaryFolder()

    private func serve(_ receivers: String, rule: String = "vector(1)", more: String = "") throws -> Server {
        folder.write(
            """
            groups:
            - name: g
              rules:
              - alert: Always
                expr: \(rule)
                labels: {severity: critical}
                annotations: {summary: "naïve {{ $value }} & <b>"}
            """, to: "rules.yml")
        folder.write(
            """
            global: {evaluation_interval: 1s}
            rule_files: [rules.yml]
            alerts: {starter: false, state: state.json}
            notify:
              external_url: http://dw
              route: {receiver: all, group_by: [alertname], group_wait: 0s, group_interval: 5s}
              receivers:
                - name: all
            \(receivers)
            \(more)
            """, to: "dogwatch.yml")
        return try Server(["--config", folder.path + "/dogwatch.yml"])
    }

    @Test func eachChannelGetsItsMessageToTheByte() throws {
        let servers = try #require(ReceivingServers())
        let web = "http://127.0.0.1:\(servers.http)"
        let server = try serve(
            """
                  webhook_configs: [{url: "\(web)/hook"}]
                  slack_configs: [{api_url: "\(web)/slack", channel: "#ops"}]
                  pagerduty_configs: [{routing_key: k3y, url: "\(web)/v2/enqueue", severity: "{{ .CommonLabels.severity }}"}]
                  email_configs: [{to: "Ops <ops@example.org>", from: dogwatch@example.org, smarthost: "127.0.0.1:\(servers.smtp)", require_tls: false}]
                  command_configs: [{command: [/bin/sh, -c, "cat > \(folder.path)/told"]}]
            """)
        #expect(
            servers.wait(for: "/slack", 1) == [
                ##"application/json {"channel":"#ops","username":"dogwatch","attachments":[{"title":"[FIRING:1] Always (critical)","title_link":"http://dw","text":"naïve 1 &amp; &lt;b&gt;\n","fallback":"[FIRING:1] Always (critical)","color":"danger","mrkdwn_in":["fallback","pretext","text"]}]}"##
            ])
        let pager = try #require(servers.wait(for: "/v2/enqueue", 1).first)
        #expect(pager.hasPrefix(#"application/json {"routing_key":"k3y","dedup_key":""#))
        #expect(
            pager.contains(
                #""event_action":"trigger","client":"dogwatch","client_url":"http://dw","payload":{"summary":"[FIRING:1] Always (critical)","source":"dogwatch","severity":"critical","custom_details":{"#
            ))
        let hook = try #require(servers.wait(for: "/hook", 1).first)
        let begin =
            #"application/json {"receiver":"all","status":"firing","alerts":[{"status":"firing","labels":{"alertname":"Always","severity":"critical"},"annotations":{"summary":"naïve 1 & <b>"},"startsAt":"TIME","endsAt":"0001-01-01T00:00:00Z","generatorURL":"","fingerprint":""#
        let end =
            #""}],"groupLabels":{"alertname":"Always"},"commonLabels":{"alertname":"Always","severity":"critical"},"commonAnnotations":{"summary":"naïve 1 & <b>"},"externalURL":"http://dw","version":"4","groupKey":"{}:{alertname=\"Always\"}","truncatedAlerts":0,"notification_reason":"first notification"}"#
        #expect(hook.hasPrefix(begin) && hook.hasSuffix(end) && hook.count == begin.count + 16 + end.count, "\(hook)")
        let mail = try #require(servers.wait(for: "/mail", 1).first)
        #expect(
            mail.contains(#""From: dogwatch@example.org", "To: Ops <ops@example.org>", "Subject: [FIRING:1] Always (critical)""#), "\(mail)"
        )
        #expect(mail.contains("na=C3=AFve 1 & <b>"), "\(mail)")
        let smtp = servers.requests("/smtp")
        for word in ["MAIL FROM:<dogwatch@example.org>", "RCPT TO:<ops@example.org>", "DATA"] {
            #expect(smtp.contains { $0.hasPrefix(word) }, "\(smtp)")
        }
        #expect(server.child.waitForError("channel all by command: 1 told"))
        let told = String(decoding: contents(of: folder.path + "/told"), as: UTF8.self)
        #expect(told.hasPrefix(#"{"receiver":"all","status":"firing""#))
    }
    @Test func whatFailsIsTriedAgainAndHoldsNothingUp() throws {
        let servers = try #require(ReceivingServers())
        let web = "http://127.0.0.1:\(servers.http)"
        let server = try serve(
            """
                  webhook_configs:
                    - {url: "\(web)/hang", timeout: 500ms}
                    - {url: "\(web)/limited"}
                    - {url: "\(web)/broken"}
                    - {url: "\(web)/half"}
                    - {url: "\(web)/secret/T0K3N"}
                    - {url: "http://127.0.0.1:1/nobody"}
                    - {url: "\(web)/good"}
            """)
        #expect(servers.wait(for: "/good", 1).count == 1)
        // Refused for now, with a word on when: not before.
        #expect(servers.wait(for: "/limited", 2).count == 2)
        #expect(servers.pauses("/limited").first.map { $0 >= 1.9 } == true)
        // Twice out of order: a second later, then two.
        #expect(servers.wait(for: "/broken", 3).count == 3)
        #expect(servers.pauses("/broken").count == 2)
        #expect(zip(servers.pauses("/broken"), [0.9, 1.9]).allSatisfy { $0 >= $1 })
        #expect(servers.wait(for: "/half", 2).count == 2)
        #expect(servers.wait(for: "/hang", 2).count >= 2)
        // One that can't be had is told of, and what it answered, but not its address.
        #expect(server.child.waitForError("channel all by webhook: "))
        server.child.signal(SIGTERM)
        let run = server.child.finish()
        #expect(run.code == 0)
        #expect(!run.error.contains("T0K3N"), "\(run.error)")
        // What was through is not told again.
        #expect(servers.requests("/good").count == 1)
        #expect(servers.requests("/limited").count == 2)
        #expect(servers.requests("/half").count == 2)
    }

    @Test func aRestartForgetsNoSilenceAndTellsNothingTwice() throws {
        let servers = try #require(ReceivingServers())
        let receivers = "      webhook_configs: [{url: \"http://127.0.0.1:\(servers.http)/hook\"}]"
        do {
            let server = try serve(receivers)
            #expect(servers.wait(for: "/hook", 1).count == 1)
            let silence =
                #"{"matchers":[{"name":"alertname","value":"Other","isRegex":false,"isEqual":true}],"startsAt":"2020-01-01T00:00:00Z","endsAt":"2099-01-01T00:00:00Z","createdBy":"me","comment":"kept"}"#
            #expect(HTTPClient.post("/api/v2/silences", port: server.api, type: "application/json", silence)?.contains("silenceID") == true)
            server.child.signal(SIGTERM)
            #expect(server.child.finish().code == 0)
        }
        let server = try serve(receivers)
        #expect(HTTPClient.get("/api/v2/silences", port: server.api)?.contains("\"comment\":\"kept\"") == true)
        #expect(server.waitForQuery("ALERTS{alertname=\"Always\"}", "1"))
        // The rule fires no more: that is news, and the first since the restart.
        folder.write(
            "groups:\n- name: g\n  rules:\n  - {alert: Always, expr: vector(1) > 2, labels: {severity: critical}}\n", to: "rules.yml")
        server.child.signal(SIGHUP)
        #expect(server.child.waitForError("1 rule in 1 group are in force"))
        server.child.signal(SIGTERM)
        _ = server.child.finish()
        #expect(servers.requests("/hook").count == 1)
    }

    @Test func aBadReloadLeavesTheOldRulesInForce() throws {
        let server = try serve("      command_configs: [{command: [/bin/true]}]")
        #expect(server.waitForQuery("ALERTS{alertname=\"Always\"}", "1"))
        folder.write("groups:\n- name: g\n  rules:\n  - {alert: Always, expr: 'sum(up'}\n", to: "rules.yml")
        server.child.signal(SIGHUP)
        #expect(
            server.child.waitForError("the rules stay as they were: \(folder.path)/rules.yml:4:34: the expression can't be read"),
            "\(server.child.errorText)")
        #expect(server.api("rules").contains("vector(1)"))
        #expect(server.query("ALERTS{alertname=\"Always\"}") == "1")
    }

    @Test func mailGoesOverSTARTTLSWithAPassword() throws {
        let certificate = folder.path + "/mail.pem"
        let made = Child(
            [
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", certificate + ".key", "-out", certificate + ".crt", "-days",
                "2", "-subj",
                "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
            ], path: "/usr/bin/openssl"
        ).finish()
        try #require(made.code == 0, "\(made.error)")
        let parts = [".key", ".crt"].map { String(decoding: contents(of: certificate + $0), as: UTF8.self) }
        folder.write(parts.joined(), to: "mail.pem")
        let servers = try #require(ReceivingServers(certificate: certificate))
        let server = try serve(
            """
                  email_configs:
                    - to: ops@example.org
                      from: dogwatch@example.org
                      smarthost: "127.0.0.1:\(servers.smtp)"
                      auth_username: dog
                      auth_password: b0ne
                      tls_config: {ca_file: "\(certificate).crt"}
            """)
        #expect(servers.wait(for: "/mail", 1).count == 1)
        let words = servers.requests("/smtp")
        #expect(words.prefix(2).map { $0.prefix(4) } == ["EHLO", "STAR"])
        #expect(words.dropFirst(2).allSatisfy { $0.hasPrefix("safe ") }, "\(words)")
        #expect(servers.requests("/auth") == ["safe |dog|b0ne"])
        server.child.signal(SIGTERM)
        #expect(!server.child.finish().error.contains("b0ne"))
    }

    @Test func oneNotificationCanBeSentByHand() throws {
        let servers = try #require(ReceivingServers())
        folder.write(
            """
            notify:
              route: {receiver: ops}
              receivers:
                - name: ops
                  webhook_configs: [{url: "http://127.0.0.1:\(servers.http)/hook"}]
                - name: gone
                  webhook_configs: [{url: "http://127.0.0.1:\(servers.http)/secret/T0K3N"}]
            """, to: "notify.yml")
        let good = Run(["notify", "test", "ops", "--config", folder.path + "/notify.yml"])
        #expect(good.code == 0, "\(good)")
        #expect(servers.wait(for: "/hook", 1).first?.contains("\"status\":\"firing\"") == true)
        let bad = Run(["notify", "test", "gone", "--config", folder.path + "/notify.yml"])
        #expect(bad.code == 1)
        #expect((bad.output + bad.error).contains("404") && !(bad.output + bad.error).contains("T0K3N"), "\(bad)")
        let unknown = Run(["notify", "test", "nobody", "--config", folder.path + "/notify.yml"])
        #expect(unknown.code == 2 && unknown.error.contains("nobody"))
    }
}
