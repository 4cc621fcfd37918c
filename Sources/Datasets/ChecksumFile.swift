import Foundation
import YAML

/// The SHA-256 of each dataset as it was first seen, kept in `checksums.yml` beside the catalog.
public struct ChecksumFile: Sendable {
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
    path = folder + "/checksums.yml"
  }

  /// All digests by dataset name; none where there is no file.
  ///
  /// - Throws: `FetchError.malformedChecksums`.
  public func read() throws(FetchError) -> [String: String] {
    guard access(path, F_OK) == 0 else { return [:] }
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

  /// Records a dataset's digest the first time and compares it with the record after that.
  func hold(_ name: String, _ digest: String) throws(FetchError) -> Outcome {
    // One writer at a time, among processes too: a dataset recorded meanwhile must not get lost.
    let lock = open(folder, O_RDONLY)
    defer {
      flock(lock, LOCK_UN)
      close(lock)
    }
    guard lock >= 0, flock(lock, LOCK_EX) == 0 else {
      throw .cannotWrite(path: folder, reason: String(cString: strerror(errno)))
    }
    var digests = try read()
    if let recorded = digests[name] { return recorded == digest ? .confirmed : .differs(from: recorded) }
    digests[name] = digest
    let lines = digests.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)\n" }.joined()
    let text = "# SHA-256 of each dataset as first seen; a fetch that brings other bytes is refused.\n" + lines
    // Beside, then renamed: whoever reads sees the old file or the new one.
    let draft = path + ".new"
    guard FileManager.default.createFile(atPath: draft, contents: Data(text.utf8)), rename(draft, path) == 0 else {
      throw .cannotWrite(path: path, reason: String(cString: strerror(errno)))
    }
    return .recorded
  }
}
