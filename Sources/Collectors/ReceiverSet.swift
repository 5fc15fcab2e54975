import Ports
import Synchronization
import Telemetry

/// Where to receive; nil closes a receiver.
package struct ReceiverSpec: Hashable, Sendable {
    package var otlpHTTP: ListenAddress?
    package var otlpGRPC: ListenAddress?
    package var zipkin: ListenAddress?
    package init(otlpHTTP: ListenAddress?, otlpGRPC: ListenAddress?, zipkin: ListenAddress?) {
        self.otlpHTTP = otlpHTTP
        self.otlpGRPC = otlpGRPC
        self.zipkin = zipkin
    }
    /// The usual ports, on loopback only.
    package static let standard = ReceiverSpec(
        otlpHTTP: ListenAddress(host: "127.0.0.1", port: 4318), otlpGRPC: ListenAddress(host: "127.0.0.1", port: 4317),
        zipkin: ListenAddress(host: "127.0.0.1", port: 9411))
}

/// The receivers of spans and log records. What each does is told to the sink: listening, failed, refused, closed.
package final class ReceiverSet: Sendable {
    private let spec: ReceiverSpec
    private let listener: any Listener
    private let sink: any ArrivalSink
    private let clock: any WatchClock
    private let limits: ListenLimits
    private let open = Mutex<[Source]>([])

    package init(
        _ spec: ReceiverSpec, listener: any Listener, sink: any ArrivalSink, clock: any WatchClock, limits: ListenLimits = ListenLimits()
    ) {
        self.spec = spec
        self.listener = listener
        self.sink = sink
        self.clock = clock
        self.limits = limits
    }

    /// Opens what is not closed by the specification; returns the addresses bound, with their real ports. One that fails is told to the sink and harms no other.
    @discardableResult package func start() -> [Source.Kind: ListenAddress] {
        var bound: [Source.Kind: ListenAddress] = [:]
        bound[.otlpHTTP] = open(.otlpHTTP, spec.otlpHTTP) { receiver, address throws(ListenFailure) in
            try listener.serve(ReceiverOTLPHTTP(receiver: receiver), on: address, limits: limits)
        }
        bound[.otlpGRPC] = open(.otlpGRPC, spec.otlpGRPC) { receiver, address throws(ListenFailure) in
            try listener.serve(ReceiverOTLPGRPC(receiver: receiver), on: address, limits: limits)
        }
        bound[.zipkin] = open(.zipkin, spec.zipkin) { receiver, address throws(ListenFailure) in
            try listener.serve(ReceiverZipkin(receiver: receiver), on: address, limits: limits)
        }
        return bound
    }

    /// Tells that all are closed; for when the listener was stopped.
    package func tellClosed() {
        for source in open.withLock({ $0 }) { say(source, .closed, "") }
        open.withLock { $0 = [] }
    }

    private func open(
        _ kind: Source.Kind, _ address: ListenAddress?, _ serve: (Receiver, ListenAddress) throws(ListenFailure) -> ListenAddress
    ) -> ListenAddress? {
        guard let address else { return nil }
        let source = Source(kind, address.description)
        do throws(ListenFailure) {
            let bound = try serve(Receiver(source: source, sink: sink, clock: clock), address)
            open.withLock { $0.append(source) }
            say(source, .listening, "listening on \(bound)")
            return bound
        } catch {
            say(source, .failed, "can't listen on \(error.address): \(error.detail)")
            return nil
        }
    }

    private func say(_ source: Source, _ state: SourceChange.State, _ detail: String) {
        sink.accept(Arrival(source: source, time: clock.now, payload: .status(SourceChange(state, detail))))
    }
}
