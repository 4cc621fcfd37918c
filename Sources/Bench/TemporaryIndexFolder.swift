import Foundation

/// A folder for the file of one index that is measured; it goes away with the last reference.
final class TemporaryIndexFolder: Sendable {
  let path: String

  /// Makes a folder in another; where that is not possible, the index will say so when it makes its file.
  init(in parent: String) {
    path = "\(parent)/index-\(UUID().uuidString)"
    try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Where the index's file is put.
  var file: String { "\(path)/index.lmdb" }
}
