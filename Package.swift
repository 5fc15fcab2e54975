// swift-tools-version: 6.2
import PackageDescription

let swift: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    // Tests run with the checks of exclusive access; where time counts they cost a third of a query.
    .unsafeFlags(["-cross-module-optimization", "-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]

/// A pure target: no clock, no sockets, no C libraries but those named.
func target(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: swift)
}

/// The tests of one target, mirrored file by file.
func tests(_ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
    .testTarget(
        name: name + "Tests", dependencies: [.byName(name: name), "TestKit"] + dependencies, exclude: exclude, swiftSettings: swift)
}

let package = Package(
    name: "dogwatch",
    products: [.executable(name: "dogwatch", targets: ["dogwatch"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
    ],
    targets: [
        // The words, and what is pure.
        target("Telemetry"),
        target("Wire", ["Telemetry", "CSimdjson"]),
        target("Patterns", ["Telemetry", "CRE2"]),
        target("Store", ["Telemetry", "Patterns"]),
        target("PromQL", ["Telemetry", "Patterns"]),
        target("Templates", ["Telemetry", "Patterns"]),
        target("Search", ["Telemetry", "Patterns"]),
        target("Rules", ["Telemetry", "PromQL", "Templates"]),
        target("Notify", ["Telemetry", "Ports", "Patterns", "PromQL", "Templates", "Rules", "Wire"]),
        .target(
            name: "Settings",
            dependencies: ["Telemetry", "Ports", "Patterns", "PromQL", "Templates", "Rules", "Notify", "Search", "CYaml"],
            resources: [.embedInCode("Starter")], swiftSettings: swift),
        target("Insight", ["Telemetry", "Store", "PromQL", "Search", "Rules"]),
        target("API", ["Telemetry", "Patterns", "Wire", "Store", "PromQL", "Rules", "Notify", "Ports"]),
        .target(name: "Canvas", resources: [.embedInCode("Themes")], swiftSettings: swift),
        target("Dashboard", ["Telemetry", "Store", "PromQL", "Search", "Insight", "Rules", "Notify", "Canvas"]),

        // What the world must offer, and what uses it.
        target("Ports", ["Telemetry"]),
        target("Collectors", ["Ports", "Telemetry", "Wire", "Settings"]),
        target("Recordings", ["Ports", "Telemetry", "Wire"]),
        target(
            "Runtime",
            [
                "Telemetry", "Ports", "Wire", "Store", "PromQL", "Search", "Insight", "Rules", "Notify", "Templates", "Settings", "API",
                "Canvas",
                "Dashboard",
                "Collectors",
                "Recordings",
            ]),

        // The edges: each the only import of what it wraps.
        target("Terminal", ["Ports", "Telemetry", "Canvas", "CNcurses"]),
        target("Transfer", ["Ports", "Telemetry", "CCurl", "CDeflate"]),
        target(
            "Serving",
            [
                "Ports", "Telemetry",
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"), .product(name: "NIOHTTP2", package: "swift-nio-http2"),
            ]),
        target("Disk", ["Ports", "Telemetry", "CZlib"]),
        target("Processes", ["Ports", "Telemetry"]),
        .target(name: "CNcurses", linkerSettings: [.linkedLibrary("ncursesw"), .linkedLibrary("tinfo")]),
        .target(name: "CCurl", linkerSettings: [.linkedLibrary("curl")]),
        .target(name: "CDeflate", linkerSettings: [.linkedLibrary("deflate")]),
        .target(name: "CSimdjson", linkerSettings: [.linkedLibrary("simdjson")]),
        .target(name: "CRE2", linkerSettings: [.linkedLibrary("re2")]),
        .target(name: "CZlib", linkerSettings: [.linkedLibrary("z")]),
        .target(name: "CYaml", linkerSettings: [.linkedLibrary("yaml")]),

        .executableTarget(
            name: "dogwatch",
            dependencies: [
                "Telemetry", "Ports", "Wire", "Store", "PromQL", "Search", "Insight", "Rules", "Notify", "Templates", "Settings", "API",
                "Canvas",
                "Dashboard",
                "Collectors",
                "Recordings", "Runtime", "Terminal", "Transfer", "Serving", "Disk", "Processes",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: swift),

        // The parts measured in one process; `Benchmarks/run` measures the program.
        .executableTarget(
            name: "dogwatch-bench",
            dependencies: ["Telemetry", "Wire", "Store", "PromQL", "API", "Insight", "Recordings", "Runtime", "Disk", "Transfer"],
            path: "Benchmarks/dogwatch-bench", swiftSettings: swift),

        // Tests, and what they share.
        .target(name: "TestKit", dependencies: ["Telemetry", "Ports"], path: "Tests/TestKit", swiftSettings: swift),
        tests("Telemetry"),
        tests("Wire", ["Telemetry"]),
        tests("Patterns", ["Telemetry"]),
        tests("Store", ["Telemetry"]),
        tests("PromQL", ["Telemetry", "Patterns", "Store"]),
        tests("Templates", ["Telemetry"]),
        tests("Search", ["Telemetry"]),
        tests("Rules", ["Telemetry", "PromQL", "Templates"]),
        tests("Notify", ["Telemetry", "Ports", "Templates"], exclude: ["Golden"]),
        tests("Settings", ["Telemetry", "Ports", "Rules", "Notify", "PromQL"]),
        tests("Insight", ["Telemetry", "Store", "PromQL", "Search", "Rules"]),
        tests("API", ["Telemetry", "Patterns", "Store", "PromQL", "Rules", "Notify", "Ports"]),
        tests("Canvas", exclude: ["Golden"]),
        tests("Dashboard", ["Telemetry", "Store", "PromQL", "Search", "Insight", "Rules", "Notify", "Canvas"], exclude: ["Golden"]),
        tests("Collectors", ["Telemetry", "Ports", "Wire", "Settings"]),
        tests("Recordings", ["Telemetry", "Ports", "Wire", "Disk"]),
        tests(
            "Runtime",
            [
                "Telemetry", "Ports", "Wire", "Store", "PromQL", "Search", "Insight", "Rules", "Notify", "Templates", "Settings", "Canvas",
                "Dashboard",
                "Collectors",
                "Recordings",
                "Disk",
            ], exclude: ["Alerting/Golden"]),
        tests("Terminal", ["Canvas", "Ports", "Telemetry"]),
        tests("Transfer", ["Ports", "Telemetry"]),
        tests(
            "Serving",
            [
                "Ports", "Telemetry", "Disk", .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHPACK", package: "swift-nio-http2"), .product(name: "NIOHTTP2", package: "swift-nio-http2"),
            ]),
        tests("Disk", ["Ports", "Telemetry"]),
        tests("Processes", ["Ports", "Telemetry"]),
        // The program itself, which `swift test` builds beside them.
        .testTarget(
            name: "EndToEndTests", dependencies: ["TestKit", "Telemetry", "Wire", "Store", "PromQL", "API", "Recordings", "Disk"],
            swiftSettings: swift),
    ],
    cxxLanguageStandard: .cxx17
)

// Only for `Tests/Fuzz/run`, whose build watches every branch: libFuzzer brings the entry point.
if Context.environment["DOGWATCH_FUZZ"] != nil {
    package.targets.append(
        .executableTarget(
            name: "dogwatch-fuzz",
            dependencies: ["API", "Notify", "Patterns", "Ports", "PromQL", "Rules", "Settings", "Telemetry", "Templates", "Wire"],
            path: "Tests/Fuzz/dogwatch-fuzz",
            swiftSettings: swift))
}
