import Ports
import Telemetry
import TestKit
import Testing
import Wire

@testable import Collectors

@Suite struct ReceiverRemoteWriteTests {
    private let sink = ArrivalList()
    private var receiver: ReceiverRemoteWrite { ReceiverRemoteWrite(address: "127.0.0.1:9090", sink: sink, clock: VirtualClock()) }

    private func post(_ body: [UInt8], type: String = "application/x-protobuf", encoding: String = "snappy") -> HTTPResponse {
        receiver.answer(
            HTTPRequest(
                method: "POST", path: ReceiverRemoteWrite.path, headers: [("content-type", type), ("content-encoding", encoding)],
                body: body))
    }
    private var batch: MetricBatch {
        MetricBatch(series: [.init(labels: LabelSet([Label("__name__", "up")]), samples: [Sample(.seconds(1), 1), Sample(.seconds(2), 0)])])
    }
    private func text(_ response: HTTPResponse) -> String { String(decoding: response.body, as: UTF8.self) }

    @Test func samplesGoToTheSinkAndTheAnswerIs204() {
        let answer = post(Snappy.literals(RemoteWrite.encode(batch)))
        #expect(answer.status == 204 && answer.body.isEmpty)
        guard case .metrics(let taken)? = sink.arrivals.first?.payload else { return #expect(Bool(false), "no arrival") }
        #expect(taken == batch && sink.arrivals.first?.source == Source(.remoteWrite, "127.0.0.1:9090/api/v1/write"))
        #expect(post([0]).status == 204 && sink.arrivals.count == 1, "an empty request")
    }

    @Test func metadataAloneIsTakenToo() {
        let metadata = MetricBatch(metadata: ["up": MetricMetadata(type: .gauge, help: "Up.")])
        #expect(post(Snappy.literals(RemoteWrite.encode(metadata))).status == 204)
        guard case .metrics(let taken)? = sink.arrivals.first?.payload else { return #expect(Bool(false), "no arrival") }
        #expect(taken == metadata)
    }

    @Test func whatTheStoreRefusesIsAnsweredWith400AndItsReason() {
        sink.admit(Admission(accepted: 1, rejected: 1, detail: "out of order sample: 1"))
        let answer = post(Snappy.literals(RemoteWrite.encode(batch)))
        #expect(answer.status == 400 && text(answer) == "out of order sample: 1\n")
        sink.overload(true)
        let overloaded = post(Snappy.literals(RemoteWrite.encode(batch)))
        #expect(overloaded.status == 503 && overloaded.headers.contains { $0.name == "Retry-After" })
    }

    @Test func whatIsNotRemoteWriteIsRefusedInASentenceAndCounted() {
        #expect(post([3, 8, 1]).status == 400)
        #expect(post(Snappy.literals([0xff])).status == 400)
        #expect(post([0], type: "application/json").status == 415)
        #expect(post([0], type: "application/x-protobuf;proto=io.prometheus.write.v2.Request").status == 415)
        #expect(post([0], encoding: "zstd").status == 415)
        #expect(post([0xff, 0xff, 0xff, 0xff, 0x0f]).status == 413)
        #expect(receiver.answer(HTTPRequest(method: "GET", path: ReceiverRemoteWrite.path)).status == 405)
        #expect(sink.troubles.map(\.reason) == [.malformed, .malformed, .unsupported, .unsupported, .unsupported, .tooLarge])
        #expect(sink.troubles.allSatisfy { $0.signal == .metrics })
    }
}

extension Snappy {
    /// `bytes` as one literal: packed, if not smaller.
    fileprivate static func literals(_ bytes: [UInt8]) -> [UInt8] {
        let count = bytes.count
        let length: [UInt8] = [UInt8(count & 0x7f | 0x80), UInt8(count >> 7 & 0x7f | 0x80), UInt8(count >> 14)]
        return bytes.isEmpty ? [0] : length + [61 << 2, UInt8((count - 1) & 0xff), UInt8((count - 1) >> 8)] + bytes
    }
}
