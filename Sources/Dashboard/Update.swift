import Canvas
import Insight
import Telemetry

/// What `message` does to the dashboard, and what it wants of the world then. Never waits, never fails.
package func update(_ state: inout DashboardState, _ message: Message) -> [Command] {
    switch message {
    case .input(let event): return state.take(event)
    case .tick(let clock): return state.tick(clock)
    case .prepared(let view, let model):
        state.models[view] = model
        return []
    case .facts(let facts):
        state.facts = facts
        return []
    case .alerting(let facts):
        state.alerting = facts
        return []
    case .completed(let completion):
        return state.accept(completion)
    case .notice(let text):
        state.say(text)
        return []
    }
}

extension DashboardState {
    mutating func tick(_ clock: Timestamp) -> [Command] {
        self.clock = clock
        if let until = notice?.until, until <= clock { notice = nil }
        return []
    }

    mutating func say(_ text: String) { notice = Notice(text: text, until: clock + .seconds(6)) }

    mutating func take(_ event: InputEvent) -> [Command] {
        switch event {
        case .key(let key): return press(key)
        case .mouse(let mouse): return point(mouse)
        case .paste(let text): return paste(text)
        case .resized(let size):
            self.size = size
            return [.prepare]
        case .resumed: return [.repaint]
        case .wake: return []
        case .ended: return [.quit]
        }
    }

    /// Pasted text goes into the line being typed, and is nowhere taken for keys.
    private mutating func paste(_ text: String) -> [Command] {
        guard var field = overlay.field else { return [] }
        field.insert(text)
        return changed(field)
    }

    mutating func press(_ key: Key) -> [Command] {
        if key == .control("c") { return [.quit] }
        if isTooSmall { return key == .character("q") ? [.quit] : [] }
        switch overlay {
        case .none: break
        case .help(let scroll): return pressInHelp(key, scroll)
        case .palette, .search, .write, .record: return pressInField(key)
        }
        guard let action = keymap.action(for: key, in: view) else { return [] }
        return perform(action)
    }

    /// Below this the views can't be read; the frame says so.
    package var isTooSmall: Bool { size.columns < 60 || size.rows < 16 }

    mutating func perform(_ action: Action) -> [Command] {
        if let commands = performInShell(action) { return commands }
        if let effects = performInView(action) { return effects.flatMap { apply($0) } }
        switch action {
        case .back: return goBack() ?? close() ?? []
        case .quit: return goBack() ?? close() ?? [.quit]
        default: return []
        }
    }

    /// What a view has open with no way that led there, such as a trace after its tab was left and chosen again.
    private mutating func close() -> [Command]? { performInView(.own("close")).map { $0.flatMap { apply($0) } } }

    /// Nil for what is the view's to decide first.
    private mutating func performInShell(_ action: Action) -> [Command]? {
        switch action {
        case .view(let id): return show(id)
        case .help: overlay = .help(scroll: 0)
        case .palette: overlay = .palette(TextField(), selected: 0)
        case .search: return beginSearch()
        case .clearSearch: return setSearch("")
        case .quitNow: return [.quit]
        case .repaint: return [.repaint]
        case .reload: return [.reload]
        case .pause: return togglePause()
        case .stepBack: return step(-1)
        case .stepForward: return step(1)
        case .now: return hold(at: nil)
        case .longerWindow:
            time.lengthen()
            return [.prepare]
        case .shorterWindow:
            time.shorten()
            return [.prepare]
        case .clearLens: return apply(.lens(Lens()))
        case .nextTheme: themeIndex = (themeIndex + 1) % max(themes.count, 1)
        case .toggleUTC: showsUTC.toggle()
        case .toggleMouse:
            hasMouse.toggle()
            say(hasMouse ? "the mouse is the dashboard's" : "the mouse is the terminal's; F2 takes it back")
            return [.setMouse(hasMouse)]
        case .write: overlay = .write(TextField("dogwatch-\(view.title.lowercased()).svg"))
        case .record:
            if facts.isRecording { return [.record(path: "")] }
            overlay = .record(TextField("dogwatch-recording"))
        default: return nil
        }
        return []
    }

    private mutating func performInView(_ action: Action) -> [Effect]? {
        guard let erased = current, let model = models[view], var own = states[view] else { return nil }
        let asked: Action = action == .quit ? .back : action
        defer { states[view] = own }
        return erased.act(asked, &own, model, viewSize)
    }

    /// Does what a view wants.
    mutating func apply(_ effect: Effect) -> [Command] {
        switch effect {
        case .prepare: return [.prepare]
        case .search: return beginSearch()
        case .go(let destination): return go(to: destination)
        case .lens(let lens):
            self.lens = lens
            return [.prepare]
        case .moment(let moment): return hold(at: moment)
        case .window(let span):
            time.setWindow(span)
            return [.prepare]
        case .copy(let text): return [.copy(text)]
        case .alerting(let request): return [.alerting(request), .prepare]
        case .say(let text):
            say(text)
            return []
        }
    }

    // MARK: - Ways

    private mutating func leaveTrail() {
        guard let own = states[view] else { return }
        trail.append(Place(view: view, state: own, lens: lens, time: time))
        if trail.count > Self.trailLimit { trail.removeFirst() }
    }

    mutating func go(to destination: Destination) -> [Command] {
        guard let target = views.first(where: { $0.id == destination.view }), var own = states[target.id] else { return [] }
        leaveTrail()
        target.arrive(destination, &own)
        states[target.id] = own
        view = target.id
        models[target.id] = nil
        return [.prepare]
    }

    private mutating func show(_ id: ViewID) -> [Command] {
        guard id != view, views.contains(where: { $0.id == id }) else { return [] }
        trail = []
        view = id
        return [.prepare]
    }

    /// Nil at the top level.
    private mutating func goBack() -> [Command]? {
        guard let place = trail.popLast() else { return nil }
        view = place.view
        states[place.view] = place.state
        lens = place.lens
        time = place.time
        return [.prepare]
    }

    // MARK: - Time

    private mutating func togglePause() -> [Command] {
        time.toggle(at: clock)
        factsAtPause = isPaused ? facts : nil
        return [.prepare]
    }
    private mutating func step(_ count: Int64) -> [Command] {
        if !isPaused { factsAtPause = facts }
        time.step(count, clock: clock)
        return [.prepare]
    }
    mutating func hold(at moment: Timestamp?) -> [Command] {
        if !isPaused { factsAtPause = facts }
        time.hold(at: moment.flatMap { $0 >= clock ? nil : $0 })
        return [.prepare]
    }
}
