import Files
import Foundation

extension Dataset {
  /// Copies the files of a dataset into an empty folder.
  ///
  /// - Parameters:
  ///   - path: a file, or a `.yml` that names files; the copy of a `.yml` names the copies.
  ///   - folder: the folder, by an absolute path.
  ///   - place: the path that the folder will have when the copy is used, by which a `.yml` names the copies.
  /// - Returns: the name of the copy in the folder; `nil` for a dataset that is a folder, or a part of a file, which must
  ///   be read where it is.
  /// - Throws: `DatasetError`.
  public static func copy(
    path: String, into folder: String, usedAt place: String
  ) throws(DatasetError) -> String? {
    let name = (path as NSString).lastPathComponent
    guard DatasetFile.isOne(path) else {
      guard try StoredDataset.files(of: path) == [path], isRegular(path) else { return nil }
      try copyFile(path, to: "\(folder)/\(name)")
      return name
    }
    let file = try DatasetFile(path: path)
    guard file.parts.values.allSatisfy({ TableFile.files(of: $0) == [$0] && isRegular($0) }) else { return nil }
    var parts: [String: String] = [:]
    for (key, part) in file.parts {
      // Two parts may have the same name in different folders.
      let copy = "\(key)-\((part as NSString).lastPathComponent)"
      try copyFile(part, to: "\(folder)/\(copy)")
      parts[key] = "\(place)/\(copy)"
    }
    do throws(OutputError) {
      try OutputFile("\(folder)/\(name)").write(
        DatasetFile.text(metric: file.metric, files: parts, testSize: file.testSize))
    } catch {
      throw .output(error)
    }
    return name
  }

  private static func isRegular(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  private static func copyFile(_ path: String, to target: String) throws(DatasetError) {
    do {
      try FileManager.default.copyItem(atPath: URL(filePath: path).resolvingSymlinksInPath().path, toPath: target)
    } catch { throw .output(OutputError(path: target, .system(errno == 0 ? EIO : errno))) }
  }
}
