import Files
import Foundation

/// Brings datasets to the catalog's folder: those of the catalog, files at addresses, and files of Hugging Face.
///
/// Downloads go on where they were broken off, are limited in size and time, looked at, held to the SHA-256 of the first
/// time, and get their name then.
public struct DatasetFetcher: Sendable {
  /// A file that is there, with the digest that was recorded or confirmed.
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

  /// Gets the bytes that are there and the bytes of all that is fetched, where the server says.
  ///
  /// Called for each piece that arrives (some 16 KB).
  public typealias Progress = @Sendable (_ received: Int, _ total: Int?) -> Void

  /// Where a file goes, and by what name its digest is recorded.
  private struct Place {
    let path: String
    let name: String
    let checksums: ChecksumFile
  }

  public static let defaultMostBytes = 100_000_000_000

  private let catalog: Catalog
  private let limits: FetchLimits
  private let hub: HuggingFaceHub

  /// - Parameters:
  ///   - mostBytes: of all files of one fetch; what is larger is refused.
  ///   - token: for private and gated datasets of Hugging Face; no other server gets it.
  public init(catalog: Catalog, mostBytes: Int = defaultMostBytes, token: HuggingFaceToken? = nil) {
    var limits = FetchLimits()
    limits.mostBytes = mostBytes
    self.init(catalog: catalog, limits: limits, hub: HuggingFaceHub(token: token))
  }

  init(catalog: Catalog, limits: FetchLimits, hub: HuggingFaceHub = HuggingFaceHub(token: nil)) {
    self.catalog = catalog
    self.limits = limits
    self.hub = hub
  }

  /// Fetches a dataset of the catalog, unless it is there, and holds it to its SHA-256; blocks until it is done.
  ///
  /// The folder is made where it is not there. A process that is killed meanwhile leaves `NAME.hdf5.partial`, from which
  /// the next fetch goes on where the server can tell that the file is still the same. A file gets its name when it was
  /// found to be a whole HDF5 file.
  ///
  /// - Throws: `FetchError`.
  /// - Complexity: O(bytes), in constant memory.
  public func fetch(_ entry: CatalogEntry, progress: @escaping Progress = { _, _ in }) throws(FetchError) -> Fetched {
    let path = catalog.path(of: entry)
    // Beside the file, which need not be in the catalog's folder: it may have come with the program.
    let checksums = ChecksumFile(folder: Self.folder(of: path))
    let place = Place(path: path, name: entry.name, checksums: checksums)
    return try fetch(entry.url.map { hub.remoteFile($0) }, to: place, progress)
  }

  /// Fetches the file at an address, or the files of a dataset of Hugging Face, as above.
  ///
  /// A file of Hugging Face is put to `OWNER/SET/PATH` in the folder. Size and SHA-256 must be those that Hugging Face
  /// lists. When one file cannot be fetched, those before it stay, and the next fetch goes on there.
  ///
  /// - Returns: in the order of the list; at least one.
  /// - Throws: `FetchError`.
  public func fetch(
    _ address: FetchAddress, progress: @escaping Progress = { _, _ in }
  ) throws(FetchError) -> [Fetched] {
    switch address {
    case .file(let url, let name): [try fetch(hub.remoteFile(url), to: place(name), progress)]
    case .huggingFace(let dataset): try fetch(dataset, progress)
    }
  }

  private func fetch(_ dataset: HuggingFaceDataset, _ progress: @escaping Progress) throws(FetchError) -> [Fetched] {
    let files = try hub.files(of: dataset, limits: limits).map {
      (file: $0, place: place("\(dataset.folder)/\($0.path.text)"))
    }
    let total = Self.sum(files.map(\.file.size))
    guard total <= limits.mostBytes else {
      throw .tooLarge(url: "hf://\(dataset.folder)", size: total, limit: limits.mostBytes)
    }
    let missing = files.filter { !Self.exists($0.place.path) }
    let needed = Self.sum(missing.map { $0.file.size - Self.size(PartialFile.path(for: $0.place.path)) })
    let folder = "\(catalog.folder)/\(dataset.folder)"
    let free = FreeSpace.bytes(at: folder)
    guard needed <= free else { throw .noSpace(path: folder, needed: needed, free: free) }
    var fetched: [Fetched] = []
    var bytesBefore = 0
    for (file, place) in files {
      let before = bytesBefore
      fetched.append(
        try fetch(hub.remoteFile(file, of: dataset), to: place) { received, _ in progress(before + received, total) })
      bytesBefore += file.size
    }
    return fetched
  }

  /// - Parameter file: nil for one that has no address, and must be there.
  private func fetch(
    _ file: RemoteFile?, to place: Place, _ progress: @escaping Progress
  ) throws(FetchError) -> Fetched {
    if Self.exists(place.path) { return try hold(file, place.path, to: place, origin: .present) {} }
    guard let file else { throw .noAddress(name: place.name) }
    let folder = Self.folder(of: place.path)
    let newFolders = Self.missingFolders(folder)
    // One in which something has arrived stays.
    defer { for folder in newFolders { rmdir(folder) } }
    let target: String
    do throws(OutputError) {
      _ = try OutputFolder(creating: folder)
      target = try OutputFile(place.path).resolvedPath
    } catch { throw .output(error) }
    let partial = try PartialFile(for: target, from: file.url.absoluteString)
    // Nothing has arrived: leave nothing.
    defer { if partial.size == 0 { partial.discard() } }
    let resumedAt = try download(file, to: partial, progress)
    do throws(FetchError) {
      return try hold(file, partial.path, to: place, origin: .downloaded(resumedAt: resumedAt)) {
        () throws(FetchError) in try partial.finish(as: target)
      }
    } catch {
      switch error {
      case .checksumMismatch, .notHDF5, .truncated, .notAsListed: partial.discard()
      default: break
      }
      throw error
    }
  }

  /// Completes a partial file; returns how many bytes of an earlier try were of use.
  private func download(
    _ file: RemoteFile, to partial: PartialFile, _ progress: @escaping Progress
  ) throws(FetchError) -> Int {
    // The list tells of another version than the one that is begun.
    if let size = file.size, let total = partial.origin?.total, total != size { try partial.restart(nil) }
    // Killed after the last byte, before the file got its name.
    if partial.isComplete { return partial.size }
    // A second try only starts afresh, after the first found that the rest does not fit what is here.
    for _ in 0..<2 {
      let resumedAt = partial.size
      let outcome = try limits.patiently { () throws(FetchError) in
        try Transfer(file, to: partial, sizeLimit: limits.mostBytes, progress: progress).run(limits)
      }
      switch outcome {
      case .complete(let usedPart): return usedPart ? resumedAt : 0
      case .partIsStale: try partial.restart(nil)
      }
    }
    throw .unreachable(url: file.url.absoluteString, reason: "the server's answers contradict each other")
  }

  /// Looks at a file, compares its digest with the recorded one, installs it, and records the digest of a new one.
  ///
  /// - Parameter path: where the bytes are until they are installed.
  private func hold(
    _ file: RemoteFile?, _ path: String, to place: Place, origin: Fetched.Origin,
    install: () throws(FetchError) -> Void
  ) throws(FetchError) -> Fetched {
    func unreadable() -> FetchError { .cannotRead(path: path, reason: String(cString: strerror(errno))) }
    var status = stat()
    guard stat(path, &status) == 0 else { throw unreadable() }
    let size = Int(status.st_size)
    let source = origin == .present ? place.path : file?.url.absoluteString ?? place.path
    if let listed = file?.size, size != listed {
      throw .notAsListed(source: source, found: "\(size) bytes", listed: "\(listed)")
    }
    if AnnBenchmarksReader.reads(place.path) {
      switch HDF5Signature(ofFile: path) {
      case .whole: break
      case .truncated(let end): throw .truncated(source: source, bytes: size, stated: end)
      case .foreign: throw .notHDF5(source: source, bytes: size)
      case nil: throw unreadable()
      }
    }
    guard let digest = SHA256.ofFile(path) else { throw unreadable() }
    if let listed = file?.sha256, digest != listed {
      throw .notAsListed(source: source, found: "SHA-256 \(digest)", listed: listed)
    }
    let outcome = try place.checksums.hold(place.name, digest, install: install)
    if case .differs(let recorded) = outcome {
      throw .checksumMismatch(path: place.path, recorded: recorded, found: digest, checksums: place.checksums.path)
    }
    return Fetched(
      path: place.path, origin: origin, byteCount: size, sha256: digest, isFirstSeen: outcome == .recorded)
  }

  // MARK: - Files and folders

  /// That of a file whose name here is not the catalog's.
  private func place(_ name: String) -> Place {
    Place(path: "\(catalog.folder)/\(name)", name: name, checksums: ChecksumFile(folder: catalog.folder))
  }

  private static func folder(of path: String) -> String { (path as NSString).deletingLastPathComponent }

  private static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// Bytes of a file; 0 where there is none.
  private static func size(_ path: String) -> Int {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : 0
  }

  /// A folder and those above it that are not there, the innermost first.
  private static func missingFolders(_ folder: String) -> [String] {
    folder.isEmpty || exists(folder) ? [] : [folder] + missingFolders(Self.folder(of: folder))
  }

  private static func sum(_ sizes: [Int]) -> Int {
    sizes.reduce(0) { sum, size in
      let (result, overflows) = sum.addingReportingOverflow(size)
      return overflows ? .max : result
    }
  }
}
