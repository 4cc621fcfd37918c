import Datasets
import Foundation
import Synchronization
import Testing

struct DatasetFetcherTests {
  private let folder = TemporaryFolder()
  private let content: Data
  private let server: LocalServer

  init() {
    content = HDF5Bytes.file(300_000)
    server = LocalServer(.init(content: content))
  }

  private func fetch(
    file: String = "d.hdf5", progress: @escaping DatasetFetcher.Progress = { _, _ in }
  ) throws -> DatasetFetcher.Fetched {
    let text = "datasets: [{name: d, url: 'http://127.0.0.1:\(server.port)/\(file)', distance: dot}]"
    try folder.write("catalog.yml", Data(text.utf8))
    let catalog = try Catalog(folder: folder.path)
    return try DatasetFetcher(catalog: catalog).fetch(try catalog.entry(named: "d"), progress: progress)
  }

  private func failure() throws -> FetchError? {
    do {
      _ = try fetch()
      return nil
    } catch let error as FetchError {
      #expect(!error.description.contains("\n"))
      return error
    }
  }

  /// Has the server break off, so that a part of the file stays.
  private func fetchPart(_ count: Int) throws {
    server.change { $0.breaksOffAfter = count }
    let url = "http://127.0.0.1:\(server.port)/d.hdf5"
    guard case .interrupted(url, received: count, total: content.count, _)? = try failure() else {
      Issue.record("not interrupted")
      return
    }
    #expect(folder.read("d.hdf5.partial") == content.prefix(count))
    #expect(folder.read("d.hdf5") == nil)
    server.change { $0.breaksOffAfter = nil }
  }

  @Test func aFileIsFetchedRecordedAndThenLeftAlone() throws {
    let seen = Mutex<[(Int, Int?)]>([])
    let fetched = try fetch { received, total in seen.withLock { $0.append((received, total)) } }
    #expect(fetched.origin == .downloaded(resumedAt: 0) && fetched.isFirstSeen && fetched.byteCount == content.count)
    #expect(folder.read("d.hdf5") == content)
    #expect(try ChecksumFile(folder: folder.path).read() == ["d": fetched.sha256])
    #expect(try folder.names == ["catalog.yml", "checksums.yml", "d.hdf5"])
    let steps = seen.withLock { $0 }
    #expect(steps.last?.0 == content.count && steps.allSatisfy { $0.1 == content.count })

    let again = try fetch()
    #expect(again.origin == .present && !again.isFirstSeen && again.sha256 == fetched.sha256)
    #expect(server.requests.count == 1)
  }

  @Test func aBrokenDownloadGoesOnWhereItEnded() throws {
    try fetchPart(100_000)
    let fetched = try fetch()
    #expect(fetched.origin == .downloaded(resumedAt: 100_000))
    #expect(folder.read("d.hdf5") == content)
    #expect(server.requests.last?.range == "bytes=100000-" && server.requests.last?.condition == "\"1\"")
    #expect(try folder.names == ["catalog.yml", "checksums.yml", "d.hdf5"])
  }

  @Test func aPartFromAnotherAddressStartsAfresh() throws {
    try fetchPart(100_000)
    #expect(try fetch(file: "mirror.hdf5").origin == .downloaded(resumedAt: 0))
    #expect(server.requests.last?.range == nil && folder.read("d.hdf5") == content)
  }

  @Test func itGoesOnTwice() throws {
    try fetchPart(100_000)
    server.change { $0.breaksOffAfter = 50_000 }
    #expect(try failure() != nil)
    #expect(folder.read("d.hdf5.partial")?.count == 150_000)
    server.change { $0.breaksOffAfter = nil }
    #expect(try fetch().origin == .downloaded(resumedAt: 150_000))
    #expect(folder.read("d.hdf5") == content)
  }

  @Test func aServerWithoutRangesSendsItAllAgain() throws {
    try fetchPart(100_000)
    server.change { $0.supportsRanges = false }
    #expect(try fetch().origin == .downloaded(resumedAt: 0))
    #expect(folder.read("d.hdf5") == content)
  }

  /// By a server that honours If-Range, one that ignores it but shows its tag, and one that shows only the new size.
  @Test(arguments: [(true, Optional("\"2\"")), (false, "\"2\""), (false, nil)])
  func aFileThatChangedMeanwhileStartsAfresh(_ checksCondition: Bool, _ eTag: String?) throws {
    try fetchPart(100_000)
    let changed = HDF5Bytes.file(300_003, seed: 2)
    server.change {
      $0.content = changed
      $0.eTag = eTag
      $0.checksCondition = checksCondition
    }
    #expect(try fetch().origin == .downloaded(resumedAt: 0))
    #expect(folder.read("d.hdf5") == changed)
  }

  @Test func aPartThatIsAllOfItIsEnough() throws {
    try fetchPart(100_000)
    // As if killed between the last byte and the rename.
    try folder.write("d.hdf5.partial", content)
    let requests = server.requests.count
    #expect(try fetch().origin == .downloaded(resumedAt: content.count))
    #expect(folder.read("d.hdf5") == content && server.requests.count == requests)
  }

  @Test func aPartThatIsTooLongStartsAfresh() throws {
    try fetchPart(100_000)
    try folder.write("d.hdf5.partial", content + content)
    #expect(try fetch().origin == .downloaded(resumedAt: 0))
    #expect(folder.read("d.hdf5") == content)
  }

  @Test func aPartOfUnknownOriginStartsAfresh() throws {
    try folder.write("d.hdf5.partial", Data(repeating: 9, count: 500))
    #expect(try fetch().origin == .downloaded(resumedAt: 0))
    #expect(folder.read("d.hdf5") == content)
  }

  @Test func otherBytesThanTheFirstTimeAreRefused() throws {
    let first = try fetch().sha256
    try FileManager.default.removeItem(atPath: folder.file("d.hdf5"))
    server.change { $0.content[1017] ^= 1 }
    let error = try #require(try failure())
    let checksums = folder.file("checksums.yml")
    guard case .checksumMismatch(folder.file("d.hdf5"), recorded: first, let found, checksums) = error else {
      Issue.record("\(error)")
      return
    }
    #expect(found != first)
    #expect(try folder.names == ["catalog.yml", "checksums.yml"])
    // A file that was changed on the disk is found out as well, and left for its owner to look at.
    for changed in [HDF5Bytes.file(500), Data("changed".utf8)] {
      try folder.write("d.hdf5", changed)
      #expect(try failure() != nil)
      #expect(folder.read("d.hdf5") == changed)
    }
  }

  @Test func otherChecksumsAreKept() throws {
    let digest = String(repeating: "ab", count: 32)
    try folder.write("checksums.yml", Data("other: \(digest)\n".utf8))
    let fetched = try fetch()
    #expect(try ChecksumFile(folder: folder.path).read() == ["other": digest, "d": fetched.sha256])
  }

  @Test func malformedChecksumsAreNamed() throws {
    try folder.write("checksums.yml", Data("d: 12ab\n".utf8))
    guard case .malformedChecksums(let error)? = try failure() else {
      Issue.record("accepted")
      return
    }
    #expect(error.line == 1 && error.path == "d")
  }

  @Test func refusalsAreToldAndLeaveNothing() throws {
    let url = "http://127.0.0.1:\(server.port)/d.hdf5"
    server.change { $0.status = 404 }
    #expect(try failure() == .refused(url: url, status: 404))
    server.change {
      $0.status = nil
      $0.contentType = "text/html; charset=utf-8"
    }
    #expect(try failure() == .notAFile(url: url, contentType: "text/html; charset=utf-8"))
    #expect(try folder.names == ["catalog.yml"])
  }

  @Test func theFolderIsMadeAndStaysWhereSomethingHasArrived() throws {
    let text = "datasets: [{name: d, url: 'http://127.0.0.1:\(server.port)/d.hdf5', distance: dot}]"
    try folder.write("catalog.yml", Data(text.utf8))
    let entry = try Catalog(folder: folder.path).entry(named: "d")
    let fetcher = DatasetFetcher(catalog: try Catalog(folder: folder.file("new")))
    server.change { $0.status = 404 }
    #expect(throws: FetchError.self) { try fetcher.fetch(entry) }
    #expect(try folder.names == ["catalog.yml"])
    server.change { $0.status = nil }
    #expect(try fetcher.fetch(entry).path == folder.file("new/d.hdf5"))
    #expect(folder.read("new/d.hdf5") == content && folder.read("new/checksums.yml") != nil)
  }

  /// One that came with the program is not fetched into the folder; its checksums are beside it.
  @Test func whatCameWithTheProgramIsHeldToTheChecksumsBesideIt() throws {
    let shipped = TemporaryFolder()
    try shipped.write("photo-sift-20k-128-euclidean.hdf5", content)
    let wrong = String(repeating: "ab", count: 32)
    let catalog = try Catalog(folder: folder.file("new"), shipped: shipped.path)
    let entry = try catalog.entry(named: "photo-sift-20k-128-euclidean")
    let fetched = try DatasetFetcher(catalog: catalog).fetch(entry)
    #expect(fetched.origin == .present && fetched.path == shipped.file("photo-sift-20k-128-euclidean.hdf5"))
    try shipped.write("checksums.yml", Data("photo-sift-20k-128-euclidean: \(wrong)\n".utf8))
    #expect(throws: FetchError.self) { try DatasetFetcher(catalog: catalog).fetch(entry) }
    #expect(try folder.names == [])
  }

  @Test func nobodyThereIsTold() throws {
    let text = "datasets: [{name: d, url: 'http://127.0.0.1:1/d', distance: dot}, {name: own, distance: dot}]"
    try folder.write("catalog.yml", Data(text.utf8))
    let catalog = try Catalog(folder: folder.path)
    #expect {
      try DatasetFetcher(catalog: catalog).fetch(catalog.entry(named: "d"))
    } throws: { error in
      guard case FetchError.unreachable("http://127.0.0.1:1/d", _) = error else { return false }
      return true
    }
    #expect(try folder.names == ["catalog.yml"])
    #expect(throws: FetchError.noAddress(name: "own")) {
      try DatasetFetcher(catalog: catalog).fetch(catalog.entry(named: "own"))
    }
  }

  @Test func twoFetchesOfOneDatasetDoNotMix() throws {
    let descriptor = open(folder.file("d.hdf5.partial"), O_RDWR | O_CREAT, 0o644)
    defer { close(descriptor) }
    try #require(flock(descriptor, LOCK_EX) == 0)
    #expect(try failure() == .busy(path: folder.file("d.hdf5.partial")))
  }
}
