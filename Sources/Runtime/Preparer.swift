import Dashboard
import Store
import Synchronization
import Telemetry

/// Prepares views beside the loop that draws them. Holds at most one question: a newer one takes the place of one not begun.
package final class Preparer: Sendable {
    struct Question: Sendable {
        var view: ErasedView
        var state: any ViewState
        var context: ViewContext
        /// What the view showed before.
        var previous: (any Sendable)?
    }
    private struct Box {
        var question: Question?
        var completion: (view: ErasedView, text: String, offset: Int, context: ViewContext, state: any ViewState)?
        var answers: [Message] = []
    }
    private let box = Mutex(Box())
    private let snapshot: @Sendable () -> StoreSnapshot
    private let isReady: @Sendable () -> Void
    private let thread: Mutex<WorkerThread?> = Mutex(nil)

    /// `isReady` is called on the preparer's thread whenever there are answers to fetch.
    package init(snapshot: @escaping @Sendable () -> StoreSnapshot, isReady: @escaping @Sendable () -> Void) {
        self.snapshot = snapshot
        self.isReady = isReady
    }

    package func start() {
        let worker = WorkerThread("prepare") { [weak self] signal in
            // What was asked before the start waits already.
            repeat { self?.work() } while signal.wait(nanoseconds: nil)
        }
        thread.withLock { $0 = worker }
    }
    package func stop() { thread.withLock { $0 }?.stop() }

    func ask(_ question: Question) {
        box.withLock { $0.question = question }
        thread.withLock { $0 }?.wake()
    }
    func complete(_ view: ErasedView, _ text: String, offset: Int, _ context: ViewContext, _ state: any ViewState) {
        box.withLock { $0.completion = (view, text, offset, context, state) }
        thread.withLock { $0 }?.wake()
    }
    func takeAnswers() -> [Message] {
        box.withLock { box in
            defer { box.answers = [] }
            return box.answers
        }
    }

    /// At once, on the caller's thread: for the first frame, for `snapshot`, and for tests.
    static func answer(_ question: Question, _ snapshot: StoreSnapshot) -> Message {
        .prepared(question.view.id, question.view.prepare(snapshot, question.context, question.state, question.previous))
    }

    private func work() {
        let (question, completion) = box.withLock { box in
            defer { (box.question, box.completion) = (nil, nil) }
            return (box.question, box.completion)
        }
        guard question != nil || completion != nil else { return }
        let snapshot = snapshot()
        var answers: [Message] = []
        if let question { answers.append(Self.answer(question, snapshot)) }
        if let completion {
            let (view, text, offset, context, state) = completion
            answers.append(.completed(view.complete(text, offset, snapshot, context, state)))
        }
        box.withLock { $0.answers += answers }
        isReady()
    }
}
