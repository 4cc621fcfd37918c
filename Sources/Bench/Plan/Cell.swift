import VectorIndexes

/// One point of a sweep: an index with its build parameters and its search parameters.
public struct Cell: Sendable, Hashable, Codable {
  /// The kind of the index, such as `ivf-flat`.
  public let kind: String
  public let build: Parameters
  public let search: Parameters

  public init(kind: String, build: Parameters, search: Parameters) {
    self.kind = kind
    self.build = build
    self.search = search
  }

  /// The full key, kind and all parameters: `ivf-flat(nlist=256, nprobe=4)`; `flat` without any. `CellNames` has short
  /// names.
  public var label: String { Self.label(kind: kind, build.entries + search.entries) }

  /// The kind and the parameters that are not at their defaults.
  public var changedLabel: String { Self.label(kind: kind, build.changed + search.changed) }

  public static func label(kind: String, _ entries: [Parameters.Entry]) -> String {
    label(kind: kind, entries.map { ($0.name, $0.value.description) })
  }

  static func label(kind: String, _ parameters: [(name: String, value: String)]) -> String {
    parameters.isEmpty ? kind : "\(kind)(\(parameters.map { "\($0.name)=\($0.value)" }.joined(separator: ", ")))"
  }
}

extension Cell {
  private enum CodingKeys: CodingKey {
    case kind, build, search
  }

  /// Records of version 0.1 do not say which values are defaults, so they are looked up in the kinds of that version.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    kind = try container.decode(String.self, forKey: .kind)
    let declaration = try? IndexCatalog.standard.type(ofKind: kind).declaration
    func parameters(_ key: CodingKeys, _ declared: [ParameterDeclaration]?) throws -> Parameters {
      let read = try container.decode(Parameters.self, forKey: key)
      return read.defaults == nil ? read.marked(declared: declared ?? []) : read
    }
    build = try parameters(.build, declaration?.build)
    search = try parameters(.search, declaration?.search)
  }
}
