import Files
import Foundation
import VectorCore
import YAML

/// A dataset that the catalog knows.
public struct CatalogEntry: Sendable {
  /// The file's name without `.hdf5`: letters, digits, `-`, `_` and `.`.
  public let name: String
  /// What it is a part of, which may stand before its name: `vibe/NAME`; nil for none.
  public let collection: String?
  /// Where it is fetched from; nil for one that comes with the program, or that the user has put there.
  public let url: URL?
  /// Components a vector; this and the sizes are nil where no source states them.
  public let dimension: Int?
  public let trainSize: Int?
  public let testSize: Int?
  /// Neighbours stored a query.
  public let neighbors: Int?
  /// nil for a distance that cannot be measured with, see `distance`.
  public let metric: Metric?
  /// The distance as the catalog spells it.
  public let distance: String
  /// One sentence on what the vectors are.
  public let summary: String

  /// With its collection, if it is in one: `vibe/NAME`.
  public var fullName: String { collection.map { "\($0)/\(name)" } ?? name }

  /// Whether the text is its name, with or without the collection.
  func isCalled(_ text: String) -> Bool { text == name || text == fullName }

  /// Whether a text may be the name of a file or a folder that is made here: nothing in it leads elsewhere.
  static func isSafeName(_ text: some StringProtocol) -> Bool {
    !text.isEmpty && !text.hasPrefix(".")
      && text.utf8.allSatisfy { byte in
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
          || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "-_.".utf8.contains(byte)
      }
  }
}

/// The datasets known by name, and the folder their files are in.
public struct Catalog: Sendable {
  /// Holds the files and `checksums.yml`, and may hold a `catalog.yml`; it need not be there.
  public let folder: String
  /// Those that are built in, in the order of their file, then those of the folder's own catalog.
  public let entries: [CatalogEntry]
  /// Where else files are looked for: the datasets that come with the program.
  private let shipped: String

  /// The name of a catalog in the folder.
  private static let fileName = "catalog.yml"
  /// Whether the folder has a file of that name besides datasets, which nothing that is fetched may take the place of.
  static func isReserved(_ name: some StringProtocol) -> Bool {
    [fileName, ChecksumFile.name].contains(name.lowercased())
  }

  /// The catalog that is built in: `datasets/catalog.yml` of the repository.
  private static let builtIn: [CatalogEntry] = {
    let text = String(decoding: PackageResources.catalog_yml, as: UTF8.self)
    do throws(YAMLError) {
      return try entries(of: YAMLParser.parse(text, source: "datasets/catalog.yml"))
    } catch { preconditionFailure("\(error)") }
  }()

  /// The catalog that is built in, with what `catalog.yml` in the folder adds to it.
  ///
  /// An entry of the folder's catalog takes the place of a built-in one of the same name.
  ///
  /// - Parameter shipped: where datasets are looked for that are not in the folder.
  /// - Throws: `CatalogError.malformed`, with line and column.
  public init(
    folder: String = "datasets", shipped: String = ProgramFiles.current.datasets
  ) throws(CatalogError) {
    self.folder = folder
    self.shipped = shipped
    let path = "\(folder)/\(Self.fileName)"
    // A file that is there and can't be read is not passed over.
    guard access(path, F_OK) == 0 || ![ENOENT, ENOTDIR].contains(errno) else {
      entries = Self.builtIn
      return
    }
    let own: [CatalogEntry]
    do throws(YAMLError) { own = try Self.entries(of: YAMLParser.parse(path: path)) } catch { throw .malformed(error) }
    let replaced = Self.builtIn.map { entry in own.first { $0.name == entry.name } ?? entry }
    entries = replaced + own.filter { entry in !replaced.contains { $0.name == entry.name } }
  }

  private static func entries(of root: YAMLNode) throws(YAMLError) -> [CatalogEntry] {
    try root.allowKeys(["datasets"])
    let entries = try root.required("datasets").sequence().map { (node) throws(YAMLError) in try CatalogEntry(node) }
    for (index, entry) in entries.enumerated() where entries[..<index].contains(where: { $0.name == entry.name }) {
      throw root.error(.duplicateKey(entry.name))
    }
    return entries
  }

  /// The entry of that name.
  ///
  /// - Throws: `CatalogError.unknownName`, with the nearest name.
  public func entry(named name: String) throws(CatalogError) -> CatalogEntry {
    if let entry = entries.first(where: { $0.isCalled(name) }) { return entry }
    let names = entries.map { name.contains("/") ? $0.fullName : $0.name }
    throw .unknownName(name, nearest: nearestName(to: name, among: names))
  }

  /// Where the file of an entry is, or will be once it is fetched: `NAME.hdf5`, or `NAME.yml` where that is there.
  public func path(of entry: CatalogEntry) -> String {
    let places = [folder, shipped].flatMap { folder in ["hdf5", "yml"].map { "\(folder)/\(entry.name).\($0)" } }
    return places.first(where: exists) ?? places[0]
  }

  private func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  /// Whether the file of an entry is there.
  public func isPresent(_ entry: CatalogEntry) -> Bool { exists(path(of: entry)) }

  /// Finds what `--dataset` names: the catalog's name of a dataset, or the path of any file.
  ///
  /// - Returns: the path, with the catalog's entry when it is one of its own.
  /// - Throws: `CatalogError.notFetched`, or `unknownName` for what is neither a name nor a file.
  public func resolve(_ nameOrPath: String) throws(CatalogError) -> (path: String, entry: CatalogEntry?) {
    if let entry = entries.first(where: { $0.isCalled(nameOrPath) }) {
      guard isPresent(entry) else {
        throw .notFetched(entry.name, folder: folder, canFetch: entry.url != nil)
      }
      return (path(of: entry), entry)
    }
    if !Self.isPath(nameOrPath), !exists(nameOrPath) { _ = try entry(named: nameOrPath) }
    return (nameOrPath, nil)
  }

  /// Whether what `--dataset` names is a path by the look of it, and needs no catalog.
  public static func isPath(_ nameOrPath: String) -> Bool {
    if TableFile.isDataset(nameOrPath) || TableFile(nameOrPath) != nil { return true }
    if DatasetFolder.isOne(nameOrPath) { return true }
    // One slash may also stand between a collection and a name.
    let parts = nameOrPath.split(separator: "/", omittingEmptySubsequences: false)
    return parts.count > 2 || parts.count == 2 && !parts.allSatisfy(CatalogEntry.isSafeName)
  }
}

extension CatalogEntry {
  fileprivate init(_ node: YAMLNode) throws(YAMLError) {
    try node.allowKeys(["name", "collection", "url", "dimension", "train", "test", "neighbors", "distance", "summary"])
    func name(_ node: YAMLNode) throws(YAMLError) -> String {
      let name = try node.string()
      guard Self.isSafeName(name) else {
        throw node.error(.invalidValue(name, expected: "a name of letters, digits, '-', '_' and '.'"))
      }
      return name
    }
    self.name = try name(node.required("name"))
    collection = try node.optional("collection").map { (node) throws(YAMLError) in try name(node) }
    func count(_ key: String) throws(YAMLError) -> Int? {
      guard let node = try node.optional(key) else { return nil }
      let value = try node.integer()
      guard value > 0 else { throw node.error(.invalidValue("\(value)", expected: "a number above 0")) }
      return value
    }
    if let urlNode = try node.optional("url") {
      let text = try urlNode.string()
      guard let url = URL(string: text), ["http", "https"].contains(url.scheme), url.host != nil else {
        throw urlNode.error(.invalidValue(text, expected: "an address http://… or https://…"))
      }
      self.url = url
    } else {
      url = nil
    }
    dimension = try count("dimension")
    trainSize = try count("train")
    testSize = try count("test")
    neighbors = try count("neighbors")
    distance = try node.required("distance").string()
    metric = MetricSpelling.metric(distance)
    summary = try node.optional("summary")?.string() ?? ""
  }
}

/// Why the catalog cannot say which file is meant; every description is one line with the remedy.
public enum CatalogError: Error, Equatable, Sendable {
  /// `catalog.yml` is not as it should be, or can't be read.
  case malformed(YAMLError)
  case unknownName(String, nearest: String?)
  /// The catalog's dataset is not on this machine.
  case notFetched(String, folder: String, canFetch: Bool)
}

extension CatalogError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .malformed(let error): "\(error)"
    case .unknownName(let name, let nearest):
      "unknown dataset '\(name)'; " + (nearest.map { "did you mean '\($0)'? " } ?? "")
        + "`\(ProgramName.current) datasets list` shows the catalog, and a path names any other file"
    case .notFetched(let name, let folder, canFetch: true):
      "\(folder)/\(name).hdf5 is not there; get it with `\(ProgramName.current) datasets fetch \(name)"
        + (folder == "datasets" ? "`" : " --datasets \(folder)`")
    case .notFetched(let name, let folder, canFetch: false):
      "\(folder)/\(name).hdf5 is not there, and it has no address to fetch it from; put the file there, or name its "
        + "folder by --datasets"
    }
  }
}
