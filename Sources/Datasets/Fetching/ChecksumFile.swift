import Files
import Foundation
import YAML

/// The SHA-256 of each fetched file as it was first seen, kept in `checksums.yml` beside the catalog.
///
/// Datasets of the catalog are recorded by their names, other files by their paths in the folder.
public struct ChecksumFile: Sendable {
  static let name = "checksums.yml"

  /// What `hold` found.
  enum Outcome: Equatable {
    case recorded
    case confirmed
    case differs(from: String)
  }

  public let path: String
  private let folder: String

  public init(folder: String) {
    self.folder = folder
    path = "\(folder)/\(Self.name)"
  }

  /// All digests by name; none where there is no file.
  ///
  /// - Throws: `FetchError.malformedChecksums`.
  public func read() throws(FetchError) -> [String: String] {
    // What is there and cannot be read is not taken for nothing.
    guard access(path, F_OK) == 0 || errno != ENOENT else { return [:] }
    do throws(YAMLError) {
      let root = try YAMLParser.parse(path: path)
      var digests: [String: String] = [:]
      for (name, node) in try root.mapping() {
        let digest = try node.string().lowercased()
        guard digest.utf8.count == 64, digest.allSatisfy(\.isHexDigit) else {
          throw node.error(.invalidValue(digest, expected: "a SHA-256 of 64 hexadecimal digits"))
        }
        digests[name] = digest
      }
      return digests
    } catch {
      if error.reason == .empty { return [:] }
      throw .malformedChecksums(error)
    }
  }

  /// Compares a dataset's digest with the recorded one; where it does not differ, installs the dataset, and then records
  /// the digest of a new one.
  ///
  /// - Throws: what `install` throws; `FetchError.output`, `.malformedChecksums`.
  func hold(
    _ name: String, _ digest: String, install: () throws(FetchError) -> Void
  ) throws(FetchError) -> Outcome {
    // One writer at a time, among processes too: a dataset recorded meanwhile must not get lost.
    let lock = open(folder, O_RDONLY)
    defer {
      flock(lock, LOCK_UN)
      close(lock)
    }
    guard lock >= 0, flock(lock, LOCK_EX) == 0 else {
      throw .output(OutputError(path: folder, .system(errno)))
    }
    var digests = try read()
    if let recorded = digests[name], recorded != digest { return .differs(from: recorded) }
    try install()
    if digests[name] != nil { return .confirmed }
    digests[name] = digest
    let lines = digests.sorted { $0.key < $1.key }.map { "\(Self.key($0.key)): \($0.value)\n" }.joined()
    let text = "# SHA-256 of each file as first seen; a fetch that brings other bytes is refused.\n" + lines
    do throws(OutputError) { try OutputFile(path).write(text) } catch { throw .output(error) }
    return .recorded
  }

  /// A name as a key of YAML: in quotes where it has more than letters, digits and `-_./`.
  private static func key(_ name: String) -> String {
    name.wholeMatch(of: /[A-Za-z0-9][A-Za-z0-9_.\/\-]*/) != nil
      ? name : "\"\(name.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
  }
}
