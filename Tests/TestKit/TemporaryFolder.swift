import Glibc

/// A folder of a test's own, removed with all that is in it.
package final class TemporaryFolder: Sendable {
    package let path: String

    package init() {
        var template = Array("/tmp/dogwatch-test-XXXXXX".utf8CString)
        precondition(mkdtemp(&template) != nil, "a folder can be made in /tmp")
        path = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
    }
    deinit { remove(path) }

    private func remove(_ path: String) {
        if let directory = opendir(path) {
            while let entry = readdir(directory) {
                let name = withUnsafePointer(to: entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                if name != ".", name != ".." { remove(path + "/" + name) }
            }
            closedir(directory)
            rmdir(path)
        } else {
            unlink(path)
        }
    }

    package func write(_ text: String, to name: String, appending: Bool = false) {
        let descriptor = open(path + "/" + name, O_WRONLY | O_CREAT | (appending ? O_APPEND : O_TRUNC), 0o644)
        precondition(descriptor >= 0, "a file can be made in a folder of our own")
        defer { close(descriptor) }
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            precondition(count > 0, "a small file can be written")
            bytes = bytes.dropFirst(count)
        }
    }
}
