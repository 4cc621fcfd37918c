import VectorIndexes

/// Something that a sweep can measure: a kind of index, and the place of its code.
public struct Subject: Sendable {
  /// The kind, the metrics and the parameters.
  public let declaration: IndexDeclaration
  /// The Swift type of the index; `nil` for an index of another library.
  public let type: (any DeclaredIndex.Type)?
  /// Whether its searches take a filter.
  public let canFilter: Bool
  /// The place of another library's code; `nil` for a type of this program.
  let foreign: ForeignCode?
  /// The reason why the subject cannot be measured on this machine; `nil` when it can.
  let obstacle: String?
  /// Whether another library's index takes insertions after the first one, and removals.
  private let canUpdate: Bool

  /// Creates the subject of an index type that is compiled into this program.
  public init(_ type: any DeclaredIndex.Type) {
    declaration = type.declaration
    self.type = type
    canFilter = true
    foreign = nil
    obstacle = nil
    canUpdate = false
  }

  /// Creates the subject of another library's index.
  init(_ declaration: IndexDeclaration, foreign: ForeignCode, obstacle: String? = nil, canUpdate: Bool = false) {
    self.declaration = declaration
    type = nil
    canFilter = foreign.canFilter
    self.foreign = foreign
    self.obstacle = obstacle
    self.canUpdate = canUpdate
  }

  /// The kind's name, as people type it.
  public var kind: String { declaration.kind }

  /// A line of a cell's key that distinguishes versions of another library; empty for a type of this program.
  var identityLine: String { foreign.map { "\n\($0.identity)" } ?? "" }

  /// Whether it can be measured on this machine.
  public var isInstalled: Bool { obstacle == nil }

  /// The reason why the subject cannot be measured on this machine with a metric; `nil` when it can.
  func obstacle(with metric: Metric) -> String? {
    if obstacle != nil || declaration.metrics.contains(metric) { return obstacle }
    return IndexError.unsupportedMetric(kind: kind, metric: metric, supported: declaration.metrics).description
  }

  /// Whether vectors can be inserted at any time, replaced and removed.
  var takesUpdates: Bool { type.map { $0 is any MutableVectorIndex.Type } ?? canUpdate }

  /// Whether a build with these parameters can be kept in a file and opened again.
  func canBeKept(_ parameters: Parameters) -> Bool {
    if case .plugin(let kind) = foreign { return kind.canSave }
    return persistentType(for: parameters) != nil
  }

  /// The type where it is one that is searched while vectors are written to it.
  var ingestingType: (any IngestingIndex.Type)? { type as? any IngestingIndex.Type }

  /// Whose `open(at:)` makes the index that these build parameters ask for; nil for an index in memory.
  func persistentType(for parameters: Parameters) -> (any PersistentIndex.Type)? {
    (type as? any StorableIndex.Type)?.persistentType(for: parameters)
  }
}

/// The place of an index's code outside this program.
public enum ForeignCode: Sendable, Hashable, Codable {
  /// A shared library with the functions of `recallbench_index.h`.
  case plugin(PluginKind)
  /// A class in Python.
  case python(PythonKind)

  /// Whether its searches take a filter.
  var canFilter: Bool {
    switch self {
    case .plugin(let kind): kind.canFilter
    case .python(let kind): kind.canFilter
    }
  }

  /// A line of a cell's key that distinguishes versions of the code.
  var identity: String {
    switch self {
    case .plugin(let kind): "plug-in SHA-256 \(kind.sha256), kind \(kind.name)"
    case .python(let kind): "Python \(kind.identity)"
    }
  }
}

/// One kind of index in a plug-in.
public struct PluginKind: Sendable, Hashable, Codable {
  /// The path of the shared library.
  public var path: String
  /// The name of the kind in the library.
  public var name: String
  /// The SHA-256 of the library's file.
  public var sha256: String
  /// Whether it can write an index to a file and open it again.
  public var canSave: Bool
  /// Whether its searches take a filter.
  public var canFilter = false
}

/// A subject of another library in the form in which a worker receives it; the measuring process loads no other
/// library.
struct ForeignSubject: Codable, Sendable {
  var declaration: IndexDeclaration
  var code: ForeignCode
  /// Whether the index takes insertions after the first one, and removals.
  var canUpdate: Bool

  /// `nil` for a type of this program.
  init?(_ subject: Subject) {
    guard let code = subject.foreign else { return nil }
    self.code = code
    declaration = subject.declaration
    canUpdate = subject.takesUpdates
  }

  init(declaration: IndexDeclaration, code: ForeignCode, canUpdate: Bool) {
    (self.declaration, self.code, self.canUpdate) = (declaration, code, canUpdate)
  }

  var subject: Subject { Subject(declaration, foreign: code, canUpdate: canUpdate) }
}
