/// Why a database operation failed; every description is one line that names the file.
public struct SQLiteError: Error, Equatable, Sendable {
  /// SQLite's primary result code: 5 for a file in use, 11 for a damaged file, 26 for a file that is no database.
  public let code: Int32
  public let path: String
  /// SQLite's message.
  public let message: String
  /// The failed statement; `nil` for opening and closing.
  public let statement: String?

  /// Whether another process has locked the file.
  public var isBusy: Bool { code == 5 || code == 6 }
}

extension SQLiteError: CustomStringConvertible {
  public var description: String {
    let remedy =
      switch code {
      case 5, 6: "; another process uses it: wait for its end"
      case 8, 14: "; choose a folder that can be written to"
      case 11: "; it is damaged: move it away"
      case 13: "; free some space"
      case 26: "; move the file away"
      default: ""
      }
    return "\(path): \(message)\(statement.map { " (\($0))" } ?? "")\(remedy)"
      .map { $0.isNewline ? " " : String($0) }.joined()
  }
}
