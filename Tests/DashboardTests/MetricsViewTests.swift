import Canvas
import Dashboard
import Testing

@Suite struct MetricsViewTests {
    private func screen(_ columns: Int = 120) -> Screen { Screen(MetricScene.snapshot, .metrics, columns: columns) }

    @Test func filtersByNameTypeAndHelp() {
        var screen = screen()
        for (search, name) in [
            ("hit", "cache_hit_ratio"), ("garbage", ""), ("gc !process", "jvm_gc_pause_seconds"),
            ("resident", "process_resident_memory_bytes"),
        ] {
            screen.press("/", .control("u"))
            screen.type(search)
            screen.press(.enter)
            #expect(name.isEmpty ? screen.text.contains("No metric fits") : screen.text.contains("1 of 9"), "\(search)")
            #expect(name.isEmpty || screen.text.contains(name))
        }
    }

    @Test func copiesTheQuestionAndTheSelectionOfASeries() {
        var screen = screen()
        screen.press("/")
        screen.type("counter")
        screen.press(.enter, "y")
        #expect(screen.commands.last == .copy("sum by (code) (rate(http_requests_total[1m]))"))
        screen.press(.enter, .end, "y")
        guard case .copy(let text)? = screen.commands.last else {
            Issue.record("nothing was copied")
            return
        }
        #expect(text.hasPrefix("http_requests_total{code=\"") && text.hasSuffix("\"}"))
    }

    @Test func keepsTheChosenMetricWhenOthersCome() {
        var screen = screen()
        screen.press(.end)
        #expect(screen.text.contains("╭─ up "))
        screen.publish(ShopScene.snapshot)
        #expect(screen.text.contains("╭─ up "))
    }
}
