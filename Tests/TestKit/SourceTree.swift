import Glibc

/// The Swift files below a folder of the package, for tests that read the code itself.
package func swiftFiles(in folder: String) -> [(path: String, lines: [Substring])] {
    var found: [(String, [Substring])] = []
    var waiting = [folder]
    while let next = waiting.popLast() {
        guard let directory = opendir(packageRoot + "/" + next) else { continue }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            let path = next + "/" + name
            if name.hasPrefix(".") { continue }
            if entry.pointee.d_type == DT_DIR { waiting.append(path) }
            guard name.hasSuffix(".swift") else { continue }
            let text = String(decoding: contents(of: packageRoot + "/" + path), as: UTF8.self)
            found.append((path, text.split(separator: "\n", omittingEmptySubsequences: false)))
        }
    }
    return found.sorted { $0.0 < $1.0 }
}
