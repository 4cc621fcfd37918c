/// Where indexes that live in files have them while they are measured, and afterwards.
public enum IndexFiles: Sendable, Equatable, Codable {
  /// In a folder that goes away with the index.
  case temporary(parent: String)
  /// Each build in a folder of its own below this one, in place of an earlier one of the same parameters and data.
  case keep(folder: String)
  /// Nothing is built: the builds that are kept in this folder are opened.
  case open(folder: String)

  /// Where temporary folders are made; nil where nothing is built.
  var parent: String? {
    switch self {
    case .temporary(let parent): parent
    case .keep(let folder): folder
    case .open: nil
    }
  }
}
