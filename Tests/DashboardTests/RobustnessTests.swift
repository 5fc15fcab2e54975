import Canvas
import Dashboard
import Store
import Telemetry
import TestKit
import Testing

/// Whatever is pressed, on whatever screen: nothing traps, and there is always a whole frame.
@Suite struct RobustnessTests {
    private static let keys: [Key] =
        [
            .up, .down, .left, .right, .pageUp, .pageDown, .home, .end, .enter, .enter, .enter, .escape, .backspace, .tab, .backTab,
            .delete, .insert,
            .function(1), .function(2), .control("l"), .control("w"), .control("u"), .control("a"), .space,
        ] + "0123456789eEoOtTfFgGhjklnNpPisSvVcCxXzZrRyYwWuU<>[]+-,.:/?!=\"()~abdm".map { Key.character($0) }

    enum Scene: UInt64, CaseIterable {
        case shop = 1, nothing, hostile, crowd
        var snapshot: StoreSnapshot {
            switch self {
            case .shop: ShopScene.snapshot
            case .nothing: ShopScene.empty
            case .hostile: HostileScene.snapshot
            case .crowd: CrowdScene.snapshot
            }
        }
    }

    @Test(arguments: Scene.allCases)
    func randomKeysNeverTrap(_ scene: Scene) {
        let seed = scene.rawValue
        var random = Seeded(seed)
        var screen = Screen(scene.snapshot, columns: 80, rows: 24)
        screen.isLate = true
        for step in 0..<5_000 {
            press(&screen, &random)
            if Int.random(in: 0..<6, using: &random) == 0 { screen.prepare() }
            // Drawing is dear in debug builds.
            guard step % 5 == 0 else { continue }
            #expect(screen.frame.size == screen.state.size, "seed \(seed), step \(step), on \(scene)")
        }
        expectSane(screen.frame, screen.state.size)
    }

    private func press(_ screen: inout Screen, _ random: inout Seeded) {
        switch Int.random(in: 0..<40, using: &random) {
        case 0:
            let columns = Int.random(in: 1...220, using: &random)
            screen.tell(.input(.resized(Size(columns: columns, rows: Int.random(in: 1...70, using: &random)))))
        case 1: screen.tell(.tick(screen.state.clock + .milliseconds(Int64.random(in: -2_000...20_000, using: &random))))
        case 2: screen.tell(.input(.paste(HostileScene.names[Int.random(in: 0..<HostileScene.names.count, using: &random)])))
        case 3, 4:
            let point = Point(Int.random(in: 0..<220, using: &random), Int.random(in: 0..<70, using: &random))
            let actions: [Mouse.Action] = [.press(.left), .press(.left), .wheelDown, .wheelUp, .press(.right), .release(.left)]
            screen.tell(.input(.mouse(Mouse(actions[Int.random(in: 0..<actions.count, using: &random)], at: point))))
        default: screen.press(Self.keys[Int.random(in: 0..<Self.keys.count, using: &random)])
        }
    }

    @Test func everySizeDownToOneCellGivesAWholeFrame() {
        for view in ViewCatalog.views.map(\.id) {
            var screen = Screen(HostileScene.snapshot, view)
            for (columns, rows) in [
                (1, 1), (2, 1), (1, 2), (59, 16), (60, 15), (60, 16), (61, 17), (79, 23), (99, 20), (100, 20), (130, 18), (300, 100),
            ] {
                screen.tell(.input(.resized(Size(columns: columns, rows: rows))))
                expectSane(screen.frame, Size(columns: columns, rows: rows))
            }
        }
    }

    @Test func whatIsTooSmallStillLeavesOnQ() {
        var screen = Screen(columns: 30, rows: 5)
        screen.press("5", "?")
        #expect(screen.state.view == .overview)
        screen.press("q")
        #expect(screen.commands == [.quit])
    }
}
