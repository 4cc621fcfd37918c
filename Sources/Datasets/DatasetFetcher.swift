import Files
import Foundation

/// Brings datasets of the catalog to its folder.
///
/// Downloads go on where they were broken off, are limited in size and time, looked at, held to the SHA-256 of the first
/// time, and get their name then.
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
  /// Called for each piece that arrives (some 16 KB).
  public typealias Progress = @Sendable (_ received: Int, _ total: Int?) -> Void

  private let catalog: Catalog
  private let limits: FetchLimits

  public init(catalog: Catalog) { self.init(catalog: catalog, limits: FetchLimits()) }

  init(catalog: Catalog, limits: FetchLimits) {
    self.catalog = catalog
    self.limits = limits
  }

  /// Fetches a dataset, unless it is there, and holds it to its SHA-256; blocks until it is done.
  ///
  /// The folder is made where it is not there. A process that is killed meanwhile leaves `NAME.hdf5.partial`, from which the next fetch goes on where the server
  /// can tell that the file is still the same. A file gets its name when it was found to be a whole HDF5 file.
  ///
  /// - Throws: `FetchError`.
  /// - Complexity: O(bytes), in constant memory.
  public func fetch(_ entry: CatalogEntry, progress: @escaping Progress = { _, _ in }) throws(FetchError) -> Fetched {
    let target = catalog.path(of: entry)
    if catalog.isPresent(entry) { return try hold(entry, file: target, target: target, origin: .present) {} }
    guard let url = entry.url else { throw .noAddress(name: entry.name) }
    let isNewFolder = access(catalog.folder, F_OK) != 0
    // Stays where something has arrived.
    defer { if isNewFolder { rmdir(catalog.folder) } }
    let place: String
    do throws(OutputError) {
      _ = try OutputFolder(creating: catalog.folder)
      place = try OutputFile(target).resolvedPath
    } catch { throw .output(error) }
    let partial = try PartialFile(for: place, from: url.absoluteString)
    // Nothing has arrived: leave nothing.
    defer { if partial.size == 0 { partial.discard() } }
    let resumedAt = try download(url, to: partial, sizeLimit: entry.mostBytes, progress)
    do throws(FetchError) {
      return try hold(entry, file: partial.path, target: target, origin: .downloaded(resumedAt: resumedAt)) {
        () throws(FetchError) in try partial.finish(as: place)
      }
    } catch {
      switch error {
      case .checksumMismatch, .notHDF5, .truncated: partial.discard()
      default: break
      }
      throw error
    }
  }

  /// Completes a partial file; returns how many bytes of an earlier try were of use.
  private func download(
    _ url: URL, to partial: PartialFile, sizeLimit: Int?, _ progress: @escaping Progress
  ) throws(FetchError) -> Int {
    // Killed after the last byte, before the file got its name.
    if partial.isComplete { return partial.size }
    // A second try only starts afresh, after the first found that the rest does not fit what is here.
    for _ in 0..<2 {
      let resumedAt = partial.size
      let transfer = Transfer(url: url, partial: partial, sizeLimit: sizeLimit, progress: progress)
      switch try transfer.run(limits) {
      case .complete(let usedPart): return usedPart ? resumedAt : 0
      case .partIsStale: try partial.restart(nil)
      }
    }
    throw .unreachable(url: url.absoluteString, reason: "the server's answers contradict each other")
  }

  /// Looks at a file, compares its digest with the recorded one, installs it, and records the digest of a new one.
  private func hold(
    _ entry: CatalogEntry, file: String, target: String, origin: Fetched.Origin,
    install: () throws(FetchError) -> Void
  ) throws(FetchError) -> Fetched {
    func unreadable() -> FetchError { .cannotRead(path: file, reason: String(cString: strerror(errno))) }
    var status = stat()
    guard stat(file, &status) == 0 else { throw unreadable() }
    let size = Int(status.st_size)
    // A dataset file of the catalog's own, NAME.yml, names files of other formats.
    if AnnBenchmarksReader.reads(target) {
      let source = origin == .present ? target : entry.url?.absoluteString ?? target
      switch HDF5Signature(ofFile: file) {
      case .whole: break
      case .truncated(let end): throw .truncated(source: source, bytes: size, stated: end)
      case .foreign: throw .notHDF5(source: source, bytes: size)
      case nil: throw unreadable()
      }
    }
    guard let digest = SHA256.ofFile(file) else { throw unreadable() }
    // Beside the file, which need not be in the catalog's folder: it may have come with the program.
    let checksums = ChecksumFile(folder: (target as NSString).deletingLastPathComponent)
    let outcome = try checksums.hold(entry.name, digest, install: install)
    if case .differs(let recorded) = outcome {
      throw .checksumMismatch(path: target, recorded: recorded, found: digest, checksums: checksums.path)
    }
    return Fetched(path: target, origin: origin, byteCount: size, sha256: digest, isFirstSeen: outcome == .recorded)
  }
}

extension CatalogEntry {
  /// More bytes than a file of the stated sizes can have: with components, ids and distances of 8 bytes, and some room
  /// for what HDF5 adds. Nil where the catalog does not state them all.
  fileprivate var mostBytes: Int? {
    guard let dimension, let trainSize, let testSize, let neighbors else { return nil }
    let numbers =
      (Double(trainSize) + Double(testSize)) * Double(dimension) + 2 * Double(testSize) * Double(neighbors)
    return Int(min(numbers * 8 + 0x1p24, 0x1p62))
  }
}
