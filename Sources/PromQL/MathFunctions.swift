import Glibc
import Telemetry

/// A function of one float; histograms have no such value and fall away.
enum MathFunction: String {
    case abs, ceil, floor, exp, sqrt, ln, log2, log10, sin, cos, tan, asin, acos, atan, sinh, cosh, tanh, asinh, acosh, atanh
    case rad, deg, sgn, round, clamp
    case clampMinimum = "clamp_min", clampMaximum = "clamp_max"

    func apply(_ value: Double) -> Double {
        switch self {
        case .abs: value.magnitude
        case .ceil: value.rounded(.up)
        case .floor: value.rounded(.down)
        case .exp: Glibc.exp(value)
        case .sqrt: value.squareRoot()
        case .ln: Glibc.log(value)
        case .log2: Glibc.log2(value)
        case .log10: Glibc.log10(value)
        case .sin: Glibc.sin(value)
        case .cos: Glibc.cos(value)
        case .tan: Glibc.tan(value)
        case .asin: Glibc.asin(value)
        case .acos: Glibc.acos(value)
        case .atan: Glibc.atan(value)
        case .sinh: Glibc.sinh(value)
        case .cosh: Glibc.cosh(value)
        case .tanh: Glibc.tanh(value)
        case .asinh: Glibc.asinh(value)
        case .acosh: Glibc.acosh(value)
        case .atanh: Glibc.atanh(value)
        case .rad: value * .pi / 180
        case .deg: value * 180 / .pi
        case .sgn: value < 0 ? -1 : value > 0 ? 1 : value
        case .round, .clamp, .clampMinimum, .clampMaximum: value
        }
    }
}

final class MathOperator: Operator {
    private let function: MathFunction
    private let inner: Operator
    private let low: StepValues
    private let high: StepValues

    init(_ function: MathFunction, _ inner: Operator, _ parameters: [StepValues]) throws(QueryError) {
        self.function = function
        self.inner = inner
        switch function {
        case .round: (low, high) = (parameters.first ?? .constant(1), .constant(0))
        case .clamp where parameters.count == 2: (low, high) = (parameters[0], parameters[1])
        case .clampMinimum where parameters.count == 1: (low, high) = (parameters[0], .constant(.infinity))
        case .clampMaximum where parameters.count == 1: (low, high) = (.constant(-.infinity), parameters[0])
        case .clamp, .clampMinimum, .clampMaximum: throw .execution(message: "\(function.rawValue) with too few arguments")
        default: (low, high) = (.constant(0), .constant(0))
        }
        super.init(inner.run, inner.grid, inner.labels.droppingNames())
    }

    override func fill(_ row: Int, _ out: Row) throws(QueryError) {
        try inner.fill(row, out)
        if !out.histograms.isEmpty { out.histograms = [] }
        for step in 0..<out.count where !isAbsent(out.values[step]) {
            let value = out.values[step]
            switch function {
            case .round:
                // Inverted, as Prometheus does for accuracy; halves go up.
                let inverse = 1 / low[step]
                out.values[step] = (value * inverse + 0.5).rounded(.down) / inverse
            case .clamp, .clampMinimum, .clampMaximum:
                out.values[step] = high[step] < low[step] ? absent : goMaximum(low[step], goMinimum(high[step], value))
            default: out.values[step] = function.apply(value)
            }
        }
    }
}

/// A part of the calendar, UTC, of a value in seconds.
enum DateFunction: String {
    case minute, hour, month, year
    case dayOfMonth = "day_of_month", dayOfWeek = "day_of_week", dayOfYear = "day_of_year", daysInMonth = "days_in_month"

    func apply(_ value: Double) -> Double {
        // What is no moment comes, on the processors that Prometheus runs on, to 2⁶³ seconds.
        let time =
            value.magnitude < 9_223_372_036_854_775_808
            ? CivilTime(seconds: Int64(value)) : CivilTime(days: 106_751_991_167_300, rest: 55_808)
        return switch self {
        case .minute: Double(time.minute)
        case .hour: Double(time.hour)
        case .month: Double(time.month)
        case .year: Double(time.year)
        case .dayOfMonth: Double(time.day)
        case .dayOfWeek: Double(time.weekday)
        case .dayOfYear: Double(time.dayOfYear)
        case .daysInMonth: Double(time.daysInMonth)
        }
    }
}

final class DateOperator: Operator {
    private let function: DateFunction
    private let inner: Operator
    init(_ function: DateFunction, _ inner: Operator, dropsNames: Bool) {
        self.function = function
        self.inner = inner
        super.init(inner.run, inner.grid, dropsNames ? inner.labels.droppingNames() : inner.labels)
    }
    override func fill(_ row: Int, _ out: Row) throws(QueryError) {
        try inner.fill(row, out)
        if !out.histograms.isEmpty { out.histograms = [] }
        for step in 0..<out.count where !isAbsent(out.values[step]) { out.values[step] = function.apply(out.values[step]) }
    }
}
