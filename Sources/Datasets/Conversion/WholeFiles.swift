import Foundation

/// Files that are written whole or not at all: beside their places, then renamed into them.
enum WholeFiles {
  /// Has `body` write one file for each target, which then take their places in that order.
  ///
  /// - Parameter body: gets where to write, in the order of the targets.
  /// - Throws: what `body` throws, and the files that are there are then as they were; `DatasetError.cannotWrite`.
  static func write(
    to targets: [String], _ body: (_ drafts: [String]) throws(DatasetError) -> Void
  ) throws(DatasetError) {
    let drafts = targets.map { "\($0).\(getpid()).partial" }
    do throws(DatasetError) {
      try body(drafts)
      for (draft, target) in zip(drafts, targets) where rename(draft, target) != 0 { throw failure(target) }
    } catch {
      for draft in drafts { unlink(draft) }
      throw error
    }
  }

  /// Writes bytes that arrive in pieces; whatever is at the path is replaced.
  ///
  /// - Throws: `DatasetError.cannotWrite`, and what `pieces` throws.
  static func fill(
    _ path: String, _ pieces: (_ append: ([UInt8]) throws(DatasetError) -> Void) throws(DatasetError) -> Void
  ) throws(DatasetError) {
    guard let stream = fopen(path, "we") else { throw failure(path) }
    do throws(DatasetError) {
      try pieces { (bytes) throws(DatasetError) in
        guard fwrite(bytes, 1, bytes.count, stream) == bytes.count else { throw failure(path) }
      }
    } catch {
      fclose(stream)
      throw error
    }
    guard fclose(stream) == 0 else { throw failure(path) }
  }

  private static func failure(_ path: String) -> DatasetError {
    .cannotWrite(path: path, reason: String(cString: strerror(errno)))
  }
}
