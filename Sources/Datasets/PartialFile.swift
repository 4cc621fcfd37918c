import Foundation

/// A download under way: `NAME.hdf5.partial`, and beside it what it is a part of.
///
/// Every byte is in the file as soon as it has arrived, so that a process that is killed leaves one to go on from.
final class PartialFile {
  /// The version of the remote file that the bytes belong to.
  struct Origin: Codable, Equatable {
    /// Bytes of the whole file, where the server says.
    var total: Int?
    var eTag: String?
    var lastModified: String?

    /// What makes a request for the rest conditional on nothing having changed (RFC 9110, 13.1.5: no weak tags).
    var condition: String? {
      if let eTag, !eTag.hasPrefix("W/") { return eTag }
      return lastModified
    }
  }

  let path: String
  private var descriptor: CInt
  private let originPath: String
  /// Bytes that have arrived.
  private(set) var size: Int
  /// nil until a server has answered.
  private(set) var origin: Origin?

  /// Opens what is left from before, or a new file, for this process alone.
  ///
  /// - Throws: `FetchError.busy`, `cannotWrite`.
  init(for target: String) throws(FetchError) {
    path = target + ".partial"
    originPath = target + ".origin.partial"
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw .cannotWrite(path: path, reason: String(cString: strerror(errno))) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      Foundation.close(descriptor)
      throw .busy(path: path)
    }
    size = Int(lseek(descriptor, 0, SEEK_END))
    // Without a readable origin nobody knows what the bytes are of, and they are fetched again.
    origin = FileManager.default.contents(atPath: originPath)
      .flatMap { try? JSONDecoder().decode(Origin.self, from: $0) }
  }

  deinit { close() }

  /// Lets others have it: a session may hold on to its delegate, and so to this, for a while.
  func close() {
    guard descriptor >= 0 else { return }
    flock(descriptor, LOCK_UN)
    Foundation.close(descriptor)
    descriptor = -1
  }

  /// Forgets the bytes and starts on a file of that origin.
  func restart(_ origin: Origin?) throws(FetchError) {
    guard ftruncate(descriptor, 0) == 0, lseek(descriptor, 0, SEEK_SET) == 0 else { throw failure() }
    size = 0
    self.origin = origin
    guard let origin else {
      unlink(originPath)
      return
    }
    do {
      try JSONEncoder().encode(origin).write(to: URL(fileURLWithPath: originPath), options: .atomic)
    } catch {
      throw .cannotWrite(path: originPath, reason: String(cString: strerror(errno)))
    }
  }

  func append(_ data: Data) throws(FetchError) {
    var rest = data[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw failure() }
      size += count
      rest = rest.dropFirst(count)
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

  private func failure() -> FetchError { .cannotWrite(path: path, reason: String(cString: strerror(errno))) }
}
