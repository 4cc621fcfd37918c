import Foundation

/// Why something could not be written; a file that was there before is then as it was.
public struct OutputError: Error, Equatable, Sendable {
  public enum Reason: Equatable, Sendable {
    /// The system's `errno`.
    case system(Int32)
    /// The folder that the file should go to is not there.
    case noFolder(String)
    /// A folder could not be made; with the system's `errno`.
    case cannotCreateFolder(Int32)
  }

  /// As it was given, or `standard output`.
  public let path: String
  public let reason: Reason

  public init(path: String, _ reason: Reason) {
    self.path = path
    self.reason = reason
  }

  /// Whether the bytes went into a pipe whose reader has gone away.
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
