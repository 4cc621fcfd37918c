import VectorIndexes

/// What a sweep measures: a kind of index, and where its code is.
public struct Subject: Sendable {
  /// Its kind, metrics and parameters.
  public let declaration: IndexDeclaration
  /// The type of this program that it is; nil for an index of another library.
  public let type: (any DeclaredIndex.Type)?
  /// Where the code of another library's index is; nil for a type of this program.
  let foreign: ForeignCode?
  /// Why it can't be measured on this machine; nil mostly.
  let obstacle: String?

  /// An index that this program is compiled with.
  public init(_ type: any DeclaredIndex.Type) {
    declaration = type.declaration
    self.type = type
    foreign = nil
    obstacle = nil
  }

  /// An index of another library.
  init(_ declaration: IndexDeclaration, foreign: ForeignCode, obstacle: String? = nil) {
    self.declaration = declaration
    type = nil
    self.foreign = foreign
    self.obstacle = obstacle
  }

  /// The name that people type.
  public var kind: String { declaration.kind }

  /// What tells versions of another library apart, as a further line of a cell's key; empty for a type of this program.
  var identityLine: String { foreign.map { "\n\($0.identity)" } ?? "" }

  /// Whether it can be measured on this machine.
  public var isInstalled: Bool { obstacle == nil }

  /// The type where it is one that is searched while vectors are written to it.
  var ingestingType: (any IngestingIndex.Type)? { type as? any IngestingIndex.Type }

  /// Whose `open(at:)` makes the index that these build parameters ask for; nil for an index in memory.
  func persistentType(for parameters: Parameters) -> (any PersistentIndex.Type)? {
    (type as? any StorableIndex.Type)?.persistentType(for: parameters)
  }
}

/// Where the code of an index is that is no type of this program.
public enum ForeignCode: Sendable, Hashable, Codable {
  /// A shared library with the functions of `recallbench_index.h`.
  case plugin(PluginKind)
  /// A class in Python.
  case python(PythonKind)

  /// What tells two versions of the code apart, as a line of a cell's key.
  var identity: String {
    switch self {
    case .plugin(let kind): "plug-in SHA-256 \(kind.sha256), kind \(kind.name)"
    case .python(let kind): "Python \(kind.identity)"
    }
  }
}

/// One kind of index in a plug-in.
public struct PluginKind: Sendable, Hashable, Codable {
  /// Of the shared library.
  public var path: String
  /// What the library calls the kind.
  public var name: String
  /// Of the library's file.
  public var sha256: String
}

/// A subject of another library as a worker gets it: the process that measures loads nothing else.
struct ForeignSubject: Codable, Sendable {
  var declaration: IndexDeclaration
  var code: ForeignCode

  /// nil for a type of this program.
  init?(_ subject: Subject) {
    guard let code = subject.foreign else { return nil }
    self.code = code
    declaration = subject.declaration
  }

  init(declaration: IndexDeclaration, code: ForeignCode) {
    (self.declaration, self.code) = (declaration, code)
  }

  var subject: Subject { Subject(declaration, foreign: code) }
}
