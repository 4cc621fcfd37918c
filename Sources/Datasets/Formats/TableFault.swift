/// What is wrong with the bytes of a file that should hold a table.
public enum TableFault: Error, Equatable, Sendable {
  /// The file ends before its header does.
  case headerCut(bytes: Int, needed: Int)
  /// A count that no table has: negative, zero, or more than there could be bytes for.
  case impossibleCount(of: String, value: Int)
  /// The file has not the size that its header asks for; `needed` names the sizes that would fit.
  case wrongSize(rows: Int, columns: Int, bytes: Int, needed: [Int])
  /// Rows that all have the first one's length do not fill the file.
  case partialRow(rowBytes: Int, bytes: Int)
  /// A row (of .fvecs, .ivecs, .bvecs) states another length than the first.
  case unequalRow(row: Int, columns: Int, first: Int)
  /// A row (of a list in Parquet or Arrow) has another length than the table's first.
  case raggedList(row: Int, columns: Int)
  /// Not what the ending of the file's name promises.
  case notNPY
  case unknownNPYVersion(major: Int, minor: Int)
  /// A header that is not the dictionary of numpy's format; `problem` says where.
  case malformedNPYHeader(problem: String)
  /// An element type that is no plain little-endian number.
  case unsupportedType(String)
  /// Columns lie together instead of rows.
  case fortranOrder
  /// Not rows × columns.
  case wrongRank(shape: [Int])
  /// A ZIP file that is not whole, or has what cannot be read.
  case damagedArchive(String)
  /// One of several arrays or columns has to be named.
  case memberNeeded(what: String, names: [String])
  /// There is no array or column of that name.
  case missingMember(what: String, name: String, names: [String])
  /// A text is not rows of numbers; line and column count from 1.
  case text(line: Int, column: Int, problem: String)
  /// A row is named by an id that no row of the file at `path` has.
  case unknownID(Int64, path: String)
  /// An id that an earlier row has.
  case repeatedID(Int64, row: Int)
  /// A line of a file of JSON values, counted from 1.
  case malformedLine(line: Int, problem: String)
  /// A row (of a list in Parquet or Arrow), or an element in it, is null.
  case null(column: String, row: Int)
  /// A column that holds no vectors, or not what it should.
  case wrongColumn(name: String, type: String)
  /// Apache's library refuses the file; `reason` is its own text, one line.
  case unreadable(reason: String)
}

extension TableFault: CustomStringConvertible {
  public var description: String {
    switch self {
    case .headerCut(let bytes, let needed):
      "ends after \(bytes) bytes, within its header of \(needed); download or write it again"
    case .impossibleCount(let of, let value):
      "states \(value) as \(of), which cannot be; it is damaged or of another format than its name says"
    case .wrongSize(let rows, let columns, let bytes, let needed):
      "states \(rows) × \(columns), which takes \(needed.map(String.init).joined(separator: " or ")) bytes, but has "
        + "\(bytes); download it again, or correct its header or its name"
    case .partialRow(let rowBytes, let bytes):
      "its first row takes \(rowBytes) bytes, and \(bytes) bytes are no whole number of such rows; download it again, "
        + "or correct its name"
    case .unequalRow(let row, let columns, let first):
      "row \(row) has \(columns) columns and row 0 has \(first); all need the same"
    case .raggedList(let row, let columns):
      "row \(row) has \(columns) elements, and the table's first row another number; all need the same"
    case .notNPY:
      "does not start as numpy's .npy files do; write it with numpy.save"
    case .unknownNPYVersion(let major, let minor):
      "is of .npy version \(major).\(minor); versions 1, 2 and 3 are known: write it again with numpy.save"
    case .malformedNPYHeader(let problem):
      "its .npy header is damaged: \(problem); write it again with numpy.save"
    case .unsupportedType(let type):
      "holds elements of type \(type); little-endian floats, integers and booleans can be read: convert with "
        + "numpy's astype('<f4')"
    case .fortranOrder:
      "lies in Fortran order, columns together; write it again with numpy.ascontiguousarray"
    case .wrongRank(let shape):
      "has shape \(shape), but rows × columns are needed; use numpy's reshape"
    case .damagedArchive(let problem):
      "is a damaged ZIP file: \(problem); write it again with numpy.savez"
    case .memberNeeded(let what, let names):
      names.isEmpty
        ? "has no \(what) of numbers; name a file that has"
        : "has several \(what); append one's name to the path, as in "
          + "':\(names[0])'; there are \(Self.list(names))"
    case .missingMember(let what, let name, let names):
      "has no \(what) '\(name)'; there are \(Self.list(names))"
    case .text(let line, let column, let problem):
      "line \(line), column \(column): \(problem); each line needs the same number of numbers"
    case .unknownID(let id, let path):
      "names id \(id), which no row of \(path) has; use files that belong together"
    case .repeatedID(let id, let row):
      "row \(row) has id \(id), which an earlier row has too; give each row an id of its own"
    case .malformedLine(let line, let problem):
      "line \(line): \(problem); correct that line"
    case .null(let column, let row):
      "column '\(column)', row \(row) is null or holds a null; fill or remove that row"
    case .wrongColumn(let name, let type):
      "column '\(name)' is of type \(type); lists of floats or integers are needed, all equally long"
    case .unreadable(let reason):
      "cannot be read: \(reason); download or write it again"
    }
  }

  /// Some names, not all of hundreds.
  private static func list(_ names: [String]) -> String {
    names.isEmpty ? "none" : names.prefix(12).joined(separator: ", ") + (names.count > 12 ? ", …" : "")
  }
}
