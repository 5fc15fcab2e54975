import ArgumentParser
import Disk
import Glibc
import Ports
import Telemetry
import Wire

struct CheckMetricsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "metrics", abstract: "Checks pages of metrics as promtool does: that they can be read, and the rules of naming.",
        discussion: """
            Exits with 1 for a page that can't be read, with 3 for names against the rules, as promtool does.

              curl -s http://127.0.0.1:9100/metrics | dogwatch check metrics
              dogwatch check metrics --format openmetrics page.txt
            """)
    @Argument(help: ArgumentHelp("The files; - or none for standard input.", valueName: "file"), completion: .file())
    var files: [String] = []
    @Option(help: ArgumentHelp("text, openmetrics or protobuf; by content where not said.", valueName: "format"))
    var format: MetricPageFormat?

    private static let limit = ByteCount.mebibytes(256)
    /// As promtool tells names against the rules from a page that can't be read.
    private static let namingCode: Int32 = 3

    func run() throws {
        var code: Int32 = 0
        for file in files.isEmpty ? ["-"] : files {
            let page = try read(file)
            do throws(Diagnostic) {
                let problems = try MetricPageCheck.problems(of: page, as: format ?? MetricPageFormat(of: page))
                for problem in problems { StandardError.write("\(problem.diagnostic(source: file))\n") }
                if problems.isEmpty { StandardOutput.write("\(file): fine\n") } else if code == 0 { code = Self.namingCode }
            } catch {
                StandardError.write("\(Diagnostic(source: file, position: error.position, message: error.message))\n")
                code = 1
            }
        }
        if code != 0 { throw ExitCode(code) }
    }

    private func read(_ file: String) throws -> [UInt8] {
        do throws(FileFailure) {
            return file == "-" ? try readStandardInput() : try Parts.files.contents(of: file, limit: Self.limit)
        } catch {
            throw Failure.use("\(file): \(error.detail).")
        }
    }

    private func readStandardInput() throws(FileFailure) -> [UInt8] {
        let stream = Parts.files.openStandardInput()
        var page: [UInt8] = []
        while true {
            var question = pollfd(fd: 0, events: Int16(POLLIN), revents: 0)
            _ = poll(&question, 1, -1)
            guard let more = try stream.readAvailable(count: 1 << 16) else { continue }
            if more.isEmpty { return page }
            page += more
            guard page.count <= Self.limit.bytes else {
                throw FileFailure(path: "-", errno: EFBIG, detail: "more than \(Self.limit.bytes >> 20) MiB come from it")
            }
        }
    }
}

extension MetricPageFormat: ExpressibleByArgument {}
