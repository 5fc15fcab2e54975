import Telemetry

/// What stands before a payload: its place in the order of arrivals, its time, its source, and what its kind adds.
struct ArrivalHeader {
    var sequence: Int64
    var time: Timestamp
    var source: Source
    /// How many bytes follow the header line; of kinds with bodies only.
    var length = 0
    /// The whole header, for what only one kind has.
    var value: HeaderValue

    init?(_ value: HeaderValue) {
        guard let sequence = value["sequence"]?.integer, let time = value["time"]?.integer, let source = Source(value["source"]) else {
            return nil
        }
        self.sequence = sequence
        self.time = Timestamp(milliseconds: time)
        self.source = source
        self.value = value
        if let length = value["length"]?.integer {
            guard (0...Int64(RecordingFormat.bodyLimit)).contains(length) else { return nil }
            self.length = Int(length)
        }
    }

    static func members(of arrival: Arrival, sequence: Int64) -> [(name: String, value: HeaderValue)] {
        [
            ("sequence", .integer(sequence)), ("time", .integer(arrival.time.milliseconds)),
            ("source", .array([.string(arrival.source.kind.rawValue), .string(arrival.source.name)])),
        ]
    }
}

extension Source {
    fileprivate init?(_ value: HeaderValue?) {
        guard let elements = value?.elements, elements.count == 2, let kind = elements[0].string.flatMap(Kind.init(rawValue:)) else {
            return nil
        }
        guard let name = elements[1].string else { return nil }
        self.init(kind, name)
    }
}

extension Scrape {
    /// `form` is `page` or `changes`; `length` counts the stored bytes.
    func header(form: String, length: Int) -> [(name: String, value: HeaderValue)] {
        var members: [(name: String, value: HeaderValue)] = [
            ("labels", .object(labels.labels.map { ($0.name, .string($0.value)) })), ("started", .integer(started.milliseconds)),
            ("durationNanoseconds", .integer(duration.nanoseconds)), ("intervalNanoseconds", .integer(interval.nanoseconds)),
            ("contentType", .string(contentType)),
        ]
        if let failure { members.append(("failure", .string(failure))) }
        if isFinal { members.append(("final", .bool(true))) }
        if honorsLabels { members.append(("honorLabels", .bool(true))) }
        if sampleLimit != 0 { members.append(("sampleLimit", .integer(Int64(sampleLimit)))) }
        if labelLimits != LabelLimits() {
            let numbers = [labelLimits.count, labelLimits.nameLength, labelLimits.valueLength]
            members += zip(Self.labelLimitKeys, numbers).map { ($0, .integer(Int64($1))) }
        }
        if !honorsTimestamps { members.append(("honorTimestamps", .bool(false))) }
        if takesNativeHistograms { members.append(("nativeHistograms", .bool(true))) }
        if keepsClassicHistograms { members.append(("classicHistograms", .bool(true))) }
        return members + [("form", .string(form)), ("length", .integer(Int64(length)))]
    }

    init?(_ header: HeaderValue, body: [UInt8]) {
        guard let started = header["started"]?.integer, let duration = header["durationNanoseconds"]?.integer,
            let interval = header["intervalNanoseconds"]?.integer
        else { return nil }
        let limits = Self.labelLimitKeys.map { Int(clamping: header[$0]?.integer ?? 0) }
        self.init(
            labels: LabelSet(Label.list(header["labels"])), body: body, contentType: header["contentType"]?.string ?? "",
            started: Timestamp(milliseconds: started), duration: TimeSpan(nanoseconds: duration), interval: TimeSpan(nanoseconds: interval),
            failure: header["failure"]?.string, isFinal: header["final"]?.bool ?? false, honorsLabels: header["honorLabels"]?.bool ?? false,
            sampleLimit: Int(clamping: header["sampleLimit"]?.integer ?? 0),
            labelLimits: LabelLimits(count: limits[0], nameLength: limits[1], valueLength: limits[2]),
            honorsTimestamps: header["honorTimestamps"]?.bool ?? true,
            takesNativeHistograms: header["nativeHistograms"]?.bool ?? false,
            keepsClassicHistograms: header["classicHistograms"]?.bool ?? false)
    }
    private static let labelLimitKeys = ["labelLimit", "labelNameLengthLimit", "labelValueLengthLimit"]
}

extension LogLines {
    var header: [(name: String, value: HeaderValue)] {
        var members: [(name: String, value: HeaderValue)] = []
        if !labels.isEmpty { members.append(("labels", .object(labels.map { ($0.name, .string($0.value)) }))) }
        if format != .auto { members.append(("format", .string(format.rawValue))) }
        let names = fields.named.compactMap { name, value in value.map { (name: name, value: HeaderValue.string($0)) } }
        if !names.isEmpty { members.append(("fields", .object(names))) }
        return members + [("length", .integer(Int64(bytes.count)))]
    }

    init(_ header: HeaderValue, bytes: [UInt8]) {
        let fields = header["fields"]
        self.init(
            bytes: bytes, labels: Label.list(header["labels"]),
            format: header["format"]?.string.flatMap(LogFormat.init(rawValue:)) ?? .auto,
            fields: LogFieldNames(
                timestamp: fields?["timestamp"]?.string, level: fields?["level"]?.string, message: fields?["message"]?.string,
                traceID: fields?["trace_id"]?.string, spanID: fields?["span_id"]?.string, service: fields?["service"]?.string))
    }
}

extension LogFieldNames {
    fileprivate var named: [(String, String?)] {
        [
            ("timestamp", timestamp), ("level", level), ("message", message), ("trace_id", traceID), ("span_id", spanID),
            ("service", service),
        ]
    }
}

extension Label {
    fileprivate static func list(_ value: HeaderValue?) -> [Label] {
        (value?.members ?? []).compactMap { member in member.value.string.map { Label(member.name, $0) } }
    }
}

extension SourceChange {
    var header: [(name: String, value: HeaderValue)] { [("state", .string(state.rawValue)), ("detail", .string(detail))] }

    init?(_ header: HeaderValue) {
        guard let state = header["state"]?.string.flatMap(State.init(rawValue:)) else { return nil }
        self.init(state, header["detail"]?.string ?? "")
    }
}

extension Trouble {
    var header: [(name: String, value: HeaderValue)] {
        [
            ("signal", .string(signal.rawValue)), ("reason", .string(reason.rawValue)), ("count", .integer(Int64(count))),
            ("detail", .string(detail)),
        ]
    }

    init?(_ header: HeaderValue) {
        guard let signal = header["signal"]?.string.flatMap(Signal.init(rawValue:)),
            let reason = header["reason"]?.string.flatMap(DropReason.init(rawValue:))
        else { return nil }
        self.init(
            signal: signal, reason: reason, count: Int(clamping: max(0, header["count"]?.integer ?? 1)),
            detail: header["detail"]?.string ?? "")
    }
}
