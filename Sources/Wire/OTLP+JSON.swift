import Telemetry

extension OTLP {
    /// As `decodeTraces`, with a reader whose memory is used again: for files of many lines.
    package static func decodeTracesJSON(
        _ body: [UInt8], with reader: JSONReader
    ) throws(WireError) -> (batches: [SpanBatch], outcome: WireOutcome) {
        try reader.read(body) { root throws(WireError) in
            var decoder = JSONTraces()
            try decoder.request(root)
            return (decoder.batches, decoder.context.outcome)
        }
    }
    /// As `decodeLogs`, likewise.
    package static func decodeLogsJSON(
        _ body: [UInt8], arrival: Timestamp, with reader: JSONReader
    ) throws(WireError) -> (batches: [LogBatch], outcome: WireOutcome) {
        try reader.read(body) { root throws(WireError) in
            var decoder = JSONLogs(arrival: arrival)
            try decoder.request(root)
            return (decoder.batches, decoder.context.outcome)
        }
    }
}

/// What a field may be, by its name in the message of an error.
extension JSONValue {
    func list(_ name: String) throws(WireError) -> JSONElements {
        guard kind == .array else { throw .malformed(place: name, "a list belongs here") }
        return elements
    }
    func object(_ name: String) throws(WireError) -> JSONMembers {
        guard kind == .object else { throw .malformed(place: name, "an object belongs here") }
        return members
    }
    func requireText(_ name: String) throws(WireError) -> JSONText {
        guard let text else { throw .malformed(place: name, "a string belongs here") }
        return text
    }
    /// A 64-bit integer as a number or a decimal string.
    func wireInt(_ name: String) throws(WireError) -> Int64 {
        if let number = int { return number }
        if let text, let number = Int64(text.string) { return number }
        throw .malformed(place: name, "a whole number belongs here")
    }
    func wireUnsigned(_ name: String) throws(WireError) -> UInt64 {
        if let number = unsigned { return number }
        if let text {
            if let number = text.decimal { return number }
            if let number = UInt64(text.string) { return number }
        }
        throw .malformed(place: name, "a whole number that is not negative belongs here")
    }
    func wireDouble(_ name: String) throws(WireError) -> Double {
        if let number = double { return number }
        if let text {
            if text == "NaN" { return .nan }
            if text == "Infinity" { return .infinity }
            if text == "-Infinity" { return -.infinity }
            if let number = Double(text.string) { return number }
        }
        throw .malformed(place: name, "a number belongs here")
    }
}

extension JSONText {
    /// Up to 19 decimal digits and nothing else.
    var decimal: UInt64? {
        guard !bytes.isEmpty, bytes.count <= 19 else { return nil }
        var value: UInt64 = 0
        for byte in bytes {
            guard byte >= 0x30, byte <= 0x39 else { return nil }
            value = value &* 10 &+ UInt64(byte &- 0x30)
        }
        return value
    }
    /// Exactly `digits` hexadecimal digits of any case, at most 32; nil for anything else.
    func hexadecimal(digits: Int) -> (high: UInt64, low: UInt64)? {
        guard bytes.count == digits else { return nil }
        return hexadecimalNumber(bytes)
    }
}

/// The number that 1 to 32 hexadecimal digits of any case stand for.
func hexadecimalNumber(_ digits: UnsafeBufferPointer<UInt8>) -> (high: UInt64, low: UInt64)? {
    guard !digits.isEmpty, digits.count <= 32 else { return nil }
    var high: UInt64 = 0
    var low: UInt64 = 0
    for digit in digits {
        let value: UInt8
        switch digit {
        case 0x30...0x39: value = digit &- 0x30
        case 0x61...0x66: value = digit &- 0x57
        case 0x41...0x46: value = digit &- 0x37
        default: return nil
        }
        high = high << 4 | low >> 60
        low = low << 4 | UInt64(value)
    }
    return (high, low)
}

extension OTLPContext {
    mutating func resource(_ json: JSONValue) throws(WireError) -> Resource {
        var resource = Resource()
        for (key, value) in try json.object("resource") where !value.isNull && key == "attributes" {
            resource.attributes = try attributes(value)
        }
        return resource
    }

    mutating func scope(_ json: JSONValue) throws(WireError) -> InstrumentationScope {
        var scope = InstrumentationScope()
        for (key, value) in try json.object("scope") where !value.isNull {
            if key == "name" {
                scope.name = name(try value.requireText("scope.name").bytes)
            } else if key == "version" {
                scope.version = name(try value.requireText("scope.version").bytes)
            } else if key == "attributes" {
                scope.attributes = try attributes(value)
            }
        }
        return scope
    }

    mutating func attributes(_ json: JSONValue, depth: Int = 0) throws(WireError) -> [Attribute] {
        var attributes: [Attribute] = []
        for element in try json.list("attributes") where !element.isNull {
            guard hasRoom(attributes.count, limit: WireLimit.attributesPerItem, for: "attributes") else { break }
            var attribute = Attribute("", .empty)
            for (key, value) in try element.object("attributes[\(attributes.count)]") where !value.isNull {
                if key == "key" {
                    attribute.key = name(try value.requireText("attributes[\(attributes.count)].key").bytes)
                } else if key == "value" {
                    attribute.value = try anyValue(value, depth: depth)
                }
            }
            attributes.append(attribute)
        }
        return attributes
    }

    mutating func anyValue(
        _ json: JSONValue, depth: Int, limit: Int = WireLimit.valueBytes
    ) throws(WireError) -> AttributeValue {
        var result = AttributeValue.empty
        for (key, value) in try json.object("value") where !value.isNull {
            if key == "stringValue" {
                result = .string(string(try value.requireText("stringValue").bytes, limit: limit))
            } else if key == "intValue" {
                result = .int(try value.wireInt("intValue"))
            } else if key == "doubleValue" {
                result = .double(try value.wireDouble("doubleValue"))
            } else if key == "boolValue" {
                guard let flag = value.bool else { throw .malformed(place: "boolValue", "true or false belongs here") }
                result = .bool(flag)
            } else if key == "arrayValue" {
                result = try array(value, depth: depth + 1)
            } else if key == "kvlistValue" {
                result = try map(value, depth: depth + 1)
            } else if key == "bytesValue" {
                guard let bytes = Base64.decode(try value.requireText("bytesValue").bytes) else {
                    throw .malformed(place: "bytesValue", "it is not base64")
                }
                result = .bytes(bytes.withUnsafeBufferPointer { blob($0) })
            }
        }
        return result
    }

    private mutating func array(_ json: JSONValue, depth: Int) throws(WireError) -> AttributeValue {
        guard depth <= WireLimit.valueDepth else { return tooDeep() }
        var values: [AttributeValue] = []
        for (key, list) in try json.object("arrayValue") where !list.isNull && key == "values" {
            for element in try list.list("arrayValue.values") {
                guard hasRoom(values.count, limit: WireLimit.attributesPerItem, for: "values") else { break }
                values.append(element.isNull ? .empty : try anyValue(element, depth: depth))
            }
        }
        return .array(values)
    }

    private mutating func map(_ json: JSONValue, depth: Int) throws(WireError) -> AttributeValue {
        guard depth <= WireLimit.valueDepth else { return tooDeep() }
        var members: [Attribute] = []
        for (key, list) in try json.object("kvlistValue") where !list.isNull && key == "values" {
            members = try attributes(list, depth: depth)
        }
        return .map(members)
    }
}
