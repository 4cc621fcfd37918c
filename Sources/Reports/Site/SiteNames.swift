import Datasets
import Files

/// File names for names of datasets and indexes, which are arbitrary text.
///
/// A name has only letters, digits, `-`, `_` and `.`. Names that differ stay apart, also on a file system that does not
/// tell small letters from capitals: a name that was changed, or that differs from another one only by such letters, ends
/// with a digest of the original.
struct SiteNames {
  private var components: [String: String] = [:]

  init(_ names: [String]) {
    let safe = Dictionary(names.map { ($0, PathComponent.portable($0)) }) { first, _ in first }
    let counts = Dictionary(grouping: safe.values) { $0.lowercased() }.mapValues(\.count)
    var taken: Set<String> = []
    for name in names.distinct {
      let plain = safe[name] ?? ""
      var component = plain
      if plain != name || counts[plain.lowercased()] != 1 { component += "-\(SHA256.of(name).prefix(8))" }
      while !taken.insert(component.lowercased()).inserted { component += "_" }
      components[name] = component
    }
  }

  /// The file name of one of the names.
  subscript(name: String) -> String { components[name] ?? PathComponent.portable(name) }
}
