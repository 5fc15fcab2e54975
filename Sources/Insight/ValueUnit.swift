/// What values are counted in, so that they can be written as people read them.
package enum ValueUnit: Hashable, Sendable {
    case plain, seconds, bytes
    /// From 0 to 1.
    case ratio
    case percent
    /// Of a thing without a unit: `/s`.
    case perSecond
    case bytesPerSecond
    /// One that is only written behind the number.
    case other(String)

    /// By the unit that a metric's name or metadata tells, in the plural as Prometheus has them.
    package init(named unit: String) {
        switch unit {
        case "seconds": self = .seconds
        case "bytes": self = .bytes
        case "ratio": self = .ratio
        case "percent": self = .percent
        case "milliseconds": self = .other("ms")
        case "microseconds": self = .other("µs")
        case "celsius": self = .other("°C")
        case "volts": self = .other("V")
        case "amperes": self = .other("A")
        case "joules": self = .other("J")
        case "watts": self = .other("W")
        case "hertz": self = .other("Hz")
        default: self = .plain
        }
    }

    /// What a rise per second is counted in; seconds per second are a share of time.
    package var perSecond: ValueUnit {
        switch self {
        case .bytes: .bytesPerSecond
        case .seconds: .plain
        case .other(let unit): .other(unit + "/s")
        case .plain: .perSecond
        default: self
        }
    }
}

extension MetricEntry {
    /// Of its own values, before any rate.
    package var valueUnit: ValueUnit {
        switch form {
        case .classicHistogram, .nativeHistogram, .gaugeHistogram, .status, .info, .states, .moment: .plain
        case .counter, .gauge, .summary, .plainSummary: ValueUnit(named: unit)
        }
    }
}
