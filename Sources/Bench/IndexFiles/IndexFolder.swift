import Foundation

/// The folder with the file of one index that is measured.
final class IndexFolder: Sendable {
  let path: String
  private let isTemporary: Bool

  /// Makes a folder in another, which goes away with the last reference unless it is kept; where that is not possible,
  /// the index will say so when it makes its file.
  init(temporaryIn parent: String) {
    path = "\(parent)/index-\(UUID().uuidString)"
    isTemporary = true
    try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  /// A folder that stays.
  init(path: String) {
    self.path = path
    isTemporary = false
  }

  deinit { if isTemporary { try? FileManager.default.removeItem(atPath: path) } }

  /// Where the index's file is.
  var file: String { "\(path)/index.lmdb" }
}
