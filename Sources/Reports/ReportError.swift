import Foundation

/// Why results could not be written; nothing half-written is left behind.
public enum ReportError: Error, Equatable, Sendable {
  /// `code` is the system's `errno`.
  case cannotCreateFolder(path: String, code: Int32)
  case cannotWrite(path: String, code: Int32)
  /// A raw result that the ledger names is not there any more.
  case cannotRead(path: String)
  /// What draws pictures is not in its folder.
  case noChartTools(folder: String)
  /// A chart could not be drawn, for this reason.
  case chart(String)
}

extension ReportError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .cannotCreateFolder(let path, let code):
      "cannot create the folder \(path): \(Self.reason(code)); choose another place"
    case .cannotRead(let path):
      "\(path): this raw result is not there; measure the cell again"
    case .noChartTools(let folder):
      "\(folder): vl-convert, which draws png and svg, is not there; install it with `make deps`, or use --format html"
    case .chart(let reason): "a chart could not be drawn: \(reason); `make deps` installs the version that can"
    case .cannotWrite(let path, let code):
      "cannot write \(path): \(Self.reason(code)); \(code == ENOSPC || code == EDQUOT ? "free some space or " : "")"
        + "choose another place"
    }
  }

  private static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }
}
