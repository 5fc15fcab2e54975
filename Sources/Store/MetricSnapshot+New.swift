import Telemetry

extension MetricSnapshot {
    /// Most series got one sample since, which their heads tell: nothing is decoded then.
    package func visitNew(
        _ series: [SeriesID], since ends: inout [SeriesEnd], _ visit: (_ place: Int, _ read: Int64, _ new: NewSamples) -> Int64?
    ) {
        var (segment, number): (SeriesSegment?, Int) = (nil, -1)
        for place in series.indices {
            let id = Int(series[place].index)
            if id / SeriesTable.segmentSize != number || segment == nil {
                (segment, number) = (index.series.segment(of: id), id / SeriesTable.segmentSize)
            }
            guard let head = segment.map({ $0.heads + id % SeriesTable.segmentSize }), head.pointee.isAlive, head.pointee.hasSamples else {
                continue
            }
            let (end, before) = (self.end(of: head.pointee), ends[place])
            if end == before { continue }
            let isOneMore = end.chunk == before.chunk && end.count == before.count &+ 1 && !head.pointee.flags.contains(.hasHistograms)
            let read = visit(
                place, before.time, isOneMore ? .one(time: end.time, value: head.pointee.lastValue) : .several(newest: end.time))
            ends[place] = read.map { .unknown(after: $0) } ?? end
        }
    }
    /// A sample that comes makes `count` one more, but where a chunk is sealed. Where there is no chunk one may have been sealed and evicted since.
    private func end(of head: SeriesHead) -> SeriesEnd {
        let place = head.sealed == .none ? blocks.firstNumber : head.sealed.offset
        return SeriesEnd(time: head.lastTime, chunk: UInt64(head.sealed.block) << 32 | UInt64(place), count: UInt32(head.count))
    }
}
