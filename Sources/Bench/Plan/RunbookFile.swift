import Datasets
import Foundation
import YAML

/// The runbooks in a file, one for each dataset.
///
/// The format is that of big-ann-benchmarks' streaming track: a mapping of names of datasets to runbooks, each of which
/// maps `max_pts` to the greatest number of stored rows, and the numbers 1, 2, … to steps. Further keys that are no
/// numbers, such as `gt_url`, are left out. Source: https://github.com/harsha-simhadri/big-ann-benchmarks,
/// `neurips23/streaming`.
public struct RunbookFile: Sendable, Hashable {
  public let path: String
  public let runbooks: [Runbook]

  private static let operations = ["insert", "delete", "search", "replace"]

  /// A file that is named later.
  public static let none = RunbookFile()

  private init() { (path, runbooks) = ("", []) }

  /// - Throws: `YAMLError`, with file, line, column and key.
  public init(path: String) throws(YAMLError) {
    try self.init(try YAMLParser.parse(path: path), path: path)
  }

  init(_ root: YAMLNode, path: String) throws(YAMLError) {
    self.path = path
    runbooks = try root.mapping().map { (name, node) throws(YAMLError) in
      try Self.runbook(node, file: path, section: name)
    }
    guard !runbooks.isEmpty else {
      throw root.error(.invalidValue("an empty file", expected: "the name of a dataset with its runbook"))
    }
  }

  /// The runbook of a dataset: the one with its name, or the only one of the file.
  ///
  /// The first rows of a dataset, which are called `NAME-first-ROWS`, have its runbook.
  ///
  /// - Throws: `RunbookError` when the file has runbooks of other datasets only.
  public func runbook(for dataset: String) throws(RunbookError) -> Runbook {
    let named = runbooks.first { $0.section == dataset || dataset.hasPrefix("\($0.section)-first-") }
    if let runbook = named ?? (runbooks.count == 1 ? runbooks[0] : nil) { return runbook }
    throw .noRunbook(file: path, dataset: dataset, known: runbooks.map(\.section))
  }

  private static func runbook(_ node: YAMLNode, file: String, section: String) throws(YAMLError) -> Runbook {
    var steps: [Int: YAMLNode] = [:]
    for (key, step) in try node.mapping() {
      if let number = Int(key) { steps[number] = step }
    }
    let maximum = try node.optional("max_pts")
    let rows = try maximum?.integer()
    if let rows, let maximum, rows < 1 {
      throw maximum.error(.invalidValue("\(rows)", expected: "an integer, 1 or more"))
    }
    guard !steps.isEmpty else {
      throw node.error(.invalidValue("no steps", expected: "the steps under the keys 1, 2, …"))
    }
    return Runbook(
      file: file, section: section, maximumRows: rows,
      steps: try (1...steps.count).map { (number) throws(YAMLError) in
        guard let step = steps[number] else { throw node.error(.missingKey("\(number)")) }
        return try Self.step(step)
      })
  }

  private static func step(_ node: YAMLNode) throws(YAMLError) -> Runbook.Step {
    let operation = try node.required("operation")
    switch try operation.string() {
    case "insert": return .insert(try range(node, "start", "end"))
    case "delete": return .delete(try range(node, "start", "end"))
    case "replace":
      let tags = try range(node, "tags_start", "tags_end")
      let rows = try range(node, "ids_start", "ids_end")
      guard tags.count == rows.count else {
        throw node.error(
          .invalidValue("\(tags.count) tags and \(rows.count) ids", expected: "as many ids as tags"))
      }
      return .replace(tags: tags, rows: rows)
    case "search": return .search
    case let other:
      throw operation.error(.invalidValue(other, expected: "one of \(operations.joined(separator: ", "))"))
    }
  }

  /// Reads a range of rows that is not empty.
  private static func range(_ node: YAMLNode, _ first: String, _ last: String) throws(YAMLError) -> Range<Int> {
    let (start, end) = (try node.required(first), try node.required(last))
    let (low, high) = (try start.integer(), try end.integer())
    guard (0..<Int(Int32.max)).contains(low) else {
      throw start.error(.invalidValue("\(low)", expected: "the number of a row, from 0"))
    }
    guard high > low, high <= Int(Int32.max) else {
      throw end.error(.invalidValue("\(high)", expected: "a number above \(first), which is \(low)"))
    }
    return low..<high
  }
}

/// The runbook of a cell: where it is, and its digest, by which it is recognised wherever it is.
public struct RunbookReference: Sendable, Codable {
  /// The absolute path of the file when the cell was planned.
  public let path: String
  public let section: String
  /// The SHA-256 of the steps.
  public let sha256: String

  init(_ runbook: Runbook) {
    path = URL(filePath: runbook.file).path
    section = runbook.section
    sha256 = runbook.sha256
  }

  /// Reads the runbook again.
  ///
  /// - Throws: `RunbookError`, also when it has changed.
  func read() throws(RunbookError) -> Runbook {
    let file: RunbookFile
    do throws(YAMLError) { file = try RunbookFile(path: path) } catch { throw .file(error) }
    let runbook = try file.runbook(for: section)
    guard runbook.sha256 == sha256 else { throw .changed(file: path) }
    return runbook
  }
}

extension RunbookReference: Hashable {
  public static func == (one: RunbookReference, other: RunbookReference) -> Bool { one.sha256 == other.sha256 }

  public func hash(into hasher: inout Hasher) { hasher.combine(sha256) }
}

extension Runbook {
  /// The digest of the steps.
  var sha256: String { SHA256.of(steps.map { "\($0)" }.joined(separator: "\n")) }
}
