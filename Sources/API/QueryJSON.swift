import PromQL
import Telemetry

/// An answer as Prometheus's API says it, for who wants it without the API.
package enum QueryJSON {
    /// `{"resultType":…,"result":…}`.
    package static func data(of value: QueryValue) -> [UInt8] {
        var json = JSONBytes()
        json.raw("{\"resultType\":")
        json.result(value)
        json.raw("}")
        return json.bytes
    }
    /// A value as it stands in JSON, without the quotes.
    package static func text(of value: Double) -> String {
        var json = JSONBytes(capacity: 64)
        json.sampleValue(value)
        return String(decoding: json.bytes.dropFirst().dropLast(), as: UTF8.self)
    }
}

/// A moment as the API's parameters say it.
package enum RequestMoment {
    /// From Unix seconds or RFC 3339; nil for anything else.
    package static func parse(_ text: String) -> Timestamp? {
        // Why it is none does not matter here: who asks has other spellings to try.
        try? RequestForm.time(text)
    }
}
