import Foundation

/// Brings the catalog's datasets to its folder.
///
/// Downloads go on where they were broken off, are checked for size, held to the SHA-256 of the first time, and
/// get their name when they are complete.
public struct DatasetFetcher: Sendable {
  /// A dataset that is there, with the digest that was recorded or confirmed.
  public struct Fetched: Sendable, Equatable {
    public enum Origin: Sendable, Equatable {
      /// The file was there already.
      case present
      /// `resumedAt` bytes were there from an earlier try.
      case downloaded(resumedAt: Int)
    }

    public let path: String
    public let origin: Origin
    public let byteCount: Int
    /// 64 hexadecimal digits.
    public let sha256: String
    /// Whether nothing was on record to compare the digest with.
    public let isFirstSeen: Bool
  }

  /// Gets the bytes that are there and the bytes of the whole file, where the server says.
  ///
  /// Called on another thread, for each piece that arrives (some 16 KB).
  public typealias Progress = @Sendable (_ received: Int, _ total: Int?) -> Void

  private let catalog: Catalog
  private let checksums: ChecksumFile

  public init(catalog: Catalog) {
    self.catalog = catalog
    checksums = ChecksumFile(folder: catalog.folder)
  }

  /// Fetches a dataset, unless it is there, and holds it to its SHA-256; blocks until it is done.
  ///
  /// A process that is killed meanwhile leaves `NAME.hdf5.partial`, from which the next fetch goes on.
  ///
  /// - Throws: `FetchError`; after `interrupted` and `unreachable` the next fetch goes on, after the others it
  ///   starts afresh.
  /// - Complexity: O(bytes), in constant memory.
  public func fetch(_ entry: CatalogEntry, progress: @escaping Progress = { _, _ in }) throws(FetchError) -> Fetched {
    let target = catalog.path(of: entry)
    if catalog.isPresent(entry) {
      return try hold(entry, file: target, target: target, origin: .present)
    }
    guard let url = entry.url else { throw .noAddress(name: entry.name) }
    let partial = try PartialFile(for: target)
    defer {
      // Nothing has arrived: leave nothing.
      if partial.size == 0 { partial.discard() }
      partial.close()
    }
    let resumedAt = try download(url, to: partial, progress)
    do throws(FetchError) {
      let fetched = try hold(entry, file: partial.path, target: target, origin: .downloaded(resumedAt: resumedAt))
      try partial.finish(as: target)
      return fetched
    } catch {
      if case .checksumMismatch = error { partial.discard() }
      throw error
    }
  }

  /// Completes a partial file; returns how many bytes of an earlier try were of use.
  private func download(_ url: URL, to partial: PartialFile, _ progress: @escaping Progress) throws(FetchError) -> Int {
    // A second try only starts afresh, after the first found that the rest does not fit what is here.
    for _ in 0..<2 {
      let resumedAt = partial.origin == nil ? 0 : partial.size
      let transfer = Transfer(url: url, partial: partial, progress: progress)
      switch try transfer.run() {
      case .complete(let usedPart): return usedPart ? resumedAt : 0
      case .partIsStale: try partial.restart(nil)
      }
    }
    throw .unreachable(url: url.absoluteString, reason: "the server's answers contradict each other")
  }

  private func hold(
    _ entry: CatalogEntry, file: String, target: String, origin: Fetched.Origin
  ) throws(FetchError) -> Fetched {
    var status = stat()
    guard let digest = SHA256.ofFile(file), stat(file, &status) == 0 else {
      throw .cannotWrite(path: file, reason: String(cString: strerror(errno)))
    }
    let outcome = try checksums.hold(entry.name, digest)
    if case .differs(let recorded) = outcome {
      throw .checksumMismatch(path: target, recorded: recorded, found: digest, checksums: checksums.path)
    }
    return Fetched(
      path: target, origin: origin, byteCount: Int(status.st_size), sha256: digest, isFirstSeen: outcome == .recorded)
  }
}
