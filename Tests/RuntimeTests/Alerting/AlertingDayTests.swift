import Testing

/// A day in which the clock is set, the network fails, rules are read anew and the program is restarted: no alert is lost, none told twice.
struct AlertingDayTests {
    private func day(_ seed: UInt64) -> AlertingDay {
        var day = AlertingDay(seed: seed)
        day.run(hours: 24)
        return day
    }

    @Test(arguments: Array(1...8) as [UInt64]) func nothingIsLostAndNothingToldTwice(_ seed: UInt64) {
        let day = day(seed)
        // It was such a day.
        for fault in ["clock", "network", "reload", "restart"] { #expect(day.faults.contains { $0.what.hasPrefix(fault) }, "\(fault)") }
        #expect(day.messages.count > 50)
        #expect(day.stretches.count { calmEnough($0, day) != nil } > 50)
        for service in AlertingDay.services {
            let messages = day.messages.filter { $0.service == service }
            for (earlier, later) in zip(messages, messages.dropFirst()) {
                #expect(earlier.isFiring != later.isFiring, "told twice: \(earlier), \(later)")
            }
            #expect(messages.first?.isFiring ?? true)
            for message in messages {
                let stretch = day.stretches.first { $0.service == service && $0.range.contains(message.time) }
                let isLate = stretch.map { message.time - $0.range.lowerBound < 480 } ?? true
                #expect(isLate || stretch?.isFailing == message.isFiring, "told what is not so: \(message)")
            }
            for stretch in day.stretches where stretch.service == service {
                guard let known = calmEnough(stretch, day) else { continue }
                let last = messages.last { $0.time < known }?.isFiring ?? false
                let before = day.faults.filter { (stretch.range.lowerBound - 7200...known).contains($0.time) }
                let told = messages.filter { (stretch.range.lowerBound - 7200...known).contains($0.time) }
                #expect(
                    last == stretch.isFailing,
                    "\(service) \(stretch.isFailing ? "fails" : "is well") in \(stretch.range), and nobody knew: \(told), \(before)")
            }
        }
    }

    /// The moment in a stretch by which all must be known: the end, if it was quiet for long enough before. Eight minutes are what the slowest way
    /// takes: five that alerts are held after a restart, one of `for`, one of the group's interval, one between attempts.
    private func calmEnough(_ stretch: AlertingDay.Stretch, _ day: AlertingDay) -> Int64? {
        let end = stretch.range.upperBound
        guard stretch.range.count > 480, !day.troubles.contains(where: { (end - 480...end).contains($0) }) else { return nil }
        return end
    }
}
