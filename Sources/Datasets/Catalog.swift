import Foundation
import VectorCore
import YAML

/// A dataset that the catalog knows.
public struct CatalogEntry: Sendable {
  /// The file's name without `.hdf5`: letters, digits, `-`, `_` and `.`.
  public let name: String
  /// Where it is fetched from; nil for one that comes with the project.
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
}

/// The datasets known by name, and the folder their files are in.
public struct Catalog: Sendable {
  /// Holds `catalog.yml`, `checksums.yml` and the files.
  public let folder: String
  /// In the file's order.
  public let entries: [CatalogEntry]

  /// Reads `catalog.yml` in a folder, `datasets` by default.
  ///
  /// - Throws: `CatalogError.malformed`, with line and column.
  public init(folder: String = "datasets") throws(CatalogError) {
    self.folder = folder
    do throws(YAMLError) {
      let root = try YAMLParser.parse(path: folder + "/catalog.yml")
      try root.allowKeys(["datasets"])
      entries = try root.required("datasets").sequence().map { (node) throws(YAMLError) in try CatalogEntry(node) }
      for (index, entry) in entries.enumerated() where entries[..<index].contains(where: { $0.name == entry.name }) {
        throw root.error(.duplicateKey(entry.name))
      }
    } catch {
      throw .malformed(error)
    }
  }

  /// The entry of that name.
  ///
  /// - Throws: `CatalogError.unknownName`, with the nearest name.
  public func entry(named name: String) throws(CatalogError) -> CatalogEntry {
    if let entry = entries.first(where: { $0.name == name }) { return entry }
    throw .unknownName(name, nearest: nearestName(to: name, among: entries.map(\.name)))
  }

  /// Where the file of an entry is, or will be once it is fetched: `NAME.hdf5`, or `NAME.yml` where that is there.
  public func path(of entry: CatalogEntry) -> String {
    let file = "\(folder)/\(entry.name)"
    let isDatasetFile = !exists("\(file).hdf5") && exists("\(file).yml")
    return file + (isDatasetFile ? ".yml" : ".hdf5")
  }

  private func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  /// Whether the file of an entry is there.
  public func isPresent(_ entry: CatalogEntry) -> Bool { exists(path(of: entry)) }

  /// Finds what `--dataset` names: the catalog's name of a dataset, or the path of any file.
  ///
  /// - Returns: the path, with the catalog's entry when it is one of its own.
  /// - Throws: `CatalogError.notFetched`, or `unknownName` for what is neither a name nor a file.
  public func resolve(_ nameOrPath: String) throws(CatalogError) -> (path: String, entry: CatalogEntry?) {
    if let entry = entries.first(where: { $0.name == nameOrPath }) {
      guard isPresent(entry) else { throw .notFetched(entry.name, path: path(of: entry), canFetch: entry.url != nil) }
      return (path(of: entry), entry)
    }
    if !Self.isPath(nameOrPath), !exists(nameOrPath) { _ = try entry(named: nameOrPath) }
    return (nameOrPath, nil)
  }

  /// Whether what `--dataset` names is a path by the look of it, and needs no catalog.
  public static func isPath(_ nameOrPath: String) -> Bool {
    nameOrPath.contains("/") || AnnBenchmarksReader.reads(nameOrPath) || DatasetFile.isOne(nameOrPath)
      || TableFormats.format(ofFile: nameOrPath) != nil
  }
}

extension CatalogEntry {
  fileprivate init(_ node: YAMLNode) throws(YAMLError) {
    try node.allowKeys(["name", "url", "dimension", "train", "test", "neighbors", "distance", "summary"])
    let nameNode = try node.required("name")
    name = try nameNode.string()
    // It becomes a file's name: nothing in it may lead out of the folder.
    let isSafe = name.utf8.allSatisfy { byte in
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "-_.".utf8.contains(byte)
    }
    guard isSafe, let first = name.first, first != "." else {
      throw nameNode.error(.invalidValue(name, expected: "a name of letters, digits, '-', '_' and '.'"))
    }
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
  /// `catalog.yml` is missing or not as it should be.
  case malformed(YAMLError)
  case unknownName(String, nearest: String?)
  /// The catalog's dataset is not on this machine.
  case notFetched(String, path: String, canFetch: Bool)
}

extension CatalogError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .malformed(let error):
      if case .unreadable = error.reason {
        "\(error); --datasets names the folder of the catalog, and a path ending in .hdf5 or .yml needs none"
      } else {
        "\(error)"
      }
    case .unknownName(let name, let nearest):
      "unknown dataset '\(name)'; " + (nearest.map { "did you mean '\($0)'? " } ?? "")
        + "`recallbench datasets list` shows the catalog, a path names any other file"
    case .notFetched(let name, let path, canFetch: true):
      "\(path) is not there; get it with `recallbench datasets fetch \(name)`"
    case .notFetched(_, let path, canFetch: false):
      "\(path) is not there; it comes with the project: restore it with `git checkout -- \(path)`"
    }
  }
}
