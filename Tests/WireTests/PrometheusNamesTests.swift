import Testing

@testable import Wire

@Suite struct PrometheusNamesTests {
    @Test(
        arguments: [
            ("http.server.request.duration", "s", OTLPMetric.Kind.histogram, false, "http_server_request_duration_seconds"),
            ("orders.created", "{order}", .sum, true, "orders_created_total"), ("requests_total", "1", .sum, true, "requests_total"),
            ("total.requests", "", .sum, true, "requests_total"), ("memory.usage", "By", .gauge, false, "memory_usage_bytes"),
            ("process.cpu.utilization", "1", .gauge, false, "process_cpu_utilization_ratio"),
            ("a.ratio.x", "1", .gauge, false, "a_x_ratio"),
            ("queue.length", "1", .sum, false, "queue_length"), ("net.rate", "By/s", .gauge, false, "net_rate_bytes_per_second"),
            ("net.bytes", "By/s", .gauge, false, "net_bytes_per_second"), ("x", "{packets}/s", .gauge, false, "x_per_second"),
            ("x", "m/{s}", .gauge, false, "x_meters"), ("duration_seconds", "s", .sum, true, "duration_seconds_total"),
            ("2xx.count", "", .sum, true, "_2xx_count_total"), ("a:b__c--d", "", .gauge, false, "a:b_c_d"),
            ("x", "foo bar", .gauge, false, "x_foo_bar"),
            ("disk", "GiBy", .gauge, false, "disk_gibibytes"), ("temp", "Cel", .gauge, false, "temp_celsius"),
            ("load", "%", .gauge, false, "load_percent"),
        ] as [(String, String, OTLPMetric.Kind, Bool, String)])
    func metricsAreNamedAsPrometheusNamesThem(
        _ name: String, _ unit: String, _ kind: OTLPMetric.Kind, _ isMonotonic: Bool, _ expected: String
    ) {
        #expect(PrometheusNames.metric(name, unit: unit, kind: kind, isMonotonic: isMonotonic) == expected)
    }

    @Test func aNameOfWhichNothingIsLeftIsNone() {
        #expect(PrometheusNames.metric("日本", unit: "", kind: .gauge, isMonotonic: false) == nil)
        #expect(PrometheusNames.label("") == nil && PrometheusNames.label("é_") == nil)
    }

    @Test(arguments: [
        ("http.method", "http_method"), ("a-b.c", "a_b_c"), ("3d", "key_3d"), ("_x", "key_x"), ("__x__", "__x__"), ("größe", "gr__e"),
        ("A9_", "A9_"),
        ("a..b", "a__b"),
    ])
    func attributesAreNamedAsPrometheusNamesLabels(_ key: String, _ expected: String) { #expect(PrometheusNames.label(key) == expected) }

    @Test(
        arguments: [
            (1, "1"), (0.005, "0.005"), (2.5, "2.5"), (1e-7, "0.0000001"), (1.5e-10, "0.00000000015"), (1e21, "1000000000000000000000"),
            (123_456_789_012_345_683_968, "123456789012345680000"), (-0.25, "-0.25"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (0, "0"),
            (1e16, "10000000000000000"),
        ] as [(Double, String)])
    func boundsAreWrittenWithoutAnExponent(_ bound: Double, _ expected: String) { #expect(bound.decimalText == expected) }
}
