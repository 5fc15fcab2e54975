/// Where telemetry comes from: one scrape target, one tailed file, one receiver. Stable over a run and within a recording.
package struct Source: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        case scrape, tail, otlpHTTP = "otlp-http", otlpGRPC = "otlp-grpc", zipkin, remoteWrite = "remote-write", file
        /// Rules of one file, and a channel by which alerts are told.
        case rules, channel
    }
    package var kind: Kind
    /// What the user knows it by: the URL without credentials, the path, the address.
    package var name: String
    package init(_ kind: Kind, _ name: String) {
        self.kind = kind
        self.name = name
    }
}

/// Which of the three stores something belongs to.
package enum Signal: String, Hashable, Sendable, CaseIterable { case metrics, logs, traces }
