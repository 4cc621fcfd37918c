import Foundation

/// Keeps other sweeps out of a folder while this object exists, at most until the process ends.
///
/// It uses `flock` directly, because Foundation has no file locks on Linux.
final class FolderLock {
  private let file: Int32

  /// - Throws: `LedgerError.inUse`.
  init(_ folder: String) throws(LedgerError) {
    file = open(folder, O_RDONLY | O_CLOEXEC)
    guard file >= 0, flock(file, LOCK_EX | LOCK_NB) == 0 else {
      close(file)
      throw .inUse(folder: folder)
    }
  }

  deinit {
    // Closing alone is not enough: a child that another thread has just forked holds the file until it runs its
    // program.
    flock(file, LOCK_UN)
    close(file)
  }
}
