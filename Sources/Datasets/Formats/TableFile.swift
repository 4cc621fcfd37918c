import Foundation
import VectorCore

/// Opens tables, each in a file of its own, or one of several in a file.
///
/// `FILE:NAME` names an array of an `.npz` file, or a column of a Parquet or Arrow file. Instead of one Parquet or Arrow
/// file there may be a folder of them, or a pattern (`train-*.parquet`): the rows of all, in the order of their names.
struct TableFile {
  /// A table, and where the format has that another one behind it: distances behind ids.
  typealias Tables = (table: any StoredTable, second: (any StoredTable)?)

  /// How a file is read, by the ending of its name.
  private enum Kind {
    case plain(any TableFormat)
    case archive
    case text(separator: TextTable.Separator)
    case ranges
    case arrow
    case sparse
  }

  /// As it was given.
  private let path: String
  /// The part of the path in front of `:NAME`.
  private let file: String
  /// An array or a column; nil where there has to be only one.
  let member: String?
  private let kind: Kind

  /// - Returns: nil for a path that is none of a table by its look; nothing is read but the names in a folder.
  init?(_ path: String) {
    self.path = path
    if let kind = Self.kind(of: path) {
      (file, member, self.kind) = (path, nil, kind)
      return
    }
    guard let colon = path.lastIndex(of: ":"), case let name = path[path.index(after: colon)...], !name.isEmpty,
      !name.contains("/"), let kind = Self.kind(of: String(path[..<colon]))
    else { return nil }
    switch kind {
    case .archive, .arrow: (file, member, self.kind) = (String(path[..<colon]), String(name), kind)
    case .plain, .text, .ranges, .sparse: return nil
    }
  }

  /// Whether a path is that of a file with a whole dataset, by its ending.
  static func isDataset(_ path: String) -> Bool { AnnBenchmarksReader.reads(path) || DatasetFile.isOne(path) }

  private static func kind(of path: String) -> Kind? {
    if isDataset(path) { return nil }
    switch path.split(separator: ".").last?.lowercased() {
    case "npz": return .archive
    case "csv": return .text(separator: .commaOrSemicolon)
    case "tsv": return .text(separator: .tab)
    case "rangeres": return .ranges
    case "spmat", "csr": return .sparse
    case let ending? where ArrowFiles.endings.contains(ending): return .arrow
    default: break
    }
    if let format = TableFormats.format(ofFile: path) { return .plain(format) }
    return ArrowFiles.isFolder(path) ? .arrow : nil
  }

  /// For errors: `.fvecs, .ivecs, …`.
  static var endings: String {
    TableFormats.endings + ", .npz, .csv, .tsv, .rangeres" + ArrowFiles.endings.map { ", .\($0)" }.joined()
  }

  /// Whether a path is that of a single table; an `.npz` file that holds `train` and `test` is a dataset.
  static func isOne(_ path: String) -> Bool {
    guard let file = TableFile(path) else { return false }
    if case .archive = file.kind { return file.member != nil || !NPZReader.isDataset(path) }
    return true
  }

  /// The files that a path names, as far as they are there.
  static func files(of path: String) -> [String] {
    guard let file = TableFile(path) else { return [path] }
    if case .arrow = file.kind { return ArrowFiles.shards(of: file.file) }
    return [file.file]
  }

  /// Opens a table and checks it as far as that takes no look at its elements.
  ///
  /// - Parameter part: what to call the table in errors; the one behind it is called `distances`.
  /// - Throws: `DatasetError.unknownFormat`, `datasetAsTable`, `cannotRead`, `table`, and others for what is wrong with the
  ///   file.
  static func open(_ path: String, part: String) throws(DatasetError) -> Tables {
    guard let file = TableFile(path) else {
      throw isDataset(path) || DatasetFolder.isOne(path)
        ? .datasetAsTable(path: path, part: part) : .unknownFormat(path: path)
    }
    return try file.open(part: part)
  }

  private func open(part: String) throws(DatasetError) -> Tables {
    switch kind {
    case .plain(let format):
      let bytes = try FileBytes(mapping: file)
      let whole = bytes.bytes
      let layouts = try withTableFaults(path) { () throws(TableFault) in try format.layouts(of: whole.bytes) }
      let tables = zip([part, "distances"], layouts).map { MappedTable(bytes, $1, part: $0) }
      return (tables[0], tables.count > 1 ? tables[1] : nil)
    case .archive: return (try NPZReader(file).table(member, part: part, path: path), nil)
    case .text(let separator): return (try TextTable.read(file, separator, part: part), nil)
    case .ranges: return try RangeTruth.open(file, part: part)
    case .arrow: return (try ArrowTable.open(ArrowFiles.shards(of: file), column: member, path: path, part: part), nil)
    case .sparse:
      let matrix = try SparseMatrix(file)
      throw .sparseVectors(path: path, rows: matrix.rows, columns: matrix.columns, elements: matrix.elements)
    }
  }
}

/// Runs what looks at the bytes of a table; its faults become this module's errors.
func withTableFaults<Result>(
  _ path: String, _ body: () throws(TableFault) -> Result
) throws(DatasetError) -> Result {
  do throws(TableFault) { return try body() } catch { throw .table(path: path, error) }
}
