import Rules
import Telemetry

/// The rules that come with dogwatch.
package enum StarterRules {
    package static let source = "starter"
    /// As the file says them.
    package static var text: [UInt8] { PackageResources.starter_yml }

    /// Without those whose names stand in `without`.
    package static func groups(without names: [String] = []) -> [RuleGroup] {
        RuleFile.read(text, source: source).groups.map { group in
            var group = group
            group.rules.removeAll { names.contains($0.name) }
            return group
        }
    }
}
