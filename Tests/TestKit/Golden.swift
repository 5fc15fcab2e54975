import Glibc
import Testing

/// Compares `text` with `Golden/<name>.txt` beside the test's file; `DOGWATCH_RECORD=1` writes it instead. `name` may hold folders: `Traces/empty-80x24`.
package func expectGolden(
    _ text: String, named name: String, file: String = #filePath, sourceLocation: SourceLocation = #_sourceLocation
) {
    let folder = file.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    let path = "\(folder)/Golden/\(name).txt"
    if getenv("DOGWATCH_RECORD") != nil {
        record(text, at: path, sourceLocation)
    } else if access(path, R_OK) != 0 {
        Issue.record("no golden at \(path); DOGWATCH_RECORD=1 writes it", sourceLocation: sourceLocation)
    } else {
        compare(text, with: String(decoding: contents(of: path), as: UTF8.self), path, sourceLocation)
    }
}

private func compare(_ text: String, with golden: String, _ path: String, _ sourceLocation: SourceLocation) {
    guard text != golden else { return }
    let drawn = text.split(separator: "\n", omittingEmptySubsequences: false)
    let expected = golden.split(separator: "\n", omittingEmptySubsequences: false)
    let row = zip(drawn, expected).enumerated().first { $1.0 != $1.1 }?.offset ?? min(drawn.count, expected.count)
    let difference =
        "row \(row):\n  golden |\(row < expected.count ? expected[row] : "")|\n  drawn  |\(row < drawn.count ? drawn[row] : "")|"
    Issue.record("differs from \(path) at \(difference)", sourceLocation: sourceLocation)
}

private func record(_ text: String, at path: String, _ sourceLocation: SourceLocation) {
    var folder = ""
    for part in path.split(separator: "/").dropLast() {
        folder += "/" + part
        if access(folder, F_OK) != 0 { mkdir(folder, 0o755) }
    }
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    guard descriptor >= 0 else {
        Issue.record("cannot write \(path)", sourceLocation: sourceLocation)
        return
    }
    defer { close(descriptor) }
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
        let written = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        guard written > 0 else {
            Issue.record("cannot write all of \(path)", sourceLocation: sourceLocation)
            return
        }
        bytes = bytes.dropFirst(written)
    }
}
