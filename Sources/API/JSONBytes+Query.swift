import PromQL
import Telemetry

extension JSONBytes {
    /// The type in quotes, `,"result":`, and the result.
    mutating func result(_ value: QueryValue) {
        switch value {
        case .scalar(let time, let number):
            raw("\"scalar\",\"result\":[")
            bareNumber(Double(time.milliseconds) / 1000)
            byte(UInt8(ascii: ","))
            scalarValue(number)
            byte(UInt8(ascii: "]"))
        case .string(let time, let text):
            raw("\"string\",\"result\":[")
            bareNumber(Double(time.milliseconds) / 1000)
            byte(UInt8(ascii: ","))
            string(text)
            byte(UInt8(ascii: "]"))
        case .vector(let series):
            raw("\"vector\",\"result\":")
            array(series) { $0.vectorElement($1) }
        case .matrix(let series):
            raw("\"matrix\",\"result\":")
            array(series) { $0.matrixElement($1) }
        }
    }

    private mutating func vectorElement(_ series: ResultSeries) {
        raw("{\"metric\":")
        labels(series.labels)
        if let sample = series.floats.first {
            raw(",\"value\":")
            point(sample)
        } else if let sample = series.histograms.first {
            raw(",\"histogram\":")
            point(sample)
        }
        byte(UInt8(ascii: "}"))
    }
    private mutating func matrixElement(_ series: ResultSeries) {
        raw("{\"metric\":")
        labels(series.labels)
        if !series.floats.isEmpty {
            raw(",\"values\":")
            array(series.floats) { $0.point($1) }
        }
        if !series.histograms.isEmpty {
            raw(",\"histograms\":")
            array(series.histograms) { $0.point($1) }
        }
        byte(UInt8(ascii: "}"))
    }

    @inline(__always)
    private mutating func point(_ sample: Sample) {
        byte(UInt8(ascii: "["))
        seconds(milliseconds: sample.time.milliseconds)
        byte(UInt8(ascii: ","))
        sampleValue(sample.value)
        byte(UInt8(ascii: "]"))
    }
    private mutating func point(_ sample: HistogramSample) {
        byte(UInt8(ascii: "["))
        seconds(milliseconds: sample.time.milliseconds)
        byte(UInt8(ascii: ","))
        histogram(sample.value)
        byte(UInt8(ascii: "]"))
    }

    private mutating func histogram(_ histogram: NativeHistogram) {
        var text = ""
        histogram.appendJSON(to: &text)
        text.withUTF8 { raw($0) }
    }

    mutating func statistics(_ statistics: QueryStatistics, seconds: Double, isPerStep: Bool) {
        raw("{\"timings\":{\"evalTotalTime\":")
        bareNumber(seconds)
        raw(",\"resultSortTime\":0,\"queryPreparationTime\":0,\"innerEvalTime\":")
        bareNumber(seconds)
        raw(",\"execQueueTime\":0,\"execTotalTime\":")
        bareNumber(seconds)
        raw("},\"samples\":{")
        if isPerStep {
            raw("\"totalQueryableSamplesPerStep\":")
            array(statistics.samplesPerStep) { json, step in
                json.byte(UInt8(ascii: "["))
                json.seconds(milliseconds: step.time.milliseconds)
                json.byte(UInt8(ascii: ","))
                json.integer(step.count)
                json.byte(UInt8(ascii: "]"))
            }
            byte(UInt8(ascii: ","))
        }
        raw("\"totalQueryableSamples\":")
        integer(statistics.totalSamples)
        raw(",\"peakSamples\":")
        integer(statistics.peakSamples)
        raw("}}")
    }
}
