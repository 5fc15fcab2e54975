import Telemetry

extension OTLP {
    /// As `decodeMetrics`, with a reader whose memory is used again.
    package static func decodeMetricsJSON(
        _ body: [UInt8], with reader: JSONReader
    ) throws(WireError) -> (batches: [OTLPMetricBatch], outcome: WireOutcome) {
        try reader.read(body) { root throws(WireError) in
            var decoder = JSONMetrics()
            try decoder.request(root)
            return (decoder.batches, decoder.context.outcome)
        }
    }
}

/// Reads an `ExportMetricsServiceRequest` in JSON. The five kinds of points never give one name two meanings, so one function reads them all.
struct JSONMetrics {
    var context = OTLPContext()
    var batches: [OTLPMetricBatch] = []

    mutating func request(_ root: JSONValue) throws(WireError) {
        for (key, list) in try root.object("") where !list.isNull && key == "resourceMetrics" {
            try each(list, "resourceMetrics") { decoder, json throws(WireError) in try decoder.resourceMetrics(json) }
        }
    }

    /// Hands the elements of a list over, each error with the element's place.
    private mutating func each(
        _ list: JSONValue, _ name: String, _ body: (inout JSONMetrics, JSONValue) throws(WireError) -> Void
    ) throws(WireError) {
        var index = 0
        for element in try list.list(name) {
            do throws(WireError) { if !element.isNull { try body(&self, element) } } catch { throw error.within("\(name)[\(index)]") }
            index += 1
        }
    }

    private mutating func resourceMetrics(_ json: JSONValue) throws(WireError) {
        _ = try json.object("")
        let resource = try json["resource"].map { value throws(WireError) in try context.resource(value) } ?? Resource()
        guard let list = json["scopeMetrics"] else { return }
        if batches.last?.resource != resource { batches.append(OTLPMetricBatch(resource: resource)) }
        try each(list, "scopeMetrics") { decoder, scope throws(WireError) in
            _ = try scope.object("")
            guard let metrics = scope["metrics"] else { return }
            try decoder.each(metrics, "metrics") { decoder, json throws(WireError) in
                let metric = try decoder.metric(json)
                decoder.batches[decoder.batches.count - 1].metrics.append(metric)
            }
        }
    }

    private mutating func metric(_ json: JSONValue) throws(WireError) -> OTLPMetric {
        var metric = OTLPMetric()
        for (key, value) in try json.object("") where !value.isNull {
            if key == "name" {
                metric.name = context.name(try value.requireText("name").bytes)
            } else if key == "description" {
                metric.description = context.name(try value.requireText("description").bytes)
            } else if key == "unit" {
                metric.unit = context.name(try value.requireText("unit").bytes)
            } else if let (name, kind) = Self.kind(key) {
                do throws(WireError) { try data(value, kind, into: &metric) } catch { throw error.within(name) }
            }
        }
        return metric
    }

    private static func kind(_ key: JSONText) -> (String, OTLPMetric.Kind)? {
        if key == "gauge" { return ("gauge", .gauge) }
        if key == "sum" { return ("sum", .sum) }
        if key == "histogram" { return ("histogram", .histogram) }
        if key == "exponentialHistogram" { return ("exponentialHistogram", .exponential) }
        return key == "summary" ? ("summary", .summary) : nil
    }

    private mutating func data(_ json: JSONValue, _ kind: OTLPMetric.Kind, into metric: inout OTLPMetric) throws(WireError) {
        metric.kind = kind
        var points: [OTLPPoint] = []
        for (key, value) in try json.object("") where !value.isNull {
            if key == "dataPoints" {
                try each(value, "dataPoints") { decoder, json throws(WireError) in
                    if decoder.context.takesItem() { points.append(try decoder.point(json)) }
                }
            } else if key == "aggregationTemporality" {
                metric.temporality = try value.temporality()
            } else if key == "isMonotonic" {
                metric.isMonotonic = value.bool ?? false
            }
        }
        metric.points = points
    }

    private mutating func point(_ json: JSONValue) throws(WireError) -> OTLPPoint {
        var point = OTLPPoint()
        for (key, value) in try json.object("") where !value.isNull {
            if key == "attributes" {
                point.attributes = try context.attributes(value)
            } else if key == "startTimeUnixNano" {
                point.start = try value.wireUnsigned("startTimeUnixNano")
            } else if key == "timeUnixNano" {
                point.time = try value.wireUnsigned("timeUnixNano")
            } else if key == "asDouble" {
                point.value = try value.wireDouble("asDouble")
            } else if key == "asInt" {
                point.value = Double(try value.wireInt("asInt"))
            } else if key == "flags" {
                point.takeFlags(try value.wireUnsigned("flags"))
            } else if key == "exemplars" {
                try each(value, "exemplars") { decoder, json throws(WireError) in try decoder.exemplar(json, into: &point) }
            } else {
                try distribution(key, value, into: &point)
            }
        }
        return point
    }

    /// The fields of histograms and summaries.
    private mutating func distribution(_ key: JSONText, _ value: JSONValue, into point: inout OTLPPoint) throws(WireError) {
        if key == "count" {
            point.count = try value.wireUnsigned("count")
        } else if key == "sum" {
            point.sum = try value.wireDouble("sum")
        } else if key == "bucketCounts" {
            point.bucketCounts = try counts(value)
        } else if key == "explicitBounds" {
            point.bounds = try value.numbers("explicitBounds") { json throws(WireError) in try json.wireDouble("explicitBounds") }
        } else if key == "scale" {
            point.exponential.scale = Int(Int32(clamping: try value.wireInt("scale")))
        } else if key == "zeroCount" {
            point.exponential.zeroCount = Double(try value.wireUnsigned("zeroCount"))
        } else if key == "zeroThreshold" {
            point.exponential.zeroThreshold = try value.wireDouble("zeroThreshold")
        } else if key == "positive" {
            point.exponential.positive = try side(value, "positive")
        } else if key == "negative" {
            point.exponential.negative = try side(value, "negative")
        } else if key == "quantileValues" {
            try each(value, "quantileValues") { decoder, json throws(WireError) in try decoder.quantile(json, into: &point) }
        }
    }

    private func counts(_ json: JSONValue) throws(WireError) -> [UInt64] {
        try json.numbers("bucketCounts") { json throws(WireError) in try json.wireUnsigned("bucketCounts") }
    }

    private func side(_ json: JSONValue, _ name: String) throws(WireError) -> ExponentialBuckets.Side {
        var side = ExponentialBuckets.Side()
        for (key, value) in try json.object(name) where !value.isNull {
            if key == "offset" {
                side.offset = Int(Int32(clamping: try value.wireInt("offset")))
            } else if key == "bucketCounts" {
                side.counts = try counts(value).map { Double($0) }
            }
        }
        return side
    }

    private mutating func quantile(_ json: JSONValue, into point: inout OTLPPoint) throws(WireError) {
        guard context.hasRoom(point.quantiles.count, limit: WireLimit.quantilesPerPoint, for: "quantiles") else { return }
        var quantile = OTLPPoint.Quantile()
        for (key, value) in try json.object("") where !value.isNull {
            if key == "quantile" {
                quantile.quantile = try value.wireDouble("quantile")
            } else if key == "value" {
                quantile.value = try value.wireDouble("value")
            }
        }
        point.quantiles.append(quantile)
    }

    private mutating func exemplar(_ json: JSONValue, into point: inout OTLPPoint) throws(WireError) {
        guard context.hasRoom(point.exemplars.count, limit: WireLimit.exemplarsPerPoint, for: "exemplars") else { return }
        var exemplar = OTLPPoint.Exemplar()
        for (key, value) in try json.object("") where !value.isNull {
            if key == "timeUnixNano" {
                exemplar.time = try value.wireUnsigned("timeUnixNano")
            } else if key == "asDouble" {
                exemplar.value = try value.wireDouble("asDouble")
            } else if key == "asInt" {
                exemplar.value = Double(try value.wireInt("asInt"))
            } else if key == "traceId" {
                exemplar.traceID = try value.otlpTraceID("traceId")
            } else if key == "spanId" {
                exemplar.spanID = try value.otlpSpanID("spanId")
            } else if key == "filteredAttributes" {
                exemplar.attributes = try context.attributes(value)
            }
        }
        point.exemplars.append(exemplar)
    }
}

extension JSONValue {
    fileprivate func numbers<Number>(
        _ name: String, _ number: (JSONValue) throws(WireError) -> Number
    ) throws(WireError) -> [Number] {
        var numbers: [Number] = []
        for element in try list(name) {
            guard numbers.count < PrometheusHistogram.bucketLimit else {
                throw .tooLarge(what: "a list of numbers", limit: PrometheusHistogram.bucketLimit)
            }
            numbers.append(try number(element))
        }
        return numbers
    }

    /// A number, or the name (`AGGREGATION_TEMPORALITY_DELTA`).
    fileprivate func temporality() throws(WireError) -> OTLPMetric.Temporality {
        guard let text else { return .init(number: UInt64(clamping: try wireInt("aggregationTemporality"))) }
        if let number = text.decimal { return .init(number: number) }
        if text == "AGGREGATION_TEMPORALITY_DELTA" { return .delta }
        return text == "AGGREGATION_TEMPORALITY_CUMULATIVE" ? .cumulative : .unspecified
    }
}
