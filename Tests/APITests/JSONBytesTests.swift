import PromQL
import Telemetry
import TestKit
import Testing

@testable import API

@Suite struct JSONBytesTests {
    private func written(_ write: (inout JSONBytes) -> Void) -> String {
        var json = JSONBytes(capacity: 1)
        write(&json)
        return String(decoding: json.bytes, as: UTF8.self)
    }

    static let values: [(Double, String)] = [
        (0, "0"), (-0.0, "-0"), (1, "1"), (-1.5, "-1.5"), (0.1, "0.1"), (0.001, "0.001"), (0.0001, "0.0001"), (100, "100"),
        (1e15, "1000000000000000"),
        (1e16, "10000000000000000"), (123456789012345680, "123456789012345680"), (1e20, "100000000000000000000"), (1e21, "1e+21"),
        (1.5e300, "1.5e+300"),
        (0.000001, "0.000001"), (0.0000012, "0.0000012"), (9.9e-7, "9.9e-07"), (.leastNonzeroMagnitude, "5e-324"), (-2.5e-10, "-2.5e-10"),
        (0.1 + 0.2, "0.30000000000000004"),
        (1.0 / 3, "0.3333333333333333"), (2.0 / 3 * 1e6, "666666.6666666666"), (1_700_000_000.123, "1700000000.123"), (.nan, "NaN"),
        (.infinity, "+Inf"),
        (-.infinity, "-Inf"), (999_999_999_999.999, "999999999999.999"), (1e12, "1000000000000"), (12.34, "12.34"), (1e-300, "1e-300"),
        (.greatestFiniteMagnitude, "1.7976931348623157e+308"),
    ]
    @Test(arguments: values)
    func valuesAreWrittenAsPrometheusDoes(_ value: Double, _ text: String) { #expect(written { $0.sampleValue(value) } == "\"\(text)\"") }

    static let scalars: [(Double, String)] = [
        (1e21, "1000000000000000000000"), (5e-7, "0.0000005"), (1.5e-10, "0.00000000015"), (-3, "-3"), (.nan, "NaN"),
    ]
    @Test(arguments: scalars)
    func scalarsHaveNoExponent(_ value: Double, _ text: String) { #expect(written { $0.scalarValue(value) } == "\"\(text)\"") }

    /// Any double is read back as it was, from digits as few as the language itself finds.
    @Test func numbersReadBackAsTheyWere() {
        var random = Seeded(7)
        for round in 0..<20_000 {
            var value = Double(bitPattern: random.next())
            if round % 3 == 1 { value = Double(Int64.random(in: -1_000_000_000...1_000_000_000, using: &random)) / 1000 }
            if round % 3 == 2 { value = Double.random(in: -1e6...1e6, using: &random) }
            guard value.isFinite else { continue }
            let text = written { $0.sampleValue(value) }.dropFirst().dropLast()
            #expect(Double(text)?.bitPattern == value.bitPattern, "seed 7 round \(round): \(text)")
            let digits = { (text: String) in
                String(text.prefix { $0 != "e" }.filter(\.isNumber).drop { $0 == "0" }.reversed().drop { $0 == "0" }.reversed())
            }
            #expect(digits(String(text)) == digits(value.description), "seed 7 round \(round): \(text), \(value)")
        }
    }

    static let times: [(Int64, String)] = [
        (0, "0"), (1000, "1"), (1500, "1.500"), (1, "0.001"), (-1500, "-1.500"), (1_435_781_451_781, "1435781451.781"),
        (1_435_781_451_050, "1435781451.050"),
        (Int64.min, "-9223372036854775.808"), (Int64.max, "9223372036854775.807"),
    ]
    @Test(arguments: times)
    func timesAreSeconds(_ milliseconds: Int64, _ text: String) { #expect(written { $0.seconds(milliseconds: milliseconds) } == text) }

    @Test func stringsAreEscaped() {
        let text = "a\"b\\c\nd\u{1}é\u{7f}/<\t\r&>"
        #expect(written { $0.labelText(text) } == "\"a\\\"b\\\\c\\nd\\u0001é\u{7f}/<\\t\\r&>\"")
        #expect(written { $0.string(text) } == "\"a\\\"b\\\\c\\nd\\u0001é\u{7f}/\\u003c\\t\\r\\u0026\\u003e\"")
        #expect(written { $0.string("") } == "\"\"")
    }

    @Test func integersOfEverySize() {
        for value in [0, 9, 10, 99, 100, -1, Int.max, Int.min] { #expect(written { $0.integer(value) } == String(value)) }
    }

    @Test func resultsOfEveryType() {
        let time = Timestamp(milliseconds: 1_435_781_451_780)
        #expect(written { $0.result(.scalar(time, 1.5)) } == #""scalar","result":[1435781451.78,"1.5"]"#)
        #expect(written { $0.result(.string(time, "a\"b")) } == #""string","result":[1435781451.78,"a\"b"]"#)
        #expect(written { $0.result(.vector([])) } == #""vector","result":[]"#)
        let up = LabelSet([Label("__name__", "up"), Label("job", "shop")])
        #expect(
            written { $0.result(.vector([ResultSeries(labels: up, floats: [Sample(time, 1)])])) }
                == #""vector","result":[{"metric":{"__name__":"up","job":"shop"},"value":[1435781451.780,"1"]}]"#)
        let samples = [Sample(time, 1), Sample(time + .seconds(15), .nan)]
        #expect(
            written {
                $0.result(.matrix([ResultSeries(labels: LabelSet([]), floats: samples), ResultSeries(labels: up, floats: samples)]))
            }
                == #""matrix","result":[{"metric":{},"values":[[1435781451.780,"1"],[1435781466.780,"NaN"]]},{"metric":{"__name__":"up","job":"shop"},"#
                + #""values":[[1435781451.780,"1"],[1435781466.780,"NaN"]]}]"#)
    }

    /// The example of Prometheus's documentation of the format: a zero bucket closed at both ends, positive ones open at the left, empty ones left out.
    @Test func histogramsTellTheirBuckets() {
        let histogram = NativeHistogram(
            schema: 1, zeroThreshold: 0.001, zeroCount: 2, count: 12, sum: 18.4,
            positiveSpans: [.init(offset: 0, length: 2), .init(offset: 1, length: 2)],
            negativeSpans: [.init(offset: 0, length: 1)], positiveBuckets: [1, 2, 0, 1], negativeBuckets: [6])
        let series = ResultSeries(labels: LabelSet([]), histograms: [HistogramSample(.seconds(1), histogram)])
        let text =
            #"[1,{"count":"12","sum":"18.4","buckets":[[1,"-1","-0.7071067811865475","6"],[3,"-0.001","0.001","2"],[0,"0.7071067811865475","1","1"],"#
            + #"[0,"1","1.414213562373095","2"],[0,"2.82842712474619","4","1"]]}]"#
        #expect(written { $0.result(.vector([series])) } == #""vector","result":[{"metric":{},"histogram":\#(text)}]"#)
        #expect(written { $0.result(.matrix([series])) } == #""matrix","result":[{"metric":{},"histograms":[\#(text)]}]"#)
        let empty = ResultSeries(labels: LabelSet([]), histograms: [HistogramSample(.seconds(1), NativeHistogram())])
        #expect(written { $0.result(.vector([empty])) } == #""vector","result":[{"metric":{},"histogram":[1,{"count":"0","sum":"0"}]}]"#)
    }
}
