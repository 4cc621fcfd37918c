import Foundation

/// Keeps other sweeps out of a folder while this object exists, at most until the process ends.
///
/// It uses `flock` directly, because Foundation has no file locks on Linux.
final class FolderLock {
  private let file: Int32

  /// Where the file system has no locks, nobody is kept out.
  ///
  /// - Throws: `LedgerError.inUse`.
  init(_ folder: String) throws(LedgerError) {
    file = open(folder, O_RDONLY | O_CLOEXEC)
    guard file < 0 || flock(file, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK else {
      close(file)
      throw .inUse(folder: folder)
    }
  }

  deinit {
    // Not by closing alone: a child that another thread has just forked holds the file until it runs its program.
    guard file >= 0 else { return }
    flock(file, LOCK_UN)
    close(file)
  }
}
