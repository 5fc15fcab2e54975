import Store
import Telemetry

/// All that a store holds, as lines of text, so that two can be compared and the first difference read.
func described(_ snapshot: StoreSnapshot) -> [String] {
    describedSeries(snapshot.metrics) + describedSpans(snapshot.traces) + describedRecords(snapshot.logs)
        + snapshot.sources.map(describedStatus) + describedAccounting(snapshot.accounting)
}

private func describedSeries(_ metrics: MetricSnapshot) -> [String] {
    let always = Timestamp.distantPast...Timestamp.distantFuture
    let series = (0..<UInt32(metrics.seriesCount)).map { SeriesID($0) }.map { id in
        let samples = metrics.samples(of: id, in: always).map { "\($0.time.milliseconds)=\(String($0.value.bitPattern, radix: 16))" }
        return
            "series \(metrics.labels(of: id).labels.map { "\($0.name)=\($0.value)" }) \(samples) \(metrics.exemplars(of: id, in: always))"
            + metrics.histograms(of: id).map { " \($0.time.milliseconds)=\(text($0.value))" }.joined()
    }
    return series + metrics.familyNames.map { "family \($0) \(String(describing: metrics.metadata(family: $0)))" }
}

/// With every field, which its description has not.
private func text(_ histogram: NativeHistogram) -> String {
    let numbers = [histogram.count, histogram.sum, histogram.zeroThreshold, histogram.zeroCount].map { String($0.bitPattern, radix: 16) }
    return "histogram \(histogram.schema) \(numbers) \(histogram.resetHint) \(histogram.positiveSpans) \(histogram.positiveBuckets) "
        + "\(histogram.negativeSpans) \(histogram.negativeBuckets) \(histogram.customBounds)"
}

private func describedSpans(_ traces: TraceSnapshot) -> [String] {
    var lines: [String] = []
    let always = PreciseTime(nanoseconds: .min)..<PreciseTime(nanoseconds: .max)
    traces.forEachSpan(startingIn: always) { header in
        let names = [header.service, header.version, header.name, header.peer].map { traces.strings[$0] }
        lines.append(
            "span \(header.ref) \(names) \(header.duration) \(header.peerKind) \(text(traces.span(header.ref))) "
                + "\(text(traces.resource(of: header.ref))) \(text(traces.scope(of: header.ref)))")
    }
    let summaries = traces.summaries(startingIn: always).map { trace in
        "trace \(trace.traceID.hexadecimal) \(trace.start) \(trace.end) \(trace.spanCount) \(trace.errorCount) \(trace.serviceCount) "
            + "\(trace.root) \(traces.strings[trace.rootService]) \(traces.strings[trace.rootName]) \(trace.hasRoot)"
    }
    return lines + summaries
}

private func describedRecords(_ logs: LogSnapshot) -> [String] {
    var lines: [String] = []
    logs.forEach(in: PreciseTime(nanoseconds: .min)..<PreciseTime(nanoseconds: .max)) { header in
        lines.append(
            "record \(header.ref) \(logs.strings[header.service]) \(text(logs.record(header.ref))) \(text(logs.resource(of: header.ref))) "
                + "\(text(logs.scope(of: header.ref))) \(text(logs.source(of: header.ref)))")
        return true
    }
    return lines
}

private func describedStatus(_ status: SourceStatus) -> String {
    var plain = status
    plain.dropped = [:]
    return "source \(plain) \(sorted(status.dropped.map { ($0.key.rawValue, $0.value) }))"
}

/// But for the bytes that strings and tables happen to take.
private func describedAccounting(_ accounting: StoreAccounting) -> [String] {
    let counts = Signal.allCases.map { signal in
        let dropped = sorted((accounting.dropped[signal] ?? [:]).map { ($0.key.rawValue, $0.value) })
        return "\(signal) ingested \(accounting.ingested[signal] ?? 0) evicted \(accounting.evicted[signal] ?? 0) dropped \(dropped) "
            + "oldest \(accounting.oldest[signal]?.milliseconds ?? 0)"
    }
    return counts + [
        "kept \(accounting.spanCount) \(accounting.traceCount) \(accounting.logCount) \(accounting.seriesCount) of \(accounting.budget)"
    ]
}

private func sorted(_ counts: [(String, UInt64)]) -> String {
    counts.sorted { $0.0 < $1.0 }.map { "\($0.0)=\($0.1)" }.joined(separator: ",")
}
private func text<Value>(_ value: Value?) -> String { value.map { "\($0)" } ?? "none" }
