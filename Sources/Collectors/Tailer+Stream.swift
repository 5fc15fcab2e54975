import Ports
import Telemetry

/// Standard input.
final class TailedStream {
    private let stream: any OpenStream
    private let output: TailOutput
    private var cutter = LogTail.LineCutter()
    private var isOpen = true
    private var isAnnounced = false

    init(_ stream: any OpenStream, output: TailOutput) {
        self.stream = stream
        self.output = output
    }

    /// Reads what is there, within the bound; true where there may be more.
    func read(at now: Timestamp) -> Bool {
        guard isOpen, output.deliverHeldBack() else { return false }
        if !isAnnounced { output.say(.reading, "", at: now) }
        isAnnounced = true
        var budget = Tailer.bytesPerPoll
        do throws(FileFailure) {
            while budget > 0, !output.isHeldUp {
                guard let bytes = try stream.readAvailable(count: LogTail.pieceSize) else { return false }
                if bytes.isEmpty {
                    end("standard input has ended", .closed, at: now)
                    return false
                }
                budget -= bytes.count
                let cutBefore = cutter.cutLines
                output.deliver(cutter.append(bytes[...]), at: now)
                output.tellCut(cutter.cutLines - cutBefore, at: now)
            }
            return !output.isHeldUp
        } catch {
            end("standard input: \(error.detail)", .failed, at: now)
            return false
        }
    }

    func finish(at now: Timestamp) { if isOpen { end("", .closed, at: now) } }

    private func end(_ detail: String, _ state: SourceChange.State, at now: Timestamp) {
        isOpen = false
        output.deliver(cutter.finish(), at: now)
        output.say(state, detail, at: now)
    }
}
