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
    }
  }
}
