import Glibc
import Ports
import Telemetry
import Testing

@testable import Disk

@Suite final class SystemFilesTests {
    private let files = SystemFiles()
    private let folder: String

    init() {
        var template = Array("/tmp/dogwatch-disk-XXXXXX".utf8CString)
        folder = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) } ?? ""
        }
        precondition(!folder.isEmpty, "a temporary folder can be made")
    }
    deinit {
        for path in (files.paths(matching: folder + "/**/*") + files.paths(matching: folder + "/.*")).sorted().reversed() { remove(path) }
        rmdir(folder)
    }

    private func make(_ names: String...) throws {
        for name in names {
            let path = folder + "/" + name
            try files.makeDirectory(String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]))
            try files.replace(path, with: Array(name.utf8))
        }
    }
    private func matches(_ pattern: String) -> [String] {
        files.paths(matching: folder + "/" + pattern).map { String($0.dropFirst(folder.utf8.count + 1)) }
    }

    @Test func findsPathsAsAShellDoes() throws {
        try make("a.log", "b.log", "c.txt", "x/d.log", "x/y/e.log", "odd[1].log", ".hidden.log")
        #expect(matches("*.log") == ["a.log", "b.log", "odd[1].log"])
        #expect(matches("[ab].log") == ["a.log", "b.log"])
        #expect(matches("?.txt") == ["c.txt"])
        #expect(matches("*/*.log") == ["x/d.log"])
        #expect(matches("**/*.log") == ["a.log", "b.log", "odd[1].log", "x/d.log", "x/y/e.log"])
        #expect(matches("odd[1].log") == ["odd[1].log"])
        #expect(matches("nope.log") == [])
        #expect(matches("a.log/x") == [])
    }

    @Test func doesNotGoRoundInCircles() throws {
        try make("x/a.log")
        symlink(folder, folder + "/x/loop")
        #expect(matches("**/a.log") == ["x/a.log"])
    }

    @Test func readsAtOffsets() throws {
        try make("a.log")
        let file = try files.open(folder + "/a.log")
        #expect(try file.read(at: 2, count: 100) == Array("log".utf8))
        #expect(try file.read(at: 5, count: 100) == [])
        #expect(try file.facts() == files.facts(of: folder + "/a.log"))
        #expect(try file.facts().size == 5)
    }

    @Test func replacesAWholeFile() throws {
        try make("a.log")
        try files.replace(folder + "/a.log", with: Array("new".utf8))
        #expect(try files.contents(of: folder + "/a.log", limit: ByteCount(3)) == Array("new".utf8))
        #expect(try files.names(inDirectory: folder) == ["a.log"])
    }

    @Test func saysWhatIsWrongInAClause() throws {
        try make("a.log")
        #expect(throws: FileFailure(path: "/nope", errno: ENOENT, detail: "no such file or folder")) { try files.open("/nope") }
        #expect(throws: FileFailure(path: folder, errno: EISDIR, detail: "it is a folder")) {
            try files.contents(of: folder, limit: ByteCount(9))
        }
        let path = folder + "/a.log"
        #expect(throws: FileFailure(path: path, errno: EFBIG, detail: "it is larger than 2 bytes")) {
            try files.contents(of: path, limit: ByteCount(2))
        }
        #expect(throws: FileFailure(path: path, errno: EEXIST, detail: "there is one already")) {
            try files.create(path, exclusively: true)
        }
    }

    @Test func readsAStreamWithoutWaiting() throws {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        defer { close(ends[0]) }
        let stream = DescriptorStream(descriptor: ends[0], name: "pipe")
        #expect(try stream.readAvailable(count: 10) == nil)
        #expect(write(ends[1], "hi", 2) == 2)
        #expect(try stream.readAvailable(count: 10) == Array("hi".utf8))
        close(ends[1])
        #expect(try stream.readAvailable(count: 10) == [])
    }
}
