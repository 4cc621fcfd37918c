import Files
import Foundation

/// Files that are written whole or not at all, by writers that need a path.
enum WholeFiles {
  /// Has `body` write a draft for each target, which then take their places in that order.
  ///
  /// - Parameter body: gets where to write, in the order of the targets.
  /// - Throws: what `body` throws, and the files that are there are then as they were; `DatasetError.output`.
  static func write(
    to targets: [String], _ body: (_ drafts: [String]) throws(DatasetError) -> Void
  ) throws(DatasetError) {
    // Every place is looked at before anything is written.
    let drafts = try writing { () throws(OutputError) in
      try targets.map { (target) throws(OutputError) in
        let file = try OutputFile(target)
        // What a killed conversion left behind may be as large as a dataset.
        file.removeAbandonedDrafts()
        return file.draft()
      }
    }
    do throws(DatasetError) {
      try body(drafts.map(\.path))
      try writing { () throws(OutputError) in
        for draft in drafts { try draft.commit() }
      }
    } catch {
      for draft in drafts { draft.discard() }
      throw error
    }
  }

  /// Writes bytes that arrive in pieces; whatever is at the path is replaced.
  ///
  /// - Throws: `DatasetError.output`, and what `pieces` throws.
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

  private static func writing<Result>(_ body: () throws(OutputError) -> Result) throws(DatasetError) -> Result {
    do throws(OutputError) { return try body() } catch { throw .output(error) }
  }

  private static func failure(_ path: String) -> DatasetError { .output(OutputError(path: path, .system(errno))) }
}
