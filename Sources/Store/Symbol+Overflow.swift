import Telemetry

extension Symbol {
    /// Stands for strings that came when the pool was full; what carries one tells its real text by another way.
    package static let overflow = Symbol(1)
}
