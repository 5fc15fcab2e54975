import Canvas
import Telemetry

/// How the levels of log records look, in every view that shows them.
enum LogLevelLook {
    static func role(of severity: Severity) -> Role {
        switch severity.level {
        case .trace: .levelTrace
        case .debug: .levelDebug
        case .info: .levelInfo
        case .warn: .levelWarn
        case .error: .levelError
        case .fatal: .levelFatal
        default: .text
        }
    }

    /// In columns of many lines what is ordinary recedes, so that warnings and errors stand out.
    static func columnRole(of severity: Severity) -> Role {
        switch severity.level {
        case .info: .edge
        case .debug, .trace, .unspecified: .gaugeTrack
        default: role(of: severity)
        }
    }

    /// Five letters at most, so that lines stand under one another.
    static func label(_ severity: Severity) -> String { severity.number == 0 ? "-" : severity.name }

    /// From the gravest to the least, as they are stacked.
    static let levels: [Severity] = [.fatal, .error, .warn, .info, .debug, .trace, .unspecified]
}
