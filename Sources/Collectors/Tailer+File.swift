import Ports
import Telemetry

/// One path that is tailed, and the file under it where there is one.
final class TailedFile {
    /// Compressed files are old news, and no lines.
    private static let compressedEndings = [".gz", ".zst", ".bz2", ".xz", ".lz4"]

    let path: String
    let pattern: String
    let output: TailOutput
    private let startsWithHistory: Bool
    private var file: (any OpenFile)?
    private var tail: LogTail?
    private var lastFailure: String?
    private(set) var identity: FileIdentity?
    /// When bytes came last.
    var quietSince = Timestamp.distantPast

    init(path: String, pattern: String, output: TailOutput, startsWithHistory: Bool) {
        self.path = path
        self.pattern = pattern
        self.output = output
        self.startsWithHistory = startsWithHistory
    }

    var mark: LogTail.Mark? { tail?.mark }

    func open(in files: any Files, from mark: LogTail.Mark?, at now: Timestamp) {
        do throws(FileFailure) {
            if Self.compressedEndings.contains(where: path.hasSuffix) {
                return complain("compressed files are not tailed", .closed, at: now)
            }
            let opened = try files.open(path)
            let facts = try opened.facts()
            guard facts.kind == .regular else { return complain(refusal(of: facts.kind), .failed, at: now) }
            tail = LogTail(facts, from: mark.map { .mark($0) } ?? (startsWithHistory ? .history : .beginning))
            file = opened
            identity = facts.identity
            quietSince = now
            lastFailure = nil
            say(.reading, "", at: now)
        } catch { fail(error, at: now) }
    }

    /// Reads what is new, within the bound; true where more is there.
    func read(at now: Timestamp) -> Bool {
        guard let file, output.deliverHeldBack() else { return false }
        var budget = Tailer.bytesPerPoll
        do throws(FileFailure) {
            while budget > 0 {
                guard case .some(let count) = try readPiece(of: file, at: now) else { return false }
                budget -= max(count, 1)
                if output.isHeldUp { return false }
            }
            return true
        } catch {
            fail(error, at: now)
            return false
        }
    }

    /// Nil at the end, else how many bytes came.
    private func readPiece(of file: any OpenFile, at now: Timestamp) throws(FileFailure) -> Int? {
        let facts = try file.facts()
        switch tail?.step(facts) {
        case .truncated:
            if let rest = tail?.finish() { output.deliver(rest, at: now) }
            say(.truncated, "the file was emptied; it is read from its beginning again", at: now)
            return 0
        case .read(let offset, let count):
            let bytes = try file.read(at: offset, count: count)
            let reached = tail?.mark.offset ?? 0
            guard let taken = tail?.take(bytes) else { return nil }
            deliver(taken, at: now)
            let came = (tail?.mark.offset ?? 0) - reached
            if came > 0 { quietSince = now }
            return came == 0 && !taken.isRewritten ? nil : Int(max(came, 0))
        case .atEnd, nil: return nil
        }
    }

    private func deliver(_ taken: LogTail.Taken, at now: Timestamp) {
        output.deliver(taken.lines, at: now)
        output.tellCut(taken.cutLines, at: now)
        if taken.isRewritten { say(.truncated, "the file was emptied and filled again; it is read from its beginning", at: now) }
    }

    /// Delivers a last line that has no newline.
    func finish(at now: Timestamp) {
        if let rest = tail?.finish(), !rest.isEmpty { output.deliver(rest, at: now) }
        file = nil
    }

    func fail(_ failure: FileFailure, at now: Timestamp) {
        let isMissing = failure.errno == 2
        complain(
            isMissing ? "there is no such file; waiting for it" : "\(path): \(failure.detail)", isMissing ? .waiting : .failed, at: now)
    }

    func say(_ state: SourceChange.State, _ detail: String, at now: Timestamp) { output.say(state, detail, at: now) }

    /// Says it once, not at each look.
    private func complain(_ detail: String, _ state: SourceChange.State, at now: Timestamp) {
        if lastFailure == detail { return }
        lastFailure = detail
        say(state, detail, at: now)
    }

    private func refusal(of kind: FileFacts.Kind) -> String {
        kind == .directory
            ? "\(path) is a folder; name the files in it, such as \(path)/*.log" : "\(path) is a pipe or device; use - for standard input"
    }
}
