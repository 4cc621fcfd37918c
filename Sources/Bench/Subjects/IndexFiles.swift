/// Where indexes that live in files are stored, during the measurement and afterwards.
public enum IndexFiles: Sendable, Equatable, Codable {
  /// In a folder that is removed with the index.
  case temporary(parent: String)
  /// Each build in a folder of its own below this one; it replaces an earlier one with the same parameters and data.
  case keep(folder: String)
  /// Nothing is built: the builds that are kept in this folder are opened.
  case open(folder: String)

  /// The parent of temporary folders; `nil` when nothing is built.
  var parent: String? {
    switch self {
    case .temporary(let parent): parent
    case .keep(let folder): folder
    case .open: nil
    }
  }
}
