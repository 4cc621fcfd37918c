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

  static func label(kind: String, _ entries: [Parameters.Entry]) -> String {
    entries.isEmpty ? kind : "\(kind)(\(entries.map { "\($0.name)=\($0.value)" }.joined(separator: ", ")))"
  }
}
