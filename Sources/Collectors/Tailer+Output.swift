import Telemetry

/// Where the lines of one file go: arrivals of bounded size, held back while the sink is overloaded.
final class TailOutput {
    /// Of one arrival; a longer line goes alone.
    static let arrivalSize = 256 << 10

    private let source: Source
    private let spec: TailSpec
    private let sink: any ArrivalSink
    private var heldBack: [Arrival] = []

    init(source: Source, spec: TailSpec, sink: any ArrivalSink) {
        self.source = source
        self.spec = spec
        self.sink = sink
    }

    var isHeldUp: Bool { !heldBack.isEmpty }

    /// True when nothing is left behind.
    func deliverHeldBack() -> Bool {
        while let arrival = heldBack.first {
            if isRefused(arrival) { return false }
            heldBack.removeFirst()
        }
        return true
    }

    /// `lines` are whole.
    func deliver(_ lines: [UInt8], at now: Timestamp) {
        var rest = lines[...]
        while !rest.isEmpty {
            let piece = rest.count <= Self.arrivalSize ? rest : wholeLines(rest)
            rest = rest[piece.endIndex...]
            let bytes = piece.count == lines.count ? lines : Array(piece)
            send(.lines(LogLines(bytes: bytes, labels: spec.labels, format: spec.format, fields: spec.fields)), at: now)
        }
    }

    func tellCut(_ count: Int, at now: Timestamp) {
        guard count > 0 else { return }
        let detail =
            "\(count == 1 ? "a line was" : "\(count) lines were") longer than \(LogTail.LineCutter.lineLimit) bytes; the rest was cut off"
        send(.trouble(Trouble(signal: .logs, reason: .tooLarge, count: count, detail: detail)), at: now)
    }

    func say(_ state: SourceChange.State, _ detail: String, at now: Timestamp) { send(.status(SourceChange(state, detail)), at: now) }

    private func send(_ payload: Arrival.Payload, at now: Timestamp) {
        let arrival = Arrival(source: source, time: now, payload: payload)
        if isHeldUp || isRefused(arrival) { heldBack.append(arrival) }
    }

    private func isRefused(_ arrival: Arrival) -> Bool {
        let admission = sink.accept(arrival)
        return admission.isOverloaded && admission.accepted == 0
    }

    /// As many lines as fit, at least one.
    private func wholeLines(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let newline = UInt8(ascii: "\n")
        let end = bytes.prefix(Self.arrivalSize).lastIndex(of: newline) ?? bytes.firstIndex(of: newline) ?? bytes.endIndex - 1
        return bytes[...end]
    }
}
