import Glibc
import Ports

extension FileFailure {
    /// What `errno` says now, or `code`.
    init(path: String, code: Int32 = Glibc.errno) {
        self.init(path: path, errno: code, detail: clause(for: code))
    }
}

/// An `errno` in words that a user can act upon.
func clause(for code: Int32) -> String {
    switch code {
    case ENOENT: "no such file or folder"
    case EACCES, EPERM: "permission denied"
    case EISDIR: "it is a folder"
    case ENOTDIR: "a part of the path is no folder"
    case EEXIST: "there is one already"
    case ENOSPC, EDQUOT: "the disk is full"
    case EROFS: "the file system is read-only"
    case EMFILE, ENFILE: "too many files are open"
    case ELOOP: "its symbolic links go in a circle"
    case ENAMETOOLONG: "the name is too long"
    case EIO: "the disk reports an error"
    case ESPIPE: "it is a pipe or device and can't be read as a file"
    default: String(cString: strerror(code)).lowercased()
    }
}
