import Files
import YAML

/// Why a dataset was not fetched; every description is one line with the remedy.
public enum FetchError: Error, Equatable, Sendable {
  /// The catalog names no address of the dataset.
  case noAddress(name: String)
  /// The server could not be reached, or did not answer.
  case unreachable(url: String, reason: String)
  /// The server leads in a circle, or to another protocol than may be followed.
  case misled(url: String, reason: String)
  /// The server answered with another status than success.
  case refused(url: String, status: Int)
  /// The server is too busy or out of order, and may say after how many seconds to ask again.
  case busyServer(url: String, status: Int, seconds: Int?)
  /// The server answered with a page to read instead of a file.
  case notAFile(url: String, contentType: String)
  /// The server encoded the file, though that was not asked for.
  case encoded(url: String, encoding: String)
  /// The file is larger than the catalog's sizes allow; `size` is what the server announced, where it did.
  case tooLarge(url: String, size: Int?, limit: Int)
  /// There is less space on the disk than the rest of the file needs.
  case noSpace(path: String, needed: Int?, free: Int)
  /// The connection ended early; what has arrived is kept.
  case interrupted(url: String, received: Int, total: Int?, reason: String)
  /// What arrived is longer than the server announced.
  case wrongSize(url: String, received: Int, total: Int)
  /// What arrived is no HDF5 file.
  case notHDF5(source: String, bytes: Int)
  /// What arrived ends before the end that the file itself states.
  case truncated(source: String, bytes: Int, stated: UInt64)
  /// The operating system refuses.
  case output(OutputError)
  case cannotRead(path: String, reason: String)
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
      "'\(name)' has no address to fetch it from; put its file into the folder that --datasets names"
    case .unreachable(let url, let reason):
      "\(url): \(reason); check the connection and run the command again"
    case .misled(let url, let reason):
      "\(url): the server redirects to what is not followed: \(reason); check the address in catalog.yml"
    case .refused(let url, let status):
      "\(url): the server answered with status \(status); check the address in catalog.yml"
    case .busyServer(let url, let status, let seconds):
      "\(url): the server answered with status \(status); run the command again "
        + (seconds.map { "in \($0) seconds" } ?? "later")
    case .notAFile(let url, let contentType):
      "\(url): the server sent \(contentType) instead of a file; check the address and any proxy or log-in page"
    case .encoded(let url, let encoding):
      "\(url): the server sent the file with the encoding \(encoding), which was not asked for; use another address"
    case .tooLarge(let url, let size, let limit):
      "\(url): \(size.map { "\($0) bytes are" } ?? "the server sends") more than the \(limit) bytes that a file of the "
        + "sizes in catalog.yml can have; check the address, or correct the sizes"
    case .noSpace(let path, let needed, let free):
      "\(path): \(needed.map { "\($0) bytes" } ?? "the file") to fetch, but only \(free) bytes free on the disk; free "
        + "some space"
    case .interrupted(let url, let received, let total, let reason):
      "\(url): the transfer ended after \(received)\(total.map { " of \($0)" } ?? "") bytes: \(reason); run the command "
        + "again"
    case .wrongSize(let url, let received, let total):
      "\(url): \(received) bytes arrived where \(total) were announced; run the command again to start afresh"
    case .notHDF5(let source, let bytes):
      "\(source): \(bytes) bytes that are no HDF5 file; check the address in catalog.yml"
    case .truncated(let source, let bytes, let stated):
      "\(source): \(bytes) bytes of an HDF5 file that states \(stated); run the command again to start afresh"
    case .output(let error):
      "\(error)"
    case .cannotRead(let path, let reason):
      "\(path): cannot be read: \(reason)"
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
