import Files
import Foundation

/// A download under way: `NAME.hdf5.partial`, and beside it what it is a part of.
///
/// Every byte is in the file as soon as it has arrived, so that a process that is killed leaves one to go on from.
final class PartialFile {
  /// The version of the remote file that the bytes belong to.
  struct Origin: Codable, Equatable {
    /// Where the bytes come from.
    var address: String
    /// Bytes of the whole file, where the server says.
    var total: Int?
    var eTag: String?
    var lastModified: String?

    /// What makes a request for the rest conditional on nothing having changed (RFC 9110, 13.1.5: no weak tags).
    ///
    /// Nil where nothing does: then the bytes are fetched again.
    var condition: String? {
      if let eTag { return eTag.hasPrefix("W/") ? nil : eTag }
      return lastModified
    }
  }

  /// Ends the names of unfinished files.
  static let suffix = ".partial"

  let path: String
  private let descriptor: CInt
  private let originPath: String
  /// Bytes that have arrived.
  private(set) var size: Int
  /// nil until a server has answered.
  private(set) var origin: Origin?

  /// Where the bytes of a file are until all are there.
  static func path(for target: String) -> String { target + suffix }

  /// Opens what is left from before, or a new file, for this process alone.
  ///
  /// - Parameter address: where the file comes from: what came from elsewhere is fetched again.
  /// - Throws: `FetchError.busy`, `output`.
  init(for target: String, from address: String) throws(FetchError) {
    path = Self.path(for: target)
    originPath = target + ".origin" + Self.suffix
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o644)
    guard descriptor >= 0 else { throw .output(OutputError(path: path, .system(errno))) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw .output(OutputError(path: path, .system(EEXIST)))
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      close(descriptor)
      throw .busy(path: path)
    }
    // Another process may have given the file its name between opening and locking it here.
    var named = stat()
    guard stat(path, &named) == 0, named.st_ino == status.st_ino, named.st_dev == status.st_dev else {
      close(descriptor)
      throw .busy(path: path)
    }
    size = Int(lseek(descriptor, 0, SEEK_END))
    // Without a readable origin nobody knows what the bytes are of, and they are fetched again.
    origin = FileManager.default.contents(atPath: originPath)
      .flatMap { try? JSONDecoder().decode(Origin.self, from: $0) }.flatMap { $0.address == address ? $0 : nil }
  }

  deinit {
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }

  /// Whether all bytes of the file are here.
  var isComplete: Bool { origin?.total == size && size > 0 }

  /// Forgets the bytes and starts on a file of that origin.
  func restart(_ origin: Origin?) throws(FetchError) {
    guard ftruncate(descriptor, 0) == 0, lseek(descriptor, 0, SEEK_SET) == 0 else { throw failure() }
    size = 0
    self.origin = origin
    unlink(originPath)
    guard let origin else { return }
    do {
      try OutputFile(originPath).write(try JSONEncoder().encode(origin))
    } catch let error as OutputError {
      throw .output(error)
    } catch {
      preconditionFailure("texts and numbers have a JSON form")
    }
  }

  func append(_ bytes: UnsafeRawBufferPointer) throws(FetchError) {
    var rest = bytes
    while let base = rest.baseAddress, !rest.isEmpty {
      let count = write(descriptor, base, rest.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw failure() }
      size += count
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
  }

  /// Gives the complete file its name.
  func finish(as target: String) throws(FetchError) {
    guard fsync(descriptor) == 0, rename(path, target) == 0 else { throw failure() }
    unlink(originPath)
  }

  /// Removes it: there is nothing to go on from.
  func discard() {
    unlink(path)
    unlink(originPath)
  }

  private func failure() -> FetchError { .output(OutputError(path: path, .system(errno))) }
}
