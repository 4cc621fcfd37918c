import Datasets
import Files
import Foundation
import VectorIndexes
import YAML

/// The libraries that this program can install and measure beside its own indexes.
public struct PeerCatalog: Sendable {
  /// One library: what it has, and how it comes here.
  public struct Library: Sendable {
    public let name: String
    public let summary: String
    /// How its indexes are called.
    public let interface: SubjectOrigin.Interface
    /// What of it is installed here; nil where it is not.
    public let installed: InstalledPeer?
    /// What can be measured of it.
    public let subjects: [Subject]
    /// Its entry in `peers.yml`, for the installer: JSON.
    let entry: Data
  }

  /// In the order in which they are listed.
  public let libraries: [Library]
  /// Where they are installed.
  public let folder: String

  /// Names the folder in which peers are installed.
  public static let folderVariable = "RECALLBENCH_PEERS"

  /// With what is installed for this user.
  public static var current: PeerCatalog {
    let environment = ProcessInfo.processInfo.environment
    let cache = environment["XDG_CACHE_HOME"] ?? "\(NSHomeDirectory())/.cache"
    return PeerCatalog(folder: environment[folderVariable] ?? "\(cache)/recallbench/peers")
  }

  /// - Parameter folder: that peers are installed in; it need not exist.
  public init(folder: String) {
    self.folder = folder
    let installed = InstalledPeer.read(folder: folder)
    do throws(YAMLError) {
      let root = try YAMLParser.parse(PeerFiles.text(PackageResources.peers_yml), source: "peers.yml")
      libraries = try root.required("peers").sequence().map { (node) throws(YAMLError) in
        try Library(node, installed: installed, interpreter: Self.interpreter(folder: folder))
      }
    } catch {
      preconditionFailure("the program's own peers.yml: \(error)")
    }
  }

  /// All that can be measured, installed or not.
  public var subjects: [Subject] { libraries.flatMap(\.subjects) }

  /// Of modules of ann-benchmarks: the environment's, or that of the installed peers, or the system's.
  public var interpreter: String {
    if let given = PrivatePython.givenInterpreter { return given }
    let own = Self.interpreter(folder: folder)
    return FileManager.default.isExecutableFile(atPath: own) ? own : "python3"
  }

  private static func interpreter(folder: String) -> String { "\(folder)/venv/bin/python3" }
}

/// What is known of a library that is installed; the installer writes it.
public struct InstalledPeer: Sendable, Codable {
  /// Of the package that has the library: `hnswlib 0.8.0`.
  public var version: String
  /// The packages as they came.
  public var files: [File]
  /// The shared library that was compiled; nil for one in Python.
  public var plugin: String?

  public struct File: Sendable, Codable {
    public var name: String
    public var sha256: String
  }

  /// What the installer writes.
  private struct Record: Codable {
    var libraries: [String: InstalledPeer]
  }

  private static let fileName = "installed.json"

  /// By the libraries' names; empty where nothing is installed.
  static func read(folder: String) -> [String: InstalledPeer] {
    guard let data = FileManager.default.contents(atPath: "\(folder)/\(fileName)") else { return [:] }
    return (try? JSONDecoder().decode(Record.self, from: data).libraries) ?? [:]
  }

  /// What tells two installations apart.
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
    let obstacle = own == nil ? "\(name) is not installed; recallbench peers install \(name)" : nil
    // A library has the kinds whose names begin with its own; the rest of the name is what the library calls them.
    subjects = try node.required("kinds").sequence().map { (node) throws(YAMLError) in
      let declaration = try IndexDeclaration(node)
      let kind = declaration.kind
      let code: ForeignCode =
        if isPlugin {
          .plugin(
            PluginKind(
              path: own?.plugin ?? "", name: kind.hasPrefix("\(name)-") ? String(kind.dropFirst(name.count + 1)) : kind,
              sha256: own?.plugin.flatMap { SHA256.ofFile($0) } ?? ""))
        } else {
          .python(
            PythonKind(
              interpreter: interpreter, interface: .adapter(library: adapter, kind: kind),
              version: own?.identity ?? ""))
        }
      return Subject(declaration, foreign: code, obstacle: obstacle)
    }
  }
}
