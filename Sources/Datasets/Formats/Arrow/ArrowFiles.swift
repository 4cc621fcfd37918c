import Foundation

/// Which files make a Parquet or Arrow table: one, all of a folder, or those that a pattern names.
enum ArrowFiles {
  /// Of file names, without the dot. Feather's second version is Arrow's file format.
  static let endings = ["parquet", "arrow", "feather", "ipc"]

  private static func isOne(_ name: String) -> Bool {
    guard let ending = name.split(separator: ".").last else { return false }
    return name.contains(".") && endings.contains(ending.lowercased())
  }

  /// Whether a path is that of a folder with such files, and of no dataset of several tables.
  static func isFolder(_ path: String) -> Bool { !DatasetFolder.isOne(path) && !names(inFolder: path).isEmpty }

  /// The files of a table, in the order of their names; the path itself where there are none.
  static func shards(of path: String) -> [String] {
    let inFolder = names(inFolder: path)
    if !inFolder.isEmpty { return inFolder.map { path.hasSuffix("/") ? path + $0 : "\(path)/\($0)" } }
    guard access(path, F_OK) != 0, path.contains(where: { "*?[".contains($0) }) else { return [path] }
    var found = glob_t()
    defer { globfree(&found) }
    guard glob(path, 0, nil, &found) == 0 else { return [path] }
    return (0..<Int(found.gl_pathc)).compactMap { found.gl_pathv[$0].map { String(cString: $0) } }.sorted()
  }

  /// Sorted; none where there is no folder.
  private static func names(inFolder path: String) -> [String] {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return [] }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.filter { isOne($0) && !$0.hasPrefix(".") }.sorted()
  }
}
