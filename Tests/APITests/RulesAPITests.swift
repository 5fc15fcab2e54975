import Notify
import Ports
import PromQL
import Rules
import Synchronization
import Telemetry
import Templates
import Testing

@testable import API

@Suite struct RulesAPITests {
    /// One alert that fires, one recording rule, one rule that fails.
    private static var report: RuleReport {
        get throws {
            var alert = Rule(kind: .alerting, name: "Down", question: .promQL(try Query("up == 0")), labels: [RuleText("severity", "page")])
            alert.hold = .seconds(30)
            alert.annotations = [RuleText("summary", "{{ $value }}", template: try Template("{{ $value }}", scope: .prometheus()))]
            let record = Rule(kind: .recording(metric: "a:b"), name: "a:b", question: .promQL(try Query("sum(up)")))
            let broken = Rule(kind: .alerting, name: "Broken", question: .promQL(try Query("up + on () up")))
            let group = RuleGroup(name: "g", source: "/etc/rules.yml", interval: .seconds(15), rules: [alert, record, broken])
            var book = RuleBook()
            let world = FewSeries()
            book.replace(with: [group], at: Asking.noon, world)
            var report = RuleReport()
            report.history.take(book.evaluateAll(at: Asking.noon - .seconds(60), world))
            report.history.take(book.evaluateAll(at: Asking.noon, world))
            report.groups = book.groups
            return report
        }
    }
    private func asking() throws -> Asking {
        let report = try Self.report
        return Asking { $0.rules = { report } }
    }

    @Test func tellsRules() throws {
        let text = try asking().ask("rules")
        #expect(
            text.hasPrefix(
                #"200 {"status":"success","data":{"groups":[{"name":"g","file":"/etc/rules.yml","rules":[{"state":"firing","name":"Down","query":"up == 0","duration":30,"#
            ), "\(text)")
        #expect(
            text.contains(
                #""alerts":[{"labels":{"alertname":"Down","job":"pay","severity":"page"},"annotations":{"summary":"0"},"state":"firing","activeAt":"2023-11-14T22:12:20Z","value":"0e+00"}]"#
            ), "\(text)")
        #expect(text.contains(#"{"name":"a:b","query":"sum(up)","health":"ok""#))
        #expect(text.contains(#""name":"Broken""#) && text.contains(#""health":"err","lastError":""#))
    }
    @Test func filtersRules() throws {
        let asking = try asking()
        #expect(!asking.ask("rules?type=record").contains("Down"))
        #expect(!asking.ask("rules?type=alert").contains("a:b"))
        #expect(!asking.ask("rules?rule_name[]=Down").contains("Broken"))
        #expect(asking.ask("rules?rule_group[]=none") == success(#"{"groups":[]}"#))
        #expect(asking.ask("rules?file[]=/etc/rules.yml").contains("Down"))
        #expect(asking.ask("rules?exclude_alerts=true").contains(#""alerts":[]"#))
        #expect(asking.ask("rules?type=x").hasPrefix("400 "))
    }
    @Test func tellsAlerts() throws {
        #expect(
            try asking().ask("alerts")
                == success(
                    #"{"alerts":[{"labels":{"alertname":"Down","job":"pay","severity":"page"},"annotations":{"summary":"0"},"state":"firing","activeAt":"2023-11-14T22:12:20Z","value":"0e+00"}]}"#
                ))
    }
    @Test func withoutRulesThereIsNothing() {
        #expect(Asking().ask("rules") == success(#"{"groups":[]}"#))
        #expect(Asking().ask("alerts") == success(#"{"alerts":[]}"#))
    }

    private final class FewSeries: RuleWorld {
        let querier: any Querier = {
            var store = ModelStore()
            let times = [Asking.noon - .seconds(60), Asking.noon]
            store.add(["__name__": "up", "job": "shop"], times.map { Sample($0, 1) })
            store.add(["__name__": "up", "job": "pay"], times.map { Sample($0, 0) })
            return store
        }()
        func rows(of question: SignalQuestion, at time: Timestamp) -> [SignalRow] { [] }
        func series(for labels: LabelSet) -> SeriesID? { nil }
        func append(_ samples: [RuleSample]) -> Set<SeriesID> { [] }
    }
}

/// As amtool and Prometheus speak to it.
@Suite struct AlertmanagerAPITests {
    private final class Told: Sendable {
        let dispatcher = Mutex(Dispatcher())
        init() {
            var configuration = NotifyConfiguration()
            configuration.route = Route(receiver: "ops", groupBy: ["alertname"])
            configuration.receivers = [Receiver(name: "ops")]
            dispatcher.withLock { $0.replace(configuration) }
        }
        var api: AlertmanagerAPI {
            AlertmanagerAPI(
                AlertmanagerAPI.Sources(
                    dispatcher: { self.dispatcher.withLock { $0 } },
                    take: { alerts, now in self.dispatcher.withLock { $0.take(alerts, at: now) } },
                    set: { silence, now in
                        self.dispatcher.withLock { dispatcher in
                            do throws(SilenceError) { return .success(try dispatcher.set(silence, at: now)) } catch {
                                return .failure(error)
                            }
                        }
                    },
                    expire: { id, now in
                        self.dispatcher.withLock { dispatcher in
                            do throws(SilenceError) { try dispatcher.expireSilence(id, at: now) } catch { return error }
                            return nil
                        }
                    }, now: { Asking.noon }, version: "0.1.0", started: Asking.noon))
        }
    }
    private let told = Told()
    private func ask(_ method: String, _ target: String, _ body: String = "", type: String = "application/json") -> String {
        let parts = target.split(separator: "?", maxSplits: 1)
        let response = told.api.answer(
            HTTPRequest(
                method: method, path: "/api/v2/" + parts[0], query: parts.count > 1 ? String(parts[1]) : "",
                headers: [(name: "content-type", value: type)], body: Array(body.utf8)))
        return "\(response.status) \(String(decoding: response.body, as: UTF8.self))"
    }
    private let slow = #"[{"labels":{"alertname":"Slow","service":"order"},"annotations":{"summary":"s"},"generatorURL":"http://p/graph"}]"#

    @Test func takesNothingFromForms() {
        #expect(ask("POST", "alerts", slow, type: "text/plain").hasPrefix("415 \""))
        #expect(ask("POST", "alerts", slow, type: "Application/JSON; charset=utf-8") == "200 ")
        #expect(ask("POST", "silences", "{}", type: "application/x-www-form-urlencoded").hasPrefix("415 \""))
    }
    @Test func takesAlertsAndTellsThem() {
        #expect(ask("POST", "alerts", slow) == "200 ")
        let text = ask("GET", "alerts")
        #expect(text.contains(#""labels":{"alertname":"Slow","service":"order"}"#), "\(text)")
        #expect(text.contains(#""status":{"state":"active","silencedBy":[],"inhibitedBy":[],"mutedBy":[]}"#), "\(text)")
        #expect(text.contains(#""receivers":[{"name":"ops"}]"#), "\(text)")
        // Without an end it ends by itself, as the configuration says.
        #expect(text.contains(#""endsAt":"2023-11-14T22:18:20Z""#) || text.contains(#""endsAt":"2023-11-14T22:18:20.000Z""#), "\(text)")
        #expect(ask("GET", "alerts?filter=service%3D%22cart%22") == "200 []")
        #expect(ask("GET", "alerts?receiver=x") == "200 []")
        #expect(ask("GET", "alerts/groups").contains(#""labels":{"alertname":"Slow"}"#))
        #expect(ask("GET", "receivers") == #"200 [{"name":"ops"}]"#)
    }
    @Test(arguments: [
        "", "{}", "[{}]", "[{\"labels\":{}}]", "[{\"labels\":{\"a\":\"\"}}]", "[1]", "[{\"labels\":{\"a\":\"b\"},\"startsAt\":\"x\"}]",
        #"[{"labels":{"a":"b"},"startsAt":"2023-11-14T22:13:20Z","endsAt":"2023-11-14T22:13:19Z"}]"#,
    ])
    func refusesWhatIsNoAlert(_ body: String) {
        #expect(ask("POST", "alerts", body).hasPrefix("400 \""))
        #expect(ask("GET", "alerts") == "200 []")
    }
    @Test func silencesAreMadeShownAndEnded() throws {
        _ = ask("POST", "alerts", slow)
        let body =
            #"{"matchers":[{"name":"service","value":"order","isRegex":false,"isEqual":true}],"startsAt":"2023-11-14T22:13:20Z","endsAt":"2023-11-14T23:13:20Z","createdBy":"me","comment":"known"}"#
        let made = ask("POST", "silences", body)
        #expect(made.hasPrefix(#"200 {"silenceID":""#))
        let id = try #require(made.split(separator: "\"").dropFirst(3).first.map(String.init))
        #expect(ask("GET", "silence/\(id)").contains(#""status":{"state":"active"}"#))
        #expect(ask("GET", "alerts").contains(#""state":"suppressed","silencedBy":["\#(id)"]"#))
        #expect(ask("GET", "alerts?silenced=false") == "200 []")
        #expect(ask("DELETE", "silence/\(id)") == "200 ")
        #expect(ask("GET", "silences").contains(#""status":{"state":"expired"}"#))
        #expect(ask("GET", "alerts").contains(#""state":"active""#))
        #expect(ask("DELETE", "silence/none").hasPrefix("404"))
        #expect(
            ask(
                "POST", "silences",
                #"{"matchers":[],"startsAt":"2023-11-14T22:13:20Z","endsAt":"2023-11-14T23:13:20Z","createdBy":"","comment":""}"#
            ).hasPrefix("400"))
    }
    @Test func refusesOtherMethodsAndPaths() {
        #expect(ask("PUT", "alerts").hasPrefix("405"))
        #expect(ask("GET", "nothing").hasPrefix("404"))
        #expect(ask("GET", "alerts?filter=%7B").hasPrefix("400"))
    }
}
