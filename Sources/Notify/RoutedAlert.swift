import Telemetry

/// An alert as those see it who route it: labels, and when it began and ends.
package struct RoutedAlert: Hashable, Sendable {
    package var labels: LabelSet
    package var annotations: LabelSet
    package var startsAt: Timestamp
    /// In the future while it fires: then it ends by itself, unless it is told again.
    package var endsAt: Timestamp
    package var updatedAt: Timestamp
    package var generatorURL: String
    /// `endsAt` was not told but assumed.
    package var isTimedOut: Bool

    package init(
        labels: LabelSet, annotations: LabelSet = LabelSet([]), startsAt: Timestamp, endsAt: Timestamp, updatedAt: Timestamp,
        generatorURL: String = "", isTimedOut: Bool = false
    ) {
        self.labels = labels
        self.annotations = annotations
        self.startsAt = startsAt
        self.endsAt = endsAt
        self.updatedAt = updatedAt
        self.generatorURL = generatorURL
        self.isTimedOut = isTimedOut
    }

    package var name: String { labels["alertname"] ?? "" }
    package func isResolved(at now: Timestamp) -> Bool { endsAt <= now }

    func clockMoved(by step: TimeSpan) -> RoutedAlert {
        var alert = self
        (alert.startsAt, alert.endsAt, alert.updatedAt) = (startsAt + step, endsAt + step, updatedAt + step)
        return alert
    }

    /// What both tell, the later one's word where they differ; as Alertmanager's `Alert.Merge`.
    func merged(with other: RoutedAlert) -> RoutedAlert {
        let (old, new) = updatedAt <= other.updatedAt ? (self, other) : (other, self)
        var merged = new
        merged.startsAt = min(old.startsAt, new.startsAt)
        if new.isResolved(at: new.updatedAt) {
            if old.isResolved(at: new.updatedAt), old.endsAt > new.endsAt { merged.endsAt = old.endsAt }
        } else if old.endsAt > new.endsAt, !old.isTimedOut {
            merged.endsAt = old.endsAt
        }
        return merged
    }
}

extension LabelSet {
    /// As Prometheus's `LabelSet.Fingerprint`: FNV-1a over names and values, each ended by 0xff.
    package var fingerprint: UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        func add(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        for label in labels {
            for byte in label.name.utf8 { add(byte) }
            add(0xff)
            for byte in label.value.utf8 { add(byte) }
            add(0xff)
        }
        return hash
    }
    package var fingerprintText: String {
        let digits = String(fingerprint, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
