import Foundation

/// Why a file or folder could not be written; an existing file is then unchanged.
public struct OutputError: Error, Equatable, Sendable {
  public enum Reason: Equatable, Sendable {
    /// The system's `errno`.
    case system(Int32)
    /// The folder of the file does not exist.
    case noFolder(String)
    /// A folder could not be created; with the system's `errno`.
    case cannotCreateFolder(Int32)
  }

  /// The path as the caller gave it, or `standard output`.
  public let path: String
  public let reason: Reason

  public init(path: String, _ reason: Reason) {
    self.path = path
    self.reason = reason
  }

  /// Whether the bytes were written to a pipe whose reader has closed it.
  public var isClosedPipe: Bool { reason == .system(EPIPE) }
}

extension OutputError: CustomStringConvertible {
  public var description: String {
    switch reason {
    case .system(let code):
      "cannot write \(name): \(Self.text(code)); \(code == ENOSPC || code == EDQUOT ? "free some space or " : "")"
        + "choose another place"
    case .noFolder(let folder):
      "cannot write \(name): there is no folder \(folder); make it or choose another place"
    case .cannotCreateFolder(let code):
      "cannot create the folder \(name): \(Self.text(code)); choose another place"
    }
  }

  private var name: String { path.isEmpty ? "''" : path }

  private static func text(_ code: Int32) -> String { String(cString: strerror(code)) }
}
