import Foundation

/// Why results could not be written; nothing half-written is left behind.
public enum ReportError: Error, Equatable, Sendable {
  /// `code` is the system's `errno`.
  case cannotCreateFolder(path: String, code: Int32)
  case cannotWrite(path: String, code: Int32)
  /// A raw result that the ledger names is not there any more.
  case cannotRead(path: String)
}

extension ReportError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .cannotCreateFolder(let path, let code):
      "cannot create the folder \(path): \(Self.reason(code)); choose another place"
    case .cannotRead(let path):
      "\(path): this raw result is not there; measure the cell again"
    case .cannotWrite(let path, let code):
      "cannot write \(path): \(Self.reason(code)); \(code == ENOSPC || code == EDQUOT ? "free some space or " : "")"
        + "choose another place"
    }
  }

  private static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }
}
