import Canvas
import Telemetry

extension DashboardState {
    static let doubleClick = TimeSpan.milliseconds(400)

    mutating func point(_ mouse: Mouse) -> [Command] {
        guard hasMouse, !isTooSmall else { return [] }
        switch mouse.action {
        case .wheelUp: return repeated(.up)
        case .wheelDown: return repeated(.down)
        case .press(.left): return click(at: mouse.point)
        default: return []
        }
    }

    private mutating func repeated(_ action: Action) -> [Command] {
        if case .help(let scroll) = overlay {
            scrollHelp(to: scroll + (action == .up ? -3 : 3))
            return []
        }
        guard overlay == .none else { return [] }
        return (0..<3).reduce(into: []) { commands, _ in
            for command in perform(action) where !commands.contains(command) { commands.append(command) }
        }
    }

    private mutating func click(at point: Point) -> [Command] {
        let isDouble = lastPress.map { $0.point == point && clock - $0.time <= Self.doubleClick } ?? false
        lastPress = isDouble ? nil : (point, clock)
        guard overlay == .none else {
            overlay = .none
            return []
        }
        guard let area = frame().hitArea(at: point) else { return [] }
        if let number = area.id.dropPrefix("view:").flatMap({ Int($0) }), let id = ViewID(rawValue: number) { return perform(.view(id)) }
        if let name = area.id.dropPrefix("key:"), let binding = keymap.bindings(in: view).first(where: { $0.name == name }) {
            return perform(binding.action)
        }
        guard let erased = current, let model = models[view], var own = states[view] else { return [] }
        let effects = erased.click(area.id, isDouble, &own, model, viewSize)
        states[view] = own
        return effects.flatMap { apply($0) }
    }
}

extension String {
    /// What follows `prefix`; nil where it doesn't start so.
    func dropPrefix(_ prefix: String) -> String? { hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil }
}
