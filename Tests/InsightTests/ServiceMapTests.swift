import Store
import Telemetry
import Testing

@testable import Insight

@Suite struct ServiceMapTests {
    private func map(_ store: TelemetryStore, lens: Lens = Lens(), after seconds: Int64 = 30) -> ServiceMap {
        ServiceMap(store.snapshot(), lens: lens, over: .seconds(60), at: noon + .seconds(seconds))
    }
    private func lines(_ map: ServiceMap) -> [String] { map.edges.map { "\($0.from) > \($0.to) \($0.calls)/\($0.errors)" } }

    @Test func linksServicesPeersDatabasesAndTheMailBehindTheQueue() {
        let store = TelemetryStore()
        store.add(order(isFailing: true), trace: 1)
        store.add(order(), trace: 2)
        store.add(mail(forTrace: 2), trace: 3)
        let map = map(store)
        #expect(
            lines(map) == [
                "gateway > order 2/1", "order > database/postgresql order-db 2/0", "order > payment 2/1", "order > queue/rabbitmq 1/0",
                "payment > bank 2/1", "queue/rabbitmq > notification 1/0",
            ])
        #expect(map.unpaired.isEmpty && map.note == nil)
        #expect(map[node: "bank"]?.kind == .peer)
        #expect(map[node: "gateway"].map { $0.entryRate > 0 } == true)
        #expect(map[node: "order"]?.entryRate == 0)
        #expect(map[node: "order"]?.versions == ["v1"])
        #expect(map.neighbours(of: "payment").callers == ["order"])
        #expect(map.neighbours(of: "order").callees == ["database/postgresql order-db", "payment", "queue/rabbitmq"])
    }

    @Test func measuresAtTheCallerWhereItCan() throws {
        let store = TelemetryStore()
        store.add(order())
        let edge = try #require(map(store).edge(from: "order", to: "payment"))
        #expect(edge.callerMeasured == 1 && edge.latency.maximum == .milliseconds(50))
    }

    @Test func sharedIDsPairWithTheirOtherHalf() {
        let store = TelemetryStore()
        store.add([
            Sketch(id: 1, service: "order", kind: .client, from: 0, to: 10),
            Sketch(id: 1, service: "inventory", kind: .server, from: 1, to: 9, isShared: true),
        ])
        #expect(lines(map(store)) == ["order > inventory 1/0"])
    }

    @Test func producersLeadThroughTheirQueue() {
        let store = TelemetryStore()
        let topic = [Attribute("messaging.system", .string("kafka")), Attribute("messaging.destination.name", .string("orders"))]
        store.add([
            Sketch(id: 1, service: "a", kind: .producer, from: 0, to: 10, attributes: topic),
            Sketch(id: 2, parent: 1, service: "b", kind: .consumer, from: 20, to: 30, attributes: topic),
        ])
        let map = map(store)
        #expect(lines(map) == ["a > queue/kafka orders 1/0", "queue/kafka orders > b 1/0"])
        #expect(map.edges.allSatisfy { $0.isAsynchronous })
    }

    @Test func callsInCirclesAndWithinAServiceAreFine() {
        let store = TelemetryStore()
        store.add([
            Sketch(id: 1, service: "a", kind: .server, from: 0, to: 90), Sketch(id: 2, parent: 1, service: "a", from: 1, to: 80),
            Sketch(id: 3, parent: 2, service: "b", kind: .server, from: 2, to: 70),
            Sketch(id: 4, parent: 3, service: "a", kind: .server, from: 3, to: 60),
        ])
        #expect(lines(map(store)) == ["a > b 1/0", "b > a 1/0"])
    }

    @Test func halvesThatLeadNowhereAreCountedByReason() {
        let store = TelemetryStore()
        store.add([
            Sketch(id: 1, parent: 77, service: "a", kind: .server, from: 0, to: 10),
            Sketch(id: 2, parent: 1, service: "a", kind: .client, from: 1, to: 5),
            Sketch(id: 3, service: "c", kind: .consumer, from: 1, to: 5),
        ])
        #expect(Set(map(store).unpaired.map { "\($0.reason) \($0.count)" }) == ["missingParent 1", "unnamedPeer 1", "missingLink 1"])
        #expect(map(store, after: 3).unpaired.contains { $0.reason == .unsettled })
        #expect(map(store).note?.hasPrefix("Not drawn: ") == true)
    }

    @Test func aPeerThatSendsSpansIsThatService() {
        let store = TelemetryStore()
        store.add(
            [Sketch(id: 1, service: "a", kind: .client, from: 0, to: 9, attributes: [Attribute("peer.service", .string("b"))])], trace: 1)
        store.add([Sketch(id: 1, service: "b", kind: .server, from: 0, to: 9)], trace: 2)
        #expect(map(store)[node: "b"]?.kind == .service)
        #expect(lines(map(store)) == ["a > b 1/0"])
    }

    @Test func aLensKeepsTheCallsOfItsService() {
        let store = TelemetryStore()
        store.add(order())
        #expect(lines(map(store, lens: Lens(service: "payment"))) == ["order > payment 1/0", "payment > bank 1/0"])
        #expect(map(store, lens: Lens(service: "nobody")).nodes.isEmpty)
    }
}
