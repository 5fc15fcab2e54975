/// What a collector delivers: a payload, where it is from, and when it came. A recording is arrivals on disk.
package struct Arrival: Sendable {
    package var source: Source
    package var time: Timestamp
    package var payload: Payload
    package init(source: Source, time: Timestamp, payload: Payload) {
        self.source = source
        self.time = time
        self.payload = payload
    }

    package enum Payload: Sendable {
        case scrape(Scrape)
        case lines(LogLines)
        case spans(PackedSpans)
        case logs([LogBatch])
        case metrics(MetricBatch)
        case status(SourceChange)
        case trouble(Trouble)

        package static func spans(_ batches: [SpanBatch]) -> Payload { .spans(PackedSpans(batches)) }
    }
}

/// The outcome of one scrape: a page as it came, or why there is none.
package struct Scrape: Hashable, Sendable {
    /// The labels of the target (`job`, `instance` and configured ones), laid over those of its samples.
    package var labels: LabelSet
    /// The page, inflated; empty when `failure` is set.
    package var body: [UInt8]
    /// The `Content-Type` of the answer, empty where there was none.
    package var contentType: String
    /// When the scrape was started; samples without a time of their own get this one.
    package var started: Timestamp
    package var duration: TimeSpan
    /// The configured time between scrapes.
    package var interval: TimeSpan
    /// What went wrong, in one sentence.
    package var failure: String?
    /// True when the target is not scraped any more: its series end here.
    package var isFinal: Bool
    /// Prometheus's `honor_labels`: on a clash the label of the sample wins, not that of the target.
    package var honorsLabels: Bool
    /// Prometheus's `sample_limit`: more samples than this on a page fail the scrape; 0 for none.
    package var sampleLimit: Int
    package var labelLimits: LabelLimits
    /// Prometheus's `honor_timestamps`: where false, samples get the time of the scrape whatever stands on the page.
    package var honorsTimestamps: Bool
    /// Prometheus's `scrape_native_histograms`: where false, native histograms on the page are read as their classic buckets.
    package var takesNativeHistograms: Bool
    /// Prometheus's `always_scrape_classic_histograms`: the classic buckets of a native histogram are kept beside it.
    package var keepsClassicHistograms: Bool
    package init(
        labels: LabelSet, body: [UInt8] = [], contentType: String = "", started: Timestamp, duration: TimeSpan, interval: TimeSpan,
        failure: String? = nil, isFinal: Bool = false, honorsLabels: Bool = false, sampleLimit: Int = 0,
        labelLimits: LabelLimits = .init(), honorsTimestamps: Bool = true, takesNativeHistograms: Bool = false,
        keepsClassicHistograms: Bool = false
    ) {
        self.labels = labels
        self.body = body
        self.contentType = contentType
        self.started = started
        self.duration = duration
        self.interval = interval
        self.failure = failure
        self.isFinal = isFinal
        self.honorsLabels = honorsLabels
        self.sampleLimit = sampleLimit
        self.labelLimits = labelLimits
        self.honorsTimestamps = honorsTimestamps
        self.takesNativeHistograms = takesNativeHistograms
        self.keepsClassicHistograms = keepsClassicHistograms
    }
}

/// Prometheus's limits of a series, its target's labels among its own; a page with one beyond them fails the scrape. 0 for none.
package struct LabelLimits: Hashable, Sendable {
    /// `label_limit`, the name of the metric counted too.
    package var count: Int
    /// `label_name_length_limit`, in bytes.
    package var nameLength: Int
    /// `label_value_length_limit`, in bytes.
    package var valueLength: Int
    package init(count: Int = 0, nameLength: Int = 0, valueLength: Int = 0) {
        self.count = count
        self.nameLength = nameLength
        self.valueLength = valueLength
    }

    /// What goes beyond, in a sentence; nil where nothing does.
    package func excess(of set: LabelSet) -> String? {
        if count > 0, set.labels.count > count {
            return "the series \(set.metricName) has \(set.labels.count) labels, more than the label_limit of \(count)"
        }
        for label in set.labels {
            if nameLength > 0, label.name.utf8.count > nameLength {
                return "the name of a label of \(set.metricName) is longer than the label_name_length_limit of \(nameLength) bytes"
            }
            if valueLength > 0, label.value.utf8.count > valueLength {
                return
                    "the value of label \(label.name) of \(set.metricName) is longer than the label_value_length_limit of \(valueLength) bytes"
            }
        }
        return nil
    }
}

/// Whole lines of one log, each ended by a newline, as they stand in the file.
package struct LogLines: Hashable, Sendable {
    package var bytes: [UInt8]
    /// Labels from the configuration, added to each record.
    package var labels: [Label]
    package var format: LogFormat
    package var fields: LogFieldNames
    package init(bytes: [UInt8], labels: [Label] = [], format: LogFormat = .auto, fields: LogFieldNames = .init()) {
        self.bytes = bytes
        self.labels = labels
        self.format = format
        self.fields = fields
    }
}

/// What the lines of a log are; `auto` tells each by its first byte.
package enum LogFormat: String, Hashable, Sendable, CaseIterable { case auto, json, text }

/// Where a JSON line keeps what matters, for logs whose names are not the usual ones; nil leaves it to the guess. Dots go into nested objects.
package struct LogFieldNames: Hashable, Sendable {
    package var timestamp: String?
    package var level: String?
    package var message: String?
    package var traceID: String?
    package var spanID: String?
    package var service: String?
    package init(
        timestamp: String? = nil, level: String? = nil, message: String? = nil, traceID: String? = nil, spanID: String? = nil,
        service: String? = nil
    ) {
        self.timestamp = timestamp
        self.level = level
        self.message = message
        self.traceID = traceID
        self.spanID = spanID
        self.service = service
    }
}

/// A source that changed what it is doing.
package struct SourceChange: Hashable, Sendable {
    package enum State: String, Hashable, Sendable { case listening, waiting, reading, rotated, truncated, closed, failed }
    package var state: State
    /// One sentence, for view 9.
    package var detail: String
    package init(_ state: State, _ detail: String = "") {
        self.state = state
        self.detail = detail
    }
}

/// Something that arrived and could not be taken: counted under its reason, its newest sentence shown in view 9.
package struct Trouble: Hashable, Sendable {
    package var signal: Signal
    package var reason: DropReason
    /// How many items (samples, lines, spans) were lost by it; 1 where a whole request was refused and its items are not known.
    package var count: Int
    /// One sentence that says what was wrong.
    package var detail: String
    package init(signal: Signal, reason: DropReason, count: Int, detail: String) {
        self.signal = signal
        self.reason = reason
        self.count = count
        self.detail = detail
    }
}

/// Why something was not taken: the label `reason` of `dogwatch_dropped_total`.
package enum DropReason: String, Hashable, Sendable, CaseIterable {
    case malformed, tooLarge = "too_large", invalidID = "invalid_id", duplicate, outOfOrder = "out_of_order", outOfBounds = "out_of_bounds"
    case seriesLimit = "series_limit", overloaded, unsupported, overBudget = "over_budget", tooDeep = "too_deep"
}

/// What came of handing in an arrival.
package struct Admission: Hashable, Sendable {
    package var accepted: Int
    package var rejected: Int
    /// Why items were rejected, in one sentence; empty when none were.
    package var detail: String
    /// The receiver should tell the client to come back later (HTTP 429, gRPC UNAVAILABLE).
    package var isOverloaded: Bool
    package init(accepted: Int = 0, rejected: Int = 0, detail: String = "", isOverloaded: Bool = false) {
        self.accepted = accepted
        self.rejected = rejected
        self.detail = detail
        self.isOverloaded = isOverloaded
    }
}

/// Takes arrivals from any thread, at once or not at all: it never waits.
package protocol ArrivalSink: Sendable {
    @discardableResult func accept(_ arrival: Arrival) -> Admission
}
