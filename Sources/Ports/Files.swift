import Telemetry

/// What tells one file from another under the same name.
package struct FileIdentity: Hashable, Sendable {
    package var device: UInt64
    package var inode: UInt64
    package init(device: UInt64, inode: UInt64) {
        self.device = device
        self.inode = inode
    }
}

package struct FileFacts: Hashable, Sendable {
    package enum Kind: Hashable, Sendable { case regular, directory, stream, other }
    package var identity: FileIdentity
    package var size: Int64
    package var kind: Kind
    /// When its content changed last.
    package var modified: PreciseTime
    package init(identity: FileIdentity, size: Int64, kind: Kind = .regular, modified: PreciseTime = .init(nanoseconds: 0)) {
        self.identity = identity
        self.size = size
        self.kind = kind
        self.modified = modified
    }
}

package struct FileFailure: Error, Hashable, Sendable {
    package var path: String
    package var errno: Int32
    /// One clause, such as "permission denied".
    package var detail: String
    package init(path: String, errno: Int32, detail: String) {
        self.path = path
        self.errno = errno
        self.detail = detail
    }
}

/// One open file; closed when released. Used by one thread at a time.
package protocol OpenFile: AnyObject {
    func facts() throws(FileFailure) -> FileFacts
    /// Up to `count` bytes from `offset`; empty at the end.
    func read(at offset: Int64, count: Int) throws(FileFailure) -> [UInt8]
}

/// A stream that is read once, such as standard input or a pipe.
package protocol OpenStream: AnyObject {
    /// What is there now: nil when nothing is, empty at the end.
    func readAvailable(count: Int) throws(FileFailure) -> [UInt8]?
}

/// A file being written.
package protocol WritableFile: AnyObject {
    func write(_ bytes: [UInt8]) throws(FileFailure)
    func close() throws(FileFailure)
}

/// Turns bytes into gzip, cut so that each `flush` ends on a byte from which a reader can go on even if the rest is torn off.
package protocol Compressor: AnyObject {
    func compress(_ bytes: [UInt8]) -> [UInt8]
    /// What is held back, ended by a sync point.
    func flush() -> [UInt8]
    /// The end of the stream.
    func finish() -> [UInt8]
}

/// Turns gzip back into bytes, a piece at a time.
package protocol Decompressor: AnyObject {
    /// At most `limit` bytes of `input` inflated; `consumed` says how far it came. Throws `malformed` for what is no gzip.
    ///
    /// `output` holds at most `limit` bytes. More may be due for the same input: call on with the rest of it (empty too) until
    /// `output` is shorter than `limit`.
    func decompress(_ input: ArraySlice<UInt8>, limit: Int) throws(InflateFailure) -> (output: [UInt8], consumed: Int)
    /// True when the input so far ended where a gzip member does; false where it was torn off, or nothing came yet.
    var isComplete: Bool { get }
}

package enum InflateFailure: Error, Hashable, Sendable { case malformed(detail: String), tooLarge(limit: Int) }

/// The file system.
package protocol Files: Sendable {
    /// The paths that match `pattern` (`*`, `?`, `[…]`, `**` for any folders), sorted; a pattern without wildcards matches itself where it exists.
    func paths(matching pattern: String) -> [String]
    func facts(of path: String) throws(FileFailure) -> FileFacts
    func open(_ path: String) throws(FileFailure) -> any OpenFile
    func openStandardInput() -> any OpenStream
    /// A whole file of at most `limit` bytes.
    func contents(of path: String, limit: ByteCount) throws(FileFailure) -> [UInt8]
    func names(inDirectory path: String) throws(FileFailure) -> [String]
    /// And the folders that it is in, where they are missing. `isPrivate`: new ones are nobody else's to look into.
    func makeDirectory(_ path: String, isPrivate: Bool) throws(FileFailure)
    /// Creates or replaces; `exclusively` refuses where there is one already.
    func create(_ path: String, exclusively: Bool) throws(FileFailure) -> any WritableFile
    /// Writes beside and renames over, so that a reader sees the old or the new whole.
    func replace(_ path: String, with bytes: [UInt8]) throws(FileFailure)
    func makeCompressor(level: Int) -> any Compressor
    func makeDecompressor() -> any Decompressor
}

extension Files {
    package func makeDirectory(_ path: String) throws(FileFailure) { try makeDirectory(path, isPrivate: false) }
}
