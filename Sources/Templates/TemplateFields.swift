import Telemetry

/// What `.Name` means on a value: a field, an entry of a map, or a method.
enum TemplateFields {
    static func field(_ value: TemplateValue, _ name: String) throws(TemplateError) -> TemplateValue {
        switch value {
        case .map(let entries):
            if let found = entries[name] { return found }
            if let pairs = labelMethod(entries, name) { return pairs }
            // The zero value of a map of texts.
            return .string("")
        case .object(let fields, _):
            if let found = fields[name] { return found }
            throw .execution(message: "can't evaluate field \(name) in this value")
        case .list where ["Names", "Values"].contains(name): return try pairs(value, name)
        case .time, .duration: return try method(value, name, [])
        case .none: throw .execution(message: "nil data; no entry for key \(goQuoted(name))")
        default: throw .execution(message: "can't evaluate field \(name) in type \(value.kind)")
        }
    }

    /// Alertmanager's methods on sets of labels.
    private static func labelMethod(_ entries: [String: TemplateValue], _ name: String) -> TemplateValue? {
        let names = entries.keys.sorted { a, b in a == "alertname" || (b != "alertname" && a < b) }
        switch name {
        case "SortedPairs": return .list(names.map { .object(["Name": .string($0), "Value": entries[$0] ?? .none]) })
        case "Names": return .list(names.map { .string($0) })
        case "Values": return .list(names.map { entries[$0] ?? .none })
        default: return nil
        }
    }
    private static func pairs(_ value: TemplateValue, _ name: String) throws(TemplateError) -> TemplateValue {
        guard case .list(let elements) = value else { return .none }
        var out: [TemplateValue] = []
        for element in elements { out.append(try field(element, String(name.dropLast()))) }
        return .list(out)
    }

    static func method(_ value: TemplateValue, _ name: String, _ arguments: [TemplateValue]) throws(TemplateError) -> TemplateValue {
        switch (value, name) {
        case (.map(let entries), "Remove"):
            guard case .list(let names)? = arguments.first else { throw .execution(message: "Remove wants a list of names") }
            let gone = Set(names.map(\.text))
            return .map(entries.filter { !gone.contains($0.key) })
        case (.time(let time), _): return try timeMethod(time, name, arguments)
        case (.duration(let span), _): return try durationMethod(span, name)
        default: throw .execution(message: "\(name) is not a method but has arguments")
        }
    }

    private static func timeMethod(_ time: Timestamp, _ name: String, _ arguments: [TemplateValue]) throws(TemplateError) -> TemplateValue {
        let civil = CivilTime(seconds: floorDivide(time.milliseconds, 1000))
        switch name {
        case "Format":
            guard case .string(let layout)? = arguments.first else { throw .execution(message: "Format wants a layout") }
            return .string(CivilText.layout(layout, time))
        case "Unix": return .integer(Int(floorDivide(time.milliseconds, 1000)))
        case "UnixMilli": return .integer(Int(time.milliseconds))
        case "Year": return .integer(Int(civil.year))
        case "Month": return .string(CivilText.layout("January", time))
        case "Day": return .integer(civil.day)
        case "Hour": return .integer(civil.hour)
        case "Minute": return .integer(civil.minute)
        case "Second": return .integer(civil.second)
        case "Weekday": return .string(CivilText.layout("Monday", time))
        case "YearDay": return .integer(civil.dayOfYear)
        case "UTC", "Local": return .time(time)
        case "IsZero": return .bool(time.milliseconds == -62_135_596_800_000)
        case "String": return .string(CivilText.long(time))
        case "Add":
            switch arguments.first {
            case .duration(let span)?: return .time(time + span)
            case .integer(let nanoseconds)?: return .time(time + .nanoseconds(Int64(nanoseconds)))
            default: throw .execution(message: "Add wants a duration")
            }
        default: throw .unsupported(message: "dogwatch does not know the method \(name) of a time")
        }
    }

    private static func durationMethod(_ span: TimeSpan, _ name: String) throws(TemplateError) -> TemplateValue {
        switch name {
        case "Seconds": .float(span.seconds)
        case "Minutes": .float(span.seconds / 60)
        case "Hours": .float(span.seconds / 3600)
        case "Milliseconds": .integer(Int(span.nanoseconds / 1_000_000))
        case "String": .string(span.goText)
        default: throw .unsupported(message: "dogwatch does not know the method \(name) of a duration")
        }
    }
}
