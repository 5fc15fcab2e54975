import Ports
import PromQL
import Telemetry
import Wire

/// A query that a Prometheus, or a dogwatch, answers over HTTP.
package enum RemoteQuery: Sendable {
    case instant(at: Timestamp)
    case range(from: Timestamp, through: Timestamp, step: TimeSpan)

    /// To be sent to what serves the API at `url`, such as `http://127.0.0.1:9090`.
    package func request(_ text: String, url: String, timeout: TimeSpan) -> FetchRequest {
        var base = url.contains("://") ? url : "http://" + url
        while base.hasSuffix("/") { base.removeLast() }
        var form = [("query", text), ("timeout", timeout.prometheus)]
        let path: String
        switch self {
        case .instant(let time):
            path = "query"
            form.append(("time", Self.seconds(time)))
        case .range(let start, let end, let step):
            path = "query_range"
            form += [("start", Self.seconds(start)), ("end", Self.seconds(end)), ("step", "\(step.seconds)")]
        }
        return FetchRequest(
            id: 0, url: "\(base)/api/v1/\(path)", method: "POST", headers: [("Content-Type", "application/x-www-form-urlencoded")],
            body: Array(form.map { $0.0 + "=" + Self.escaped($0.1) }.joined(separator: "&").utf8), timeout: timeout,
            bodyLimit: .mebibytes(512))
    }

    private static func seconds(_ time: Timestamp) -> String {
        let (whole, part) = time.milliseconds.magnitude.quotientAndRemainder(dividingBy: 1000)
        let digits = String(part)
        return (time.milliseconds < 0 ? "-" : "") + "\(whole)." + String(repeating: "0", count: 3 - digits.utf8.count) + digits
    }
    private static func escaped(_ text: String) -> String {
        var out = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
                out.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                out += "%" + (digits.utf8.count < 2 ? "0" : "") + digits
            }
        }
        return out
    }

    /// What came back, as a value; `failed` with what the server says of the query where it refuses that.
    package static func answer(_ fetched: FetchAnswer) throws(RemoteQueryError) -> RemoteAnswer {
        let outcome: Result<RemoteAnswer, RemoteQueryError>
        do throws(WireError) {
            outcome = try JSONReader(limit: 512 << 20).read(fetched.body) { root throws(WireError) in try reading(root) }
        } catch {
            throw .unreadable(status: fetched.status, detail: "\(error)")
        }
        return try outcome.get()
    }

    private static func reading(_ root: JSONValue) throws(WireError) -> Result<RemoteAnswer, RemoteQueryError> {
        let texts = { (value: JSONValue?) in value.map { $0.elements.compactMap(\.string) } ?? [] }
        guard root["status"]?.string == "success" else {
            guard let message = root["error"]?.string else { throw .malformed(place: "answer", "it has no status") }
            return .failure(.refused(type: root["errorType"]?.string ?? "", message: message))
        }
        guard let data = root["data"], let result = data["result"] else { throw .malformed(place: "answer", "it has no result") }
        let value = try value(data["resultType"]?.string ?? "", result)
        return .success(RemoteAnswer(value: value, warnings: texts(root["warnings"]), infos: texts(root["infos"])))
    }

    private static func value(_ type: String, _ result: JSONValue) throws(WireError) -> QueryValue {
        switch type {
        case "scalar":
            let sample = try sample(result)
            return .scalar(sample.time, sample.value)
        case "string":
            let parts = Array(result.elements)
            guard parts.count == 2, let time = parts[0].double, let text = parts[1].string else {
                throw .malformed(place: "result", "a string is a time and a text")
            }
            return .string(timestamp(time), text)
        case "vector": return .vector(try series(result))
        case "matrix": return .matrix(try series(result))
        default: throw .malformed(place: "resultType", "\"\(type)\" is not known")
        }
    }

    private static func series(_ result: JSONValue) throws(WireError) -> [ResultSeries] {
        var out: [ResultSeries] = []
        for element in result.elements {
            var series = ResultSeries(labels: labels(element["metric"]))
            if let value = element["value"] { series.floats.append(try sample(value)) }
            if let values = element["values"] { for value in values.elements { series.floats.append(try sample(value)) } }
            if let value = element["histogram"] { series.histograms.append(try histogram(value)) }
            if let values = element["histograms"] { for value in values.elements { series.histograms.append(try histogram(value)) } }
            out.append(series)
        }
        return out
    }

    private static func labels(_ object: JSONValue?) -> LabelSet {
        var labels: [Label] = []
        if let object { for (name, value) in object.members { if let text = value.string { labels.append(Label(name.string, text)) } } }
        return LabelSet(labels)
    }

    private static func sample(_ pair: JSONValue) throws(WireError) -> Sample {
        let parts = Array(pair.elements)
        guard parts.count == 2, let time = parts[0].double, let text = parts[1].string, let value = number(text) else {
            throw .malformed(place: "result", "a sample is a time and a number in quotes")
        }
        return Sample(timestamp(time), value)
    }
    /// Its count and sum; the buckets come without a schema.
    private static func histogram(_ pair: JSONValue) throws(WireError) -> HistogramSample {
        let parts = Array(pair.elements)
        guard parts.count == 2, let time = parts[0].double, let count = parts[1]["count"]?.string.flatMap(number),
            let sum = parts[1]["sum"]?.string.flatMap(number)
        else { throw .malformed(place: "result", "a histogram is a time, a count and a sum") }
        return HistogramSample(timestamp(time), NativeHistogram(count: count, sum: sum))
    }
    private static func number(_ text: String) -> Double? {
        switch text {
        case "NaN": .nan
        case "+Inf": .infinity
        case "-Inf": -.infinity
        default: Double(text)
        }
    }
    private static func timestamp(_ seconds: Double) -> Timestamp {
        Timestamp(milliseconds: Int64(min(max((seconds * 1000).rounded(), -9e18), 9e18)))
    }
}

package struct RemoteAnswer: Sendable {
    package var value: QueryValue
    package var warnings: [String]
    package var infos: [String]
    package init(value: QueryValue, warnings: [String] = [], infos: [String] = []) {
        self.value = value
        self.warnings = warnings
        self.infos = infos
    }
}

package enum RemoteQueryError: Error, Hashable, Sendable {
    /// Nothing came back: why, in a clause.
    case unreachable(String)
    /// The server understood, and says no.
    case refused(type: String, message: String)
    /// What came back is no answer of this API.
    case unreadable(status: Int, detail: String)
}
