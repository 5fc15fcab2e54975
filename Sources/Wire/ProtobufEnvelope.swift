import Telemetry

/// What requests of spans and of log records have in common: resources, each with its scopes, each with its items.
///
/// A resource may stand behind what is of it, so its message is walked twice.
protocol ProtobufEnvelope {
    var context: OTLPContext { get set }
    /// `ScopeSpans` or `ScopeLogs`.
    mutating func scopeItems(_ message: ProtobufReader, of resource: Resource) throws(WireError)
}

extension ProtobufEnvelope {
    mutating func request(_ reader: inout ProtobufReader) throws(WireError) {
        while let field = try reader.tag() {
            switch field {
            case tag(1, .bytes): try resourceItems(reader.message())
            default: try reader.skip(field)
            }
        }
    }

    private mutating func resourceItems(_ message: ProtobufReader) throws(WireError) {
        var resource = Resource()
        var first = message
        while let field = try first.tag() {
            switch field {
            case tag(1, .bytes): try context.resource(first.message(), into: &resource)
            default: try first.skip(field)
            }
        }
        var second = message
        while let field = try second.tag() {
            switch field {
            case tag(2, .bytes): try scopeItems(second.message(), of: resource)
            default: try second.skip(field)
            }
        }
    }
}
