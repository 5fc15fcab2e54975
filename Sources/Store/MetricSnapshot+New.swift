import Telemetry

extension MetricSnapshot {
    /// Most series got one sample since, which their heads tell: nothing is decoded then.
    package func visitNew(
        _ series: [SeriesID], since ends: inout [SeriesEnd], _ visit: (_ place: Int, _ read: Int64, _ new: NewSamples) -> Int64?
    ) {
        ends.withUnsafeMutableBufferPointer { ends in
            var (segment, number, heads): (SeriesSegment?, Int, UnsafeMutablePointer<SeriesHead>?) = (nil, -1, nil)
            for place in series.indices {
                let id = Int(series[place].index)
                if id / SeriesTable.segmentSize != number {
                    (segment, number) = (index.series.segment(of: id), id / SeriesTable.segmentSize)
                    heads = segment?.heads
                }
                guard let head = heads.map({ $0 + id % SeriesTable.segmentSize }) else { continue }
                let (end, before) = (end(of: head.pointee), ends[place])
                if end == before || !head.pointee.isAlive || !head.pointee.hasSamples { continue }
                let isOneMore =
                    !head.pointee.flags.contains(.hasHistograms)
                    && (end.chunk == before.chunk ? end.count == before.count &+ 1 : isSealedWithOneMore(head.pointee, before))
                let read = visit(
                    place, before.time, isOneMore ? .one(time: end.time, value: head.pointee.lastValue) : .several(newest: end.time))
                ends[place] = read.map { .unknown(after: $0) } ?? end
            }
            withExtendedLifetime(segment) {}
        }
    }
    /// Whether all that `head` has open was sealed with the one sample that came since `before`.
    private func isSealedWithOneMore(_ head: SeriesHead, _ before: SeriesEnd) -> Bool {
        guard head.count == 0, let header = blocks[head.sealed.block]?.header(at: head.sealed.offset) else { return false }
        return header.previous != .none && header.previous == ChunkRef(before.chunk) && UInt32(header.count) == before.count &+ 1
    }
    /// A sample that comes makes `count` one more, but where a chunk is sealed. Where there is no chunk one may have been sealed and evicted since.
    private func end(of head: SeriesHead) -> SeriesEnd {
        let chunk = head.sealed == .none ? ChunkRef(block: .max, offset: blocks.firstNumber) : head.sealed
        return SeriesEnd(time: head.lastTime, chunk: chunk.bits, count: UInt32(head.count))
    }
}

extension ChunkRef {
    fileprivate var bits: UInt64 { UInt64(block) << 32 | UInt64(offset) }
    fileprivate init(_ bits: UInt64) { self.init(block: UInt32(bits >> 32), offset: UInt32(truncatingIfNeeded: bits)) }
}
