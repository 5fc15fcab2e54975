import Canvas
import Dashboard
import Insight
import Store
import Telemetry
import TestKit
import Testing

@Suite struct MapViewTests {
    private static let sizes = [Size(columns: 80, rows: 21), Size(columns: 120, rows: 33)]

    private func picture(
        _ snapshot: StoreSnapshot, _ state: MapView.State = .init(), size: Size, drawing: Drawing = .braille, lens: Lens = Lens()
    ) -> Frame {
        let model = MapView.prepare(snapshot, MapScene.context(lens), state)
        return MapView.draw(model, state, size: size, Look(theme: .standard, drawing: drawing))
    }

    private func expectPictures(_ name: String, _ snapshot: StoreSnapshot, _ state: MapView.State = .init()) {
        for size in Self.sizes {
            let screen = "\(size.columns)x\(size.rows + 3)"
            let plain = picture(snapshot, state, size: size, drawing: .ascii).text()
            expectGolden(picture(snapshot, state, size: size).text(), named: "Map/\(name)-\(screen)")
            expectGolden(plain, named: "Map/\(name)-\(screen)-ascii")
        }
    }

    @Test func saysWhatWouldFillIt() { expectPictures("empty", MapScene.nothing()) }
    @Test func drawsTheShopFromItsGatewayInward() { expectPictures("shop", MapScene.shop) }
    @Test func drawsMoreThanFits() { expectPictures("crowd", MapScene.crowd()) }
    @Test func drawsHostileNamesAsText() { expectPictures("hostile", MapScene.hostile()) }

    @Test func opensTheOperationsOfTheSelectedService() {
        var state = MapView.State()
        state.selected = "order"
        expectPictures("selected", MapScene.shop, state)
    }

    @Test func listsCallsWorstFirst() {
        var state = MapView.State()
        state.showsList = true
        expectPictures("list", MapScene.shop, state)
    }

    // MARK: - Moving and leaving

    private let size = Size(columns: 120, rows: 33)

    private func model(_ state: MapView.State = .init()) -> MapModel { MapView.prepare(MapScene.shop, MapScene.context(), state) }

    @Test func firstArrowSelectsWhereTrafficComesIn() {
        var state = MapView.State()
        #expect(MapView.act(.down, &state, model(), size: size) == [.prepare])
        #expect(state.selected == "gateway")
    }

    @Test func arrowsGoWhereBoxesStand() {
        var state = MapView.State()
        state.selected = "gateway"
        let model = model(state)
        for (action, wanted) in [(Action.right, "login"), (.down, "order"), (.up, "login"), (.left, "gateway")] {
            _ = MapView.act(action, &state, model, size: size)
            #expect(state.selected == wanted)
        }
        #expect(MapView.act(.back, &state, model, size: size) == [])
        #expect(state.selected == nil)
        #expect(MapView.act(.back, &state, model, size: size) == nil)
    }

    @Test func everyBoxIsReachedByArrows() {
        let model = MapView.prepare(MapScene.crowd(), MapScene.context(), .init())
        var state = MapView.State()
        _ = MapView.act(.down, &state, model, size: size)
        var reached: Set<String> = []
        var open = [state.selected ?? ""]
        while let id = open.popLast() {
            guard reached.insert(id).inserted else { continue }
            for action in [Action.left, .right, .up, .down] {
                state.selected = id
                _ = MapView.act(action, &state, model, size: size)
                open.append(state.selected ?? "")
            }
        }
        #expect(reached.count == model.nodes.count)
    }

    @Test func theSelectedBoxIsAlwaysInSight() {
        let model = MapView.prepare(MapScene.crowd(), MapScene.context(), .init())
        for (index, id) in model.nodes.keys.sorted().enumerated() where index.isMultiple(of: 5) {
            var state = MapView.State()
            state.selected = id
            for size in Self.sizes {
                let frame = MapView.draw(model, state, size: size, Look(theme: .standard, drawing: .braille))
                let area = frame.hitAreas.first { $0.id == "node:" + id }
                #expect(area?.rect.rows == 4 && (area?.rect.columns ?? 0) >= 15, "\(id) at \(size)")
            }
        }
    }

    @Test func aKeyLeadsToTracesLogsAndLens() {
        var state = MapView.State()
        state.selected = "order"
        let shop = model(state)
        #expect(MapView.act(.enter, &state, shop, size: size) == [.go(.traces(search: "service=order"))])
        #expect(MapView.act(.logs, &state, shop, size: size) == [.go(.logs(search: "service=order", at: nil))])
        #expect(MapView.act(.lens, &state, shop, size: size) == [.lens(Lens(service: "order"))])
        state.selected = "bank"
        #expect(MapView.act(.enter, &state, shop, size: size) == [.go(.traces(search: "service=payment"))])
    }

    @Test func theNextFailingServiceIsTheWorst() {
        var state = MapView.State()
        let shop = model()
        _ = MapView.act(.nextError, &state, shop, size: size)
        #expect(state.selected == shop.failing.first)
        #expect(shop.failing.count == 5)
    }

    @Test func theSearchKeepsWhatFitsAndItsNeighbours() {
        var state = MapView.State()
        state.search = "payment"
        #expect(model(state).nodes.keys.sorted() == ["bank", "order", "payment"])
        state.search = "payment !bank"
        #expect(model(state).nodes.keys.sorted() == ["order", "payment"])
        state.search = "nothing like it"
        #expect(model(state).nodes.isEmpty)
    }

    @Test func exportsEveryCall() {
        let table = MapView.export(model(), .init())
        #expect(table?.rows.count == 13)
        #expect(table?.rows.first?.prefix(2) == ["gateway", "order"])
    }
}
