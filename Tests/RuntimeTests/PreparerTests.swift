import Canvas
import Dashboard
import Insight
import Store
import Synchronization
import Telemetry
import Testing

@testable import Runtime

@Suite struct PreparerTests {
    private let store = TelemetryStore()
    private let view = ErasedView(ProbeView.self)
    private let context = ViewContext(now: .seconds(1_700_000_000), window: .minutes(5))

    private func question(_ search: String, previous: ProbeView.Model? = nil) -> Preparer.Question {
        var state = ProbeView.State()
        state.search = search
        return Preparer.Question(view: view, state: state, context: context, previous: previous)
    }
    private func searched(_ answers: [Message]) -> [String] {
        answers.compactMap { if case .prepared(.traces, let model) = $0 { (model as? ProbeView.Model)?.search } else { nil } }
    }

    @Test func aNewerQuestionTakesThePlaceOfOneNotBegun() {
        let (entered, gate, ready) = (WorkerSignal(), WorkerSignal(), WorkerSignal())
        let store = store
        let preparer = Preparer(
            snapshot: {
                entered.wake()
                _ = gate.wait(nanoseconds: nil)
                return store.snapshot()
            }, isReady: { ready.wake() })
        preparer.start()
        preparer.ask(question("first"))
        _ = entered.wait(nanoseconds: nil)
        preparer.ask(question("second"))
        preparer.ask(question("third"))
        gate.wake()
        _ = ready.wait(nanoseconds: nil)
        _ = entered.wait(nanoseconds: nil)
        gate.wake()
        var answers = searched(preparer.takeAnswers())
        while answers.count < 2 {
            _ = ready.wait(nanoseconds: nil)
            answers += searched(preparer.takeAnswers())
        }
        preparer.stop()
        #expect(answers == ["first", "third"])
        #expect(preparer.takeAnswers().isEmpty)
    }

    @Test func aQuestionAskedBeforeTheStartIsAnswered() {
        let ready = WorkerSignal()
        let store = store
        let preparer = Preparer(snapshot: { store.snapshot() }, isReady: { ready.wake() })
        preparer.ask(question("early"))
        preparer.start()
        _ = ready.wait(nanoseconds: nil)
        preparer.stop()
        #expect(searched(preparer.takeAnswers()) == ["early"])
    }

    @Test func aCompletionAndAQuestionAreBothAnswered() {
        let ready = WorkerSignal()
        store.addSpan(1)
        let store = store
        let preparer = Preparer(snapshot: { store.snapshot() }, isReady: { ready.wake() })
        preparer.complete(view, "sp", offset: 2, context, ProbeView.State())
        preparer.ask(question("a"))
        preparer.start()
        _ = ready.wait(nanoseconds: nil)
        preparer.stop()
        let answers = preparer.takeAnswers()
        #expect(searched(answers) == ["a"])
        let completions = answers.compactMap { if case .completed(let completion) = $0 { completion?.candidates } else { nil } }
        #expect(completions == [["spans=1"]])
    }

    @Test func theModelBeforeIsHandedOn() {
        let before = ProbeView.Model(spans: 0, search: "", round: 4)
        guard case .prepared(_, let model) = Preparer.answer(question("", previous: before), store.snapshot()) else { return }
        #expect((model as? ProbeView.Model)?.round == 5)
    }
}
