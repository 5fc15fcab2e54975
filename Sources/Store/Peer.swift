import Telemetry

/// Who was called, as the attributes of a CLIENT or PRODUCER span tell: the service, database, messaging destination or host, in this order.
enum Peer {
    static func of(_ span: Span) -> (kind: PeerKind, name: String) {
        guard span.kind == .client || span.kind == .producer else { return (.none, "") }
        if let service = text("peer.service", of: span) { return (.service, service) }
        if let system = text("db.system.name", of: span) ?? text("db.system", of: span) {
            return (.database, joined(system, text("db.namespace", of: span) ?? text("db.name", of: span)))
        }
        if let system = text("messaging.system", of: span) {
            return (.messaging, joined(system, text("messaging.destination.name", of: span)))
        }
        return text("server.address", of: span).map { (.host, $0) } ?? (.none, "")
    }
    private static func joined(_ system: String, _ name: String?) -> String { name.map { "\(system) \($0)" } ?? system }
    private static func text(_ key: String, of span: Span) -> String? {
        guard case .string(let text)? = span[key], !text.isEmpty else { return nil }
        return text
    }
}

/// The ids of one span's strings.
struct SpanNames: Sendable {
    /// Longer names are cut in the header; the span keeps them whole.
    static let lengthLimit = 256

    let service: Symbol
    let version: Symbol
    let name: Symbol
    /// The header does not tell the name as it came.
    let isNameCut: Bool
    let peer: Symbol
    let peerKind: PeerKind

    /// Of all spans of `batches`, one after the other.
    static func of(_ batches: [SpanBatch], in pool: StringPool) -> [SpanNames] {
        pool.intern { intern in
            var out: [SpanNames] = []
            out.reserveCapacity(batches.reduce(0) { $0 + $1.spans.count })
            for batch in batches {
                let service = intern(cut(batch.resource.serviceName))
                let version = intern(cut(batch.resource.serviceVersion ?? ""))
                for span in batch.spans {
                    let peer = Peer.of(span)
                    let name = cut(span.name)
                    let id = intern(name)
                    out.append(
                        SpanNames(
                            service: service, version: version, name: id,
                            isNameCut: id == .overflow || name.utf8.count != span.name.utf8.count,
                            peer: intern(cut(peer.name)), peerKind: peer.kind))
                }
            }
            return out
        }
    }
    static func cut(_ text: String) -> String {
        text.utf8.count <= lengthLimit ? text : String(decoding: text.utf8.prefix(lengthLimit - 3), as: UTF8.self) + "…"
    }
}
