import PromQL
import Telemetry

/// The series that a rule writes, and which of them had a sample last time: those that have none now end with a staleness marker.
struct RuleOutput {
    private struct Entry {
        var id: SeriesID
        var turn: UInt32
    }
    private var entries: [LabelSet: Entry] = [:]
    private var turn: UInt32 = 0

    var isEmpty: Bool { entries.isEmpty }

    /// Writes `rows` at `time`, and markers for what was there before and is not among them.
    mutating func write(_ rows: [(labels: LabelSet, value: PointValue)], at time: Timestamp, _ world: any RuleWorld) {
        if rows.isEmpty, entries.isEmpty { return }
        turn &+= 1
        var samples: [RuleSample] = []
        samples.reserveCapacity(rows.count)
        for row in rows {
            guard let id = entries[row.labels]?.id ?? world.series(for: row.labels) else { continue }
            entries[row.labels] = Entry(id: id, turn: turn)
            samples.append(RuleSample(id, time, row.value))
        }
        if entries.count > rows.count {
            for (labels, entry) in entries where entry.turn != turn {
                samples.append(RuleSample(entry.id, time, .float(Sample.staleMarker)))
                entries[labels] = nil
            }
        }
        let gone = world.append(samples)
        guard !gone.isEmpty else { return }
        // The store let go of series that had no sample for long: they are made anew.
        var again: [RuleSample] = []
        for row in rows {
            guard let entry = entries[row.labels], gone.contains(entry.id), let id = world.series(for: row.labels) else { continue }
            entries[row.labels]?.id = id
            again.append(RuleSample(id, time, row.value))
        }
        world.append(again)
    }

    /// Ends all series.
    mutating func close(at time: Timestamp, _ world: any RuleWorld) { write([], at: time, world) }
}
