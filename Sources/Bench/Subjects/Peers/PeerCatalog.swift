import Datasets
import Files
import Foundation
import VectorIndexes
import YAML

/// The libraries that this program can install and measure beside its own indexes.
public struct PeerCatalog: Sendable {
  /// One library: its kinds of index, and how it is installed.
  public struct Library: Sendable {
    public let name: String
    public let summary: String
    /// The way in which its indexes are called.
    public let interface: SubjectOrigin.Interface
    /// The installation on this machine; `nil` when the library is not installed.
    public let installed: InstalledPeer?
    /// The subjects of the library.
    public let subjects: [Subject]
    /// The library's entry in `peers.yml` as JSON, for the installer.
    let entry: Data
  }

  /// All libraries, in the order in which they are listed.
  public let libraries: [Library]
  /// The folder in which they are installed.
  public let folder: String
  /// What is wrong with the list of installed libraries, in one line; `nil` when nothing is.
  public let problem: String?

  /// The environment variable for the folder in which peers are installed.
  public static let folderVariable = "RECALLBENCH_PEERS"

  /// The catalogue with the installations of this user.
  public static var current: PeerCatalog {
    PeerCatalog(folder: EnvironmentVariable.value(of: folderVariable) ?? "\(CacheFolder.current)/peers")
  }

  /// - Parameter folder: the folder in which peers are installed; it need not exist.
  public init(folder: String) {
    self.folder = folder
    let installed = InstalledPeer.read(folder: folder)
    problem = installed == nil ? "\(InstalledPeer.path(in: folder)) is damaged; install the libraries again" : nil
    do throws(YAMLError) {
      let root = try YAMLParser.parse(PeerFiles.text(PackageResources.peers_yml), source: "peers.yml")
      libraries = try root.required("peers").sequence().map { (node) throws(YAMLError) in
        try Library(node, installed: installed ?? [:], interpreter: Self.interpreter(folder: folder))
      }
    } catch {
      preconditionFailure("the program's own peers.yml: \(error)")
    }
  }

  /// The subjects of all libraries, installed or not.
  public var subjects: [Subject] { libraries.flatMap(\.subjects) }

  /// Whether a kind is that of one of the libraries.
  public func has(kind: String) -> Bool { subjects.contains { $0.kind == kind } }

  /// Of modules of ann-benchmarks: the environment's, or that of the installed peers, or the system's.
  public var interpreter: String {
    if let given = PrivatePython.givenInterpreter { return given }
    let own = Self.interpreter(folder: folder)
    return FileManager.default.isExecutableFile(atPath: own) ? own : "python3"
  }

  private static func interpreter(folder: String) -> String { "\(folder)/venv/bin/python3" }
}

/// The description of an installed library, which the installer writes.
public struct InstalledPeer: Sendable, Codable {
  /// The name and version of the library's package: `hnswlib 0.8.0`.
  public var version: String
  /// The files of the packages that were downloaded.
  public var files: [File]
  /// The compiled shared library; `nil` for a library in Python.
  public var plugin: String?

  public struct File: Sendable, Codable {
    public var name: String
    public var sha256: String
  }

  /// The file that the installer writes.
  private struct Record: Codable {
    var libraries: [String: InstalledPeer]
  }

  private static let fileName = "installed.json"

  /// The installed libraries by name: empty when none is installed, `nil` when the installer's file is damaged.
  static func read(folder: String) -> [String: InstalledPeer]? {
    guard let data = FileManager.default.contents(atPath: path(in: folder)) else { return [:] }
    return try? JSONDecoder().decode(Record.self, from: data).libraries
  }

  static func path(in folder: String) -> String { "\(folder)/\(fileName)" }

  /// A text that distinguishes two installations.
  var identity: String {
    "\(version) " + files.map { "\($0.name) \($0.sha256)" }.joined(separator: " ")
  }
}

extension PeerCatalog.Library {
  fileprivate init(
    _ node: YAMLNode, installed: [String: InstalledPeer], interpreter: String
  ) throws(YAMLError) {
    let name = try node.required("library").string()
    let isThere = installed[name].map { own in
      FileManager.default.fileExists(atPath: own.plugin ?? interpreter)
    }
    let own = isThere == true ? installed[name] : nil
    self.name = name
    summary = try node.required("summary").string()
    let isPlugin = try node.required("road").string() == "plugin"
    interface = isPlugin ? .plugin : .python
    self.installed = own
    entry = (try? JSONSerialization.data(withJSONObject: node.json)) ?? Data()
    let adapter = try node.optional("adapter")?.string() ?? name
    let obstacle = own == nil ? "\(name) is not installed; \(ProgramName.current) peers install \(name)" : nil
    // A library has the kinds whose names begin with its own; the rest of the name is what the library calls them.
    subjects = try node.required("kinds").sequence().map { (node) throws(YAMLError) in
      let declaration = try IndexDeclaration(node)
      let kind = declaration.kind
      let canFilter = try node.optional("filters")?.boolean() ?? false
      let takesUpdates = try node.optional("updates")?.boolean() ?? false
      let code: ForeignCode =
        if isPlugin {
          .plugin(
            PluginKind(
              path: own?.plugin ?? "", name: kind.hasPrefix("\(name)-") ? String(kind.dropFirst(name.count + 1)) : kind,
              sha256: own?.plugin.flatMap { SHA256.ofFile($0) } ?? "", canSave: false, canFilter: canFilter))
        } else {
          .python(
            PythonKind(
              interpreter: interpreter, interface: .adapter(library: adapter, kind: kind),
              version: own?.identity ?? "", canFilter: canFilter, takesUpdates: takesUpdates))
        }
      return Subject(declaration, foreign: code, obstacle: obstacle, canUpdate: takesUpdates)
    }
  }
}
