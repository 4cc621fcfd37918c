import VectorIndexes

/// The subjects that a sweep may name: the program's own kinds of index, and those of other libraries.
public struct SubjectCatalog: Sendable {
  /// Reads the declaration of a plug-in; it does so in another process, because the plug-in may crash.
  public typealias PluginDescriber = @Sendable (_ path: String) throws(PluginError) -> [Subject]

  /// All subjects, in the order in which they are listed.
  public let subjects: [Subject]
  /// The Python interpreter for the modules of ann-benchmarks that a sweep names.
  let interpreter: String
  private let describe: PluginDescriber

  /// The indexes of a catalogue, followed by further subjects.
  ///
  /// - Parameters:
  ///   - interpreter: the path of the Python interpreter.
  ///   - describe: reads the declarations of the plug-ins that a sweep file names.
  public init(
    _ catalog: IndexCatalog, _ others: [Subject] = [], interpreter: String = "python3",
    describe: @escaping PluginDescriber = { _ in [] }
  ) {
    self.init(catalog.types.map { Subject($0) } + others, interpreter: interpreter, describe: describe)
  }

  private init(_ subjects: [Subject], interpreter: String, describe: @escaping PluginDescriber) {
    self.subjects = subjects
    self.interpreter = interpreter
    self.describe = describe
  }

  /// The same catalogue with the kinds of a plug-in; a new kind replaces an existing one of the same name.
  ///
  /// - Throws: `PluginError`.
  public func adding(plugin path: String) throws(PluginError) -> SubjectCatalog {
    let kinds = try describe(path)
    return SubjectCatalog(
      subjects.filter { subject in !kinds.contains { $0.kind == subject.kind } } + kinds,
      interpreter: interpreter, describe: describe)
  }

  /// The names of the kinds, in order.
  public var kinds: [String] { subjects.map(\.kind) }

  /// The subject of this kind.
  ///
  /// - Throws: `IndexError.unknownKind`, which lists the known kinds.
  public func subject(ofKind kind: String) throws(IndexError) -> Subject {
    for subject in subjects where subject.kind == kind { return subject }
    throw .unknownKind(name: kind, known: subjects.filter(\.isInstalled).map(\.kind))
  }

  /// The kinds of a plug-in.
  func subjects(ofPlugin path: String) throws(PluginError) -> [Subject] { try describe(path) }
}
