/// The parts of dogwatch measured in one process; `Benchmarks/run` measures the program as people run it.
///
/// With a recording's path it reads that too. Release builds alone say anything.
@main
enum Bench {
    static func main() {
        // First, while the process holds no memory that something else let go of.
        SeriesBenchmarks.run()
        StoreBenchmarks.run()
        WireBenchmarks.run()
        ScrapeBenchmarks.run()
        InsightBenchmarks.run()
        AnswerBenchmarks.run()
        for path in CommandLine.arguments.dropFirst() { RecordingBenchmarks.run(path) }
    }
}
