import Canvas
import Store
import Telemetry

/// A view without its types, so that the shell can hold all of them in one list.
package struct ErasedView: Sendable {
    package let id: ViewID
    package let keymap: [KeyBinding]
    package let searchExample: String?
    let makeState: @Sendable () -> any ViewState
    /// The last one is the model before, if any.
    package let prepare: @Sendable (StoreSnapshot, ViewContext, any ViewState, (any Sendable)?) -> any Sendable
    let draw: @Sendable (any Sendable, any ViewState, Size, Look) -> Frame?
    let act: @Sendable (Action, inout any ViewState, any Sendable, Size) -> [Effect]?
    let arrive: @Sendable (Destination, inout any ViewState) -> Void
    let click: @Sendable (String, Bool, inout any ViewState, any Sendable, Size) -> [Effect]
    let export: @Sendable (any Sendable, any ViewState) -> ExportTable?
    let check: @Sendable (String, any ViewState) -> Diagnostic?
    package let complete: @Sendable (String, Int, StoreSnapshot, ViewContext, any ViewState) -> Completion?
    let searchHint: @Sendable (any ViewState) -> String?
    let keyHint: @Sendable (KeyBinding, any ViewState) -> String?

    package init<View: DashboardView>(_ view: View.Type) {
        id = View.id
        keymap = View.keymap
        searchExample = View.searchExample
        makeState = { View.State() }
        prepare = { snapshot, context, state, previous in
            View.prepare(snapshot, context, state as? View.State ?? View.State(), previous: previous as? View.Model)
        }
        draw = { model, state, size, look in
            guard let model = model as? View.Model, let state = state as? View.State else { return nil }
            return View.draw(model, state, size: size, look)
        }
        act = { action, state, model, size in
            changing(&state, model) { View.act(action, &$0, $1 as View.Model, size: size) } ?? nil
        }
        arrive = { destination, state in
            guard var own = state as? View.State else { return }
            View.arrive(at: destination, &own)
            state = own
        }
        click = { target, isDouble, state, model, size in
            changing(&state, model) { View.click(target, isDouble: isDouble, &$0, $1 as View.Model, size: size) } ?? []
        }
        export = { model, state in
            guard let model = model as? View.Model, let state = state as? View.State else { return nil }
            return View.export(model, state)
        }
        check = { text, state in View.check(text, state as? View.State ?? View.State()) }
        complete = { text, offset, snapshot, context, state in
            View.complete(text, at: offset, snapshot, context, state as? View.State ?? View.State())
        }
        searchHint = { View.searchHint($0 as? View.State ?? View.State()) }
        keyHint = { View.keyHint($0, $1 as? View.State ?? View.State()) }
    }
}

/// Opens the box, lets `body` change what is in it, and puts it back; nil where another view's state or model is in there.
private func changing<State: ViewState, Model, Result>(
    _ state: inout any ViewState, _ model: any Sendable, _ body: (inout State, Model) -> Result
) -> Result? {
    guard var own = state as? State, let model = model as? Model else { return nil }
    defer { state = own }
    return body(&own, model)
}
