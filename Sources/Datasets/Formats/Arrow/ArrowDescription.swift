import Foundation
import VectorCore

/// The rows and columns of a Parquet or Arrow table, as its files' own descriptions have them.
struct ArrowDescription: Decodable, Sendable {
  enum Kind: String, Decodable, Sendable {
    /// Numbers, as many a row: vectors, or row numbers.
    case lists
    case integers, floats, strings, tags, other
  }

  struct Column: Decodable, Sendable {
    let name: String
    let kind: Kind
    /// Of the elements of lists, see `ElementType`; else what pyarrow calls it.
    let type: String
    /// Elements of the first row, for lists.
    let width: Int

    var elementType: ElementType? { kind == .lists ? ElementType(rawValue: type) : nil }
  }

  /// A file and its rows.
  struct File: Codable, Sendable {
    let path: String
    let rows: Int

    init(from decoder: any Decoder) throws {
      var list = try decoder.unkeyedContainer()
      (path, rows) = (try list.decode(String.self), try list.decode(Int.self))
    }

    func encode(to encoder: any Encoder) throws {
      var list = encoder.unkeyedContainer()
      try list.encode(path)
      try list.encode(rows)
    }
  }

  /// In the order of their rows.
  let files: [File]
  let columns: [Column]

  var rows: Int { files.reduce(0) { $0 + $1.rows } }

  private struct Request: Encodable {
    let `do` = "describe"
    let tables: [[String]]
  }

  private struct Reply: Decodable {
    let tables: [ArrowDescription]
  }

  /// Describes some tables, each of the rows of all its files, by one process.
  ///
  /// - Throws: `DatasetError.noPyArrow`, `cannotRead`, `table`.
  static func read(_ tables: [[String]]) throws(DatasetError) -> [ArrowDescription] {
    let paths = tables.joined()
    for path in paths {
      // Python's own texts of errors are not for users.
      guard access(path, R_OK) == 0 else { throw .cannotRead(path: path, reason: String(cString: strerror(errno))) }
    }
    let path = paths.first ?? ""
    let process = try ArrowProcess(Request(tables: tables), path: path)
    guard let json = try process.block(), let reply = try? JSONDecoder().decode(Reply.self, from: Data(json)),
      reply.tables.count == tables.count
    else { throw .table(path: path, .unreadable(reason: "it has no description")) }
    return reply.tables
  }

  /// The column of that name, or the only one of lists; the only one of lists of floats where there are others too.
  func lists(_ name: String?) throws(TableFault) -> Column {
    let lists = columns.filter { $0.kind == .lists }
    guard let name else {
      let floats = lists.filter { $0.elementType?.isFloat == true }
      if lists.count == 1 { return lists[0] }
      if floats.count == 1 { return floats[0] }
      throw .memberNeeded(what: "columns of lists", names: lists.map(\.name))
    }
    guard let column = columns.first(where: { $0.name == name }) else {
      throw .missingMember(what: "column", name: name, names: columns.map(\.name))
    }
    guard column.kind == .lists else { throw .wrongColumn(name: name, type: column.type) }
    return column
  }
}
