import Glibc

/// One line of the table: what was measured, and its runs.
struct Measured {
    var title: String
    /// What a run's seconds become, such as lines per second.
    var unit: String
    /// One figure a run.
    var figures: [Double]

    private var sorted: [Double] { figures.sorted() }
    var median: Double { figures.isEmpty ? .nan : sorted[figures.count / 2] }

    var row: String {
        "| \(title) | \(rounded(median)) | \(rounded(sorted.first ?? .nan)) | \(rounded(sorted.last ?? .nan)) | \(unit) |"
    }
}

/// Figures under a heading, as a table of Markdown.
struct Section {
    var title: String
    var rows: [Measured] = []

    init(_ title: String) { self.title = title }

    /// Milliseconds that `body` takes.
    mutating func milliseconds(_ title: String, runs: Int = 7, _ body: () -> Void) {
        rows.append(Measured(title: title, unit: "ms", figures: timed(runs, body).map { $0 * 1e3 }))
    }

    /// How many of `count` items `body` gets through in a second, in thousands; `prepare` makes what it works on anew and isn't counted.
    mutating func rate<Work>(_ title: String, of count: Int, _ unit: String, runs: Int = 5, prepare: () -> Work, _ body: (Work) -> Void) {
        let figures = (0..<runs).map { _ in
            let work = prepare()
            return Double(count) / 1e3 / (timed(1) { body(work) }.first ?? .nan)
        }
        rows.append(Measured(title: title, unit: "thousand \(unit)/s", figures: figures))
    }

    /// Seconds of processor time that `body` takes, a million of its `count` items; `prepare` isn't counted.
    mutating func cost<Work>(_ title: String, of count: Int, _ unit: String, runs: Int = 5, prepare: () -> Work, _ body: (Work) -> Void) {
        let figures = (0..<runs).map { _ in
            let work = prepare()
            let start = seconds(CLOCK_PROCESS_CPUTIME_ID)
            body(work)
            return (seconds(CLOCK_PROCESS_CPUTIME_ID) - start) * 1e6 / Double(count)
        }
        rows.append(Measured(title: title, unit: "CPU s/million \(unit)", figures: figures))
    }

    mutating func figure(_ title: String, _ value: Double, _ unit: String) {
        rows.append(Measured(title: title, unit: unit, figures: [value]))
    }

    func print() {
        Swift.print("#### \(title)\n\n| what | median | least | most | |\n|---|---:|---:|---:|---|")
        for row in rows { Swift.print(row.row) }
        Swift.print()
    }
}

/// Seconds of each run, by the wall clock.
func timed(_ runs: Int, _ body: () -> Void) -> [Double] {
    (0..<runs).map { _ in
        let start = seconds()
        body()
        return seconds() - start
    }
}

func seconds(_ clock: clockid_t = CLOCK_MONOTONIC) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// Three significant digits, or whole from a hundred on.
private func rounded(_ value: Double) -> String {
    guard value.isFinite else { return "-" }
    if abs(value) >= 100 { return String(Int(value.rounded())) }
    let scale = abs(value) >= 10 ? 10.0 : abs(value) >= 1 ? 100 : 1000
    return String((value * scale).rounded() / scale)
}
