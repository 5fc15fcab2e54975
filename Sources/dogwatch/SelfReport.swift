import API
import Glibc
import Store
import Telemetry

/// What `/metrics` tells of dogwatch itself.
enum SelfReport {
    static func numbers(_ snapshot: StoreSnapshot, started: Timestamp) -> OwnNumbers {
        let accounting = snapshot.accounting
        var numbers = OwnNumbers()
        numbers.samplesIngested = accounting.ingested[.metrics] ?? 0
        numbers.activeSeries = accounting.seriesCount
        numbers.spansReceived = accounting.ingested[.traces] ?? 0
        numbers.logLinesReceived = accounting.ingested[.logs] ?? 0
        numbers.dropped = accounting.dropped
        numbers.evicted = accounting.evicted
        numbers.storeBytes = accounting.bytes
        numbers.residentMemory = residentMemory()
        var usage = rusage()
        if getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 {
            let microseconds =
                (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1_000_000 + Int(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
            numbers.processorTime = .microseconds(Int64(microseconds))
        }
        numbers.started = started
        numbers.openFiles = (try? Parts.files.names(inDirectory: "/proc/self/fd"))?.count
        numbers.version = Version.text
        return numbers
    }

    /// From `/proc/self/statm`, whose second number counts resident pages.
    private static func residentMemory() -> ByteCount? {
        guard let file = fopen("/proc/self/statm", "r") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 128)
        guard fgets(&line, Int32(line.count), file) != nil else { return nil }
        let words = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self).split(separator: " ")
        guard words.count > 1, let pages = Int(words[1]) else { return nil }
        return ByteCount(pages * sysconf(Int32(_SC_PAGESIZE)))
    }
}
