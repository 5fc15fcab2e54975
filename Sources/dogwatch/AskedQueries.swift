import Dashboard
import Glibc
import Ports
import Telemetry

/// What was asked in view 8, kept from session to session in `$XDG_STATE_HOME/dogwatch/queries`, which nobody else may read.
///
/// A convenience: where the file can't be read or written, the session goes on without.
struct AskedQueries {
    private let folder: String?
    let history: QueryHistory

    init() {
        folder = Self.folder
        history = folder.map(Self.read) ?? QueryHistory()
    }
    private static var folder: String? {
        // As the XDG Base Directory Specification has it: what is not absolute does not count.
        if let state = variable("XDG_STATE_HOME"), state.hasPrefix("/") { return state + "/dogwatch" }
        return variable("HOME").flatMap { $0.hasPrefix("/") ? $0 + "/.local/state/dogwatch" : nil }
    }
    private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
    private static func path(_ folder: String) -> String { folder + "/queries" }
    private static func read(_ folder: String) -> QueryHistory {
        let bytes = try? Parts.files.contents(of: path(folder), limit: ByteCount(QueryHistory.fileBytes))
        return QueryHistory(text: String(decoding: bytes ?? [], as: UTF8.self))
    }

    /// Adds what is new in `asked` to the file: another session may have added to it meanwhile.
    func keep(_ asked: QueryHistory) {
        let new = asked.since(history)
        guard let folder, !new.texts.isEmpty else { return }
        let all = Self.read(folder).adding(new)
        try? Parts.files.makeDirectory(folder, isPrivate: true)
        try? Parts.files.replace(Self.path(folder), with: Array(all.text.utf8))
    }
}
