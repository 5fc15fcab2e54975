import Telemetry

/// The fewest labels, as far as a quick look finds, by which series are told apart.
package enum TellingLabels {
    /// Labels whose name says that they only tell which of many equals it was: taken last.
    static let ofEquals: Set<String> = [
        "instance", "pod", "pod_name", "container", "container_id", "node", "host", "hostname", "ip", "id", "uid", "pid", "replica",
        "exported_instance", "service_instance_id",
    ]

    /// In the order in which they tell most; empty where all of `sets` are the same, the metric name left aside.
    package static func of(_ sets: [LabelSet]) -> [String] {
        var values: [String: Set<String>] = [:]
        for set in sets {
            for label in set.labels where label.name != LabelSet.nameLabel { values[label.name, default: []].insert(label.value) }
        }
        let candidates = values.filter { name, found in found.count > 1 || sets.contains { $0[name] == nil } }.keys.sorted { a, b in
            rank(a, values[a]?.count ?? 0) < rank(b, values[b]?.count ?? 0)
        }
        var chosen: [String] = []
        var groups = [Int](repeating: 0, count: sets.count)
        var count = min(sets.count, 1)
        for name in candidates where count < sets.count {
            let (split, number) = split(groups, sets, name)
            guard number > count else { continue }
            chosen.append(name)
            (groups, count) = (split, number)
        }
        return chosen
    }

    private static func rank(_ name: String, _ count: Int) -> (Int, Int, String) { (ofEquals.contains(name) ? 1 : 0, -count, name) }

    private static func split(_ groups: [Int], _ sets: [LabelSet], _ name: String) -> (groups: [Int], count: Int) {
        struct Key: Hashable {
            var group: Int
            var value: String
        }
        var numbers: [Key: Int] = [:]
        let new = groups.indices.map { index in
            let key = Key(group: groups[index], value: sets[index][name] ?? "")
            if let known = numbers[key] { return known }
            numbers[key] = numbers.count
            return numbers.count - 1
        }
        return (new, numbers.count)
    }
}
