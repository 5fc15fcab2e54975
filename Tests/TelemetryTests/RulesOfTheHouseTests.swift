import TestKit
import Testing

/// What docs/architecture.md promises, held against the code.
@Suite struct RulesOfTheHouseTests {
    /// What each target may import, beyond the standard library.
    static let imports: [String: Set<String>] = [
        "Telemetry": [],
        "Wire": ["Telemetry", "CSimdjson"],
        "Patterns": ["Telemetry", "CRE2"],
        "Store": ["Telemetry", "Patterns"],
        "PromQL": ["Telemetry", "Patterns", "Glibc"],
        "Search": ["Telemetry", "Patterns"],
        "Templates": ["Telemetry", "Patterns", "Glibc"],
        "Rules": ["Telemetry", "PromQL", "Templates"],
        "Notify": ["Telemetry", "Ports", "Patterns", "PromQL", "Templates", "Rules", "Wire"],
        "Settings": ["Telemetry", "Ports", "Patterns", "PromQL", "Search", "Templates", "Rules", "Notify", "CYaml"],
        "Insight": ["Telemetry", "Store", "PromQL", "Search", "Rules"],
        "API": ["Telemetry", "Patterns", "Wire", "Store", "PromQL", "Rules", "Notify", "Ports"],
        "Canvas": [],
        "Dashboard": ["Telemetry", "Store", "PromQL", "Search", "Insight", "Rules", "Notify", "Canvas"],
        "Ports": ["Telemetry"],
        "Collectors": ["Ports", "Telemetry", "Wire", "Settings"],
        "Recordings": ["Ports", "Telemetry", "Wire"],
        "Runtime": [
            "Telemetry", "Ports", "Wire", "Store", "PromQL", "Search", "Insight", "Rules", "Notify", "Templates", "Settings", "API",
            "Canvas", "Dashboard", "Collectors", "Recordings",
            "Glibc",
        ],
        "Terminal": ["Ports", "Telemetry", "Canvas", "CNcurses", "Glibc"],
        "Transfer": ["Ports", "Telemetry", "CCurl", "CDeflate", "Glibc"],
        "Serving": ["Ports", "Telemetry", "NIOCore", "NIOPosix", "NIOHTTP1", "NIOHTTP2", "NIOHPACK", "NIOConcurrencyHelpers", "Glibc"],
        "Disk": ["Ports", "Telemetry", "CZlib", "Glibc"],
        "Processes": ["Ports", "Telemetry", "Glibc"],
    ]
    /// Of the language's own.
    static let everywhere: Set<String> = ["Synchronization"]

    @Test func importsGoOneWay() {
        for (path, lines) in swiftFiles(in: "Sources") {
            let target = String(path.split(separator: "/")[1])
            guard let allowed = Self.imports[target]?.union(Self.everywhere) else { continue }
            for line in lines where line.hasPrefix("import ") || line.contains(" import ") && line.hasPrefix("@") {
                let module = String(line.split(separator: " ").last ?? "")
                #expect(allowed.contains(module), "\(path) imports \(module)")
            }
        }
    }

    @Test func nothingWaitsPrintsOrTrapsByHand() {
        let banned = ["Task.sleep", "Date()", "try!", "fatalError(", "as! ", "TODO", "FIXME", "DispatchQueue.main", "import Foundation"]
        for (path, lines) in swiftFiles(in: "Sources") {
            for (number, line) in lines.enumerated() {
                for word in banned { #expect(!line.contains(word), "\(path):\(number + 1) has \(word)") }
                #expect(!line.contains(" print("), "\(path):\(number + 1) prints")
            }
        }
    }

    /// The longest file may only get shorter.
    @Test func filesFitInTheHead() {
        for (path, lines) in swiftFiles(in: "Sources") { #expect(lines.count <= 400, "\(path) has \(lines.count) lines") }
    }
}
