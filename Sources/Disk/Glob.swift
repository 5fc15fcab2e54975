import Glibc

/// A pattern of paths, as a shell has them: `*`, `?` and `[…]` within a name, `**` for any folders. Wildcards pass over names that begin with a dot.
struct Glob {
    /// More matches than this are cut off.
    static let matchLimit = 10_000
    /// `**` goes no deeper.
    static let depthLimit = 32
    /// `**` looks at no more folders.
    static let folderLimit = 20_000

    private let parts: [String]
    private let isAbsolute: Bool

    init(_ pattern: String) {
        isAbsolute = pattern.hasPrefix("/")
        parts = pattern.split(separator: "/").map(String.init)
    }

    /// What exists, sorted, each once.
    func paths() -> [String] {
        guard !parts.isEmpty else { return [] }
        var walk = Walk(parts: parts)
        walk.step(into: isAbsolute ? "/" : "", part: 0, depth: 0)
        return Set(walk.found).sorted()
    }

    private struct Walk {
        let parts: [String]
        var found: [String] = []
        var folders = 0

        mutating func step(into folder: String, part index: Int, depth: Int) {
            guard found.count < Glob.matchLimit else { return }
            guard index < parts.count else { return found.append(folder) }
            let part = parts[index]
            if part == "**" { return descend(from: folder, part: index, depth: depth) }
            // A name may hold brackets itself, as when a shell has put it in for the pattern.
            let literal = join(folder, part)
            if access(literal, F_OK) == 0 { return step(into: literal, part: index + 1, depth: depth) }
            guard hasWildcard(part) else { return }
            for name in entries(of: folder.isEmpty ? "." : folder) ?? [] where fnmatch(part, name, FNM_PERIOD) == 0 {
                let path = join(folder, name)
                if index + 1 == parts.count || isFolder(path, followingLinks: true) { step(into: path, part: index + 1, depth: depth) }
            }
        }

        /// `**` stands for none, one or more folders; symbolic links are not followed, so that there are no circles.
        private mutating func descend(from folder: String, part index: Int, depth: Int) {
            folders += 1
            guard depth < Glob.depthLimit, folders < Glob.folderLimit else { return }
            let isLast = index + 1 == parts.count
            if !isLast { step(into: folder, part: index + 1, depth: depth) }
            for name in entries(of: folder.isEmpty ? "." : folder) ?? [] where !name.hasPrefix(".") {
                let path = join(folder, name)
                if isFolder(path, followingLinks: false) {
                    descend(from: path, part: index, depth: depth + 1)
                } else if isLast {
                    found.append(path)
                }
            }
        }
    }
}

private func hasWildcard(_ part: String) -> Bool {
    part.utf8.contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "[") }
}

private func join(_ folder: String, _ name: String) -> String {
    folder.isEmpty || folder.hasSuffix("/") ? folder + name : folder + "/" + name
}

private func isFolder(_ path: String, followingLinks: Bool) -> Bool {
    var status = stat()
    let code = followingLinks ? stat(path, &status) : lstat(path, &status)
    return code == 0 && status.st_mode & S_IFMT == S_IFDIR
}
