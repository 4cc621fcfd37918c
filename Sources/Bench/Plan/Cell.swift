import VectorIndexes

/// One point of a sweep: an index built one way and searched one way.
public struct Cell: Sendable, Hashable, Codable {
  /// The index's kind: `ivf-flat`.
  public let kind: String
  public let build: Parameters
  public let search: Parameters

  public init(kind: String, build: Parameters, search: Parameters) {
    self.kind = kind
    self.build = build
    self.search = search
  }

  /// Kind and all parameters, as people write it: `ivf-flat(nlist=256, nprobe=4)`; `flat` without any.
  public var label: String { Self.label(kind: kind, build.entries + search.entries) }

  /// The same without build parameters that have their default.
  public var shortLabel: String {
    Self.label(kind: kind, Self.unusual(build.entries, of: kind) + search.entries)
  }

  /// Those of a build's parameters that were set to something else than the default; all of a kind not registered.
  static func unusual(_ entries: [Parameters.Entry], of kind: String) -> [Parameters.Entry] {
    guard let declared = IndexRegistry.all.first(where: { $0.declaration.kind == kind })?.declaration.build else {
      return entries
    }
    return entries.filter { entry in
      !declared.contains { $0.name == entry.name && $0.defaultValue == entry.value }
    }
  }

  public static func label(kind: String, _ entries: [Parameters.Entry]) -> String {
    entries.isEmpty ? kind : "\(kind)(\(entries.map { "\($0.name)=\($0.value)" }.joined(separator: ", ")))"
  }
}
