import Recordings
import Telemetry
import Testing

@Suite struct OTLPRequestsTests {
    @Test func arrivalsOfAllKindsComeBackThroughOTLP() throws {
        for seed in UInt64(30)..<34 {
            let arrivals = randomArrivals(200, seed: seed)
            let files = MemoryFiles()
            let writer = try RecordingWriter(files: files, folder: "rec", version: "1.0")
            for arrival in arrivals { writer.append(arrival) }
            writer.close()
            let reader = try RecordingReader(files: files, folder: "rec")
            var replayed: [String] = []
            while let arrival = reader.next() { replayed.append(described(arrival)) }
            #expect(replayed == arrivals.map(described), "seed \(seed)")
            #expect(reader.warnings.isEmpty)
        }
    }
}
