import YAML

/// Why a dataset was not fetched; every description is one line with the remedy.
public enum FetchError: Error, Equatable, Sendable {
  /// The dataset comes with the project and has no address.
  case noAddress(name: String)
  /// The server could not be reached, or the connection broke before anything was known.
  case unreachable(url: String, reason: String)
  /// The server answered with another status than success.
  case refused(url: String, status: Int)
  /// The server answered with a page to read instead of a file.
  case notAFile(url: String, contentType: String)
  /// The connection ended early; what has arrived is kept.
  case interrupted(url: String, received: Int, total: Int)
  /// What arrived is longer than the server announced.
  case wrongSize(url: String, received: Int, total: Int)
  /// The file system refuses; `reason` is its own text.
  case cannotWrite(path: String, reason: String)
  /// Another process is fetching the same dataset.
  case busy(path: String)
  /// The bytes are not those seen the first time.
  case checksumMismatch(path: String, recorded: String, found: String, checksums: String)
  /// `checksums.yml` is not as it should be.
  case malformedChecksums(YAMLError)
}

extension FetchError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .noAddress(let name):
      "'\(name)' comes with the project and has no address to fetch it from; restore it with git"
    case .unreachable(let url, let reason):
      "\(url): \(reason); check the connection and run the command again"
    case .refused(let url, let status):
      "\(url): the server answered with status \(status); check the address in catalog.yml"
    case .notAFile(let url, let contentType):
      "\(url): the server sent \(contentType) instead of a file; check the address and any proxy or log-in page"
    case .interrupted(let url, let received, let total):
      "\(url): the connection ended after \(received) of \(total) bytes; run the command again to go on from there"
    case .wrongSize(let url, let received, let total):
      "\(url): \(received) bytes arrived where \(total) were announced; run the command again to start afresh"
    case .cannotWrite(let path, let reason):
      "\(path): \(reason)"
    case .busy(let path):
      "\(path): another process is fetching this dataset; wait for it"
    case .checksumMismatch(let path, let recorded, let found, let checksums):
      "\(path): SHA-256 is \(found), but \(recorded) is recorded; delete the file if it is there and fetch again, or,"
        + " if the change is right, remove its line from \(checksums)"
    case .malformedChecksums(let error):
      "\(error)"
    }
  }
}
