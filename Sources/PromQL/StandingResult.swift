import Telemetry

/// The answer of a standing query as it moves on: series with the points of the window.
struct StandingResult {
    private var index = LabelIndex()
    private var series: [ResultSeries] = []
    /// Numbers of series, in the order of their labels.
    private var order: [Int] = []
    private var notes: [(note: Annotations.Note, isWarning: Bool, last: Int64)] = []

    /// Series that came and went are not forgotten one by one.
    var isOvergrown: Bool { series.count > 1000 + 4 * series.count { !$0.floats.isEmpty || !$0.histograms.isEmpty } }

    /// Takes away what is older than the window, and what is to be worked out again.
    mutating func cut(before start: Int64, from dirty: Int64) {
        for number in series.indices {
            let floats = series[number].floats
            let (first, last) = (floats.firstPlace { $0.time.milliseconds >= start }, floats.firstPlace { $0.time.milliseconds >= dirty })
            if last < floats.count { series[number].floats.removeLast(floats.count - max(last, 0)) }
            if first > 0 { series[number].floats.removeFirst(min(first, series[number].floats.count)) }
            if !series[number].histograms.isEmpty {
                series[number].histograms.removeAll { $0.time.milliseconds < start || $0.time.milliseconds >= dirty }
            }
        }
        notes.removeAll { $0.last < start || $0.last >= dirty }
    }

    /// Adds the points of a row; those of rows with the same labels must not stand at one moment.
    mutating func append(_ labels: ArraySlice<SymbolPair>, _ row: Row, _ grid: StepGrid, _ symbols: Symbols) throws(QueryError) {
        let (number, isNew) = index.insert(labels)
        if isNew {
            series.append(ResultSeries(labels: symbols.labelSet(labels)))
            order.append(number)
        }
        let isBehind =
            (series[number].floats.last.map { $0.time.milliseconds >= grid.start } ?? false)
            || (series[number].histograms.last.map { $0.time.milliseconds >= grid.start } ?? false)
        series[number].append(row, grid)
        if isBehind { try series[number].settle() }
    }
    mutating func remark(_ annotations: Annotations, until end: Int64) {
        for (list, isWarning) in [(annotations.warnings, true), (annotations.infos, false)] {
            for note in list {
                if let known = notes.firstIndex(where: { $0.note == note }) {
                    notes[known].last = end
                } else {
                    notes.append((note, isWarning, end))
                }
            }
        }
        let labels = series
        if order.count == series.count, zip(order, order.dropFirst()).contains(where: { labels[$1].labels.isBefore(labels[$0].labels) }) {
            order.sort { labels[$0].labels.isBefore(labels[$1].labels) }
        }
    }

    func answer(_ run: Evaluation, _ grid: StepGrid) -> QueryAnswer {
        var annotations = Annotations()
        annotations.warnings = notes.filter(\.isWarning).map(\.note)
        annotations.infos = notes.filter { !$0.isWarning }.map(\.note)
        let shown = order.compactMap { series[$0].floats.isEmpty && series[$0].histograms.isEmpty ? nil : series[$0] }
        return QueryAnswer(.matrix(shown), annotations: annotations, statistics: run.statistics)
    }
}

extension Array {
    /// Of the first element for which `holds`; those before it must not, those behind it must.
    fileprivate func firstPlace(_ holds: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if holds(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

extension ResultSeries {
    /// Adds the points of a row.
    mutating func append(_ row: Row, _ grid: StepGrid) {
        for step in 0..<row.count where !isAbsent(row.values[step]) {
            floats.append(Sample(Timestamp(milliseconds: grid.time(step)), row.values[step]))
        }
        for entry in row.histograms { histograms.append(HistogramSample(Timestamp(milliseconds: grid.time(entry.step)), entry.value)) }
    }
    /// After two series became one: in order again, and no moment twice.
    mutating func settle() throws(QueryError) {
        floats.sort { $0.time < $1.time }
        histograms.sort { $0.time < $1.time }
        let times = (floats.map(\.time) + histograms.map(\.time)).sorted()
        for (before, time) in zip(times, times.dropFirst()) where before == time {
            throw .execution(message: "vector cannot contain metrics with the same labelset")
        }
    }
}

extension QueryRun {
    /// Evaluates the steps of `grid` and adds them to `result`.
    func extend(_ result: inout StandingResult, _ expression: Expression, _ grid: StepGrid) throws(QueryError) {
        try forEachSeries(expression, grid) { (labels, row) throws(QueryError) in try result.append(labels, row, grid, run.symbols) }
        result.remark(run.notes.finished, until: grid.end)
    }
}
