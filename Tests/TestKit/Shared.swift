import Glibc

/// Where the acceptance data of other projects lies, for tests that use it where it is there: `../shared/conformance` beside the package, or `DOGWATCH_CONFORMANCE`.
package enum Conformance {
    package static let folder: String? = {
        if let path = getenv("DOGWATCH_CONFORMANCE") { return exists(String(cString: path)) }
        return exists(packageRoot + "/../shared/conformance")
    }()
    /// False skips a test, with this as its reason.
    package static var isPresent: Bool { folder != nil }

    private static func exists(_ path: String) -> String? { access(path, R_OK) == 0 ? path : nil }
}

/// The folder that holds `Package.swift`.
package let packageRoot: String = {
    if let path = getenv("DOGWATCH_ROOT") { return String(cString: path) }
    return #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
}()

/// The whole of a file; traps where it can't be read, which fails the test that needs it.
package func contents(of path: String) -> [UInt8] {
    let descriptor = open(path, O_RDONLY)
    precondition(descriptor >= 0, "cannot open \(path)")
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = read(descriptor, &chunk, chunk.count), count > 0 { bytes += chunk[..<count] }
    return bytes
}
