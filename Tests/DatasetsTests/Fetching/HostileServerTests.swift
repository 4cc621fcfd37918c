import Foundation
import Synchronization
import Testing

@testable import Datasets

/// Servers that are broken, slow or up to something: every fetch ends, says why, and installs nothing unchecked.
struct HostileServerTests {
  private let folder = TemporaryFolder()
  private let content = HDF5Bytes.file(100_000)

  private func fetch(
    from server: LocalServer, limits: FetchLimits = FetchLimits()
  ) throws -> DatasetFetcher.Fetched {
    let text = "datasets: [{name: d, url: 'http://127.0.0.1:\(server.port)/d.hdf5', distance: dot}]"
    try folder.write("catalog.yml", Data(text.utf8))
    let catalog = try Catalog(folder: folder.path)
    return try DatasetFetcher(catalog: catalog, limits: limits).fetch(try catalog.entry(named: "d"))
  }

  /// What the fetch fails with; nothing is then installed or recorded.
  private func failure(
    limits: FetchLimits = FetchLimits(), _ answer: @escaping @Sendable (LocalServer.Request) -> [LocalServer.Piece]
  ) throws -> FetchError {
    let server = LocalServer(.init(content: content, answer: answer))
    let error = #expect(throws: FetchError.self) { try fetch(from: server, limits: limits) }
    #expect(folder.read("d.hdf5") == nil && folder.read("checksums.yml") == nil)
    let text = try #require(error).description
    #expect(!text.contains("\n"))
    return try #require(error)
  }

  private static func head(_ status: String, _ fields: String...) -> LocalServer.Piece {
    .text("HTTP/1.1 \(status)\r\n" + fields.map { $0 + "\r\n" }.joined() + "Connection: close\r\n\r\n")
  }

  // MARK: - Answers that are no file

  @Test(arguments: [
    (401, "WWW-Authenticate: Basic realm=\"x\""), (407, "Proxy-Authenticate: Basic realm=\"x\""),
    (302, "X: no location"), (304, "X: y"), (204, "X: y"), (206, "Content-Range: bytes 0-4/5"), (404, "X: y"),
  ])
  func aStatusThatIsNoSuccessIsRefused(status: Int, field: String) throws {
    let error = try failure { _ in [Self.head("\(status) No", field, "Content-Length: 0")] }
    guard case .refused(_, status) = error else {
      Issue.record("\(error)")
      return
    }
    #expect(try folder.names == ["catalog.yml"])
  }

  @Test(arguments: [(503, "120", 120), (429, "Fri, 31 Dec 1999 23:59:59 GMT", nil), (500, "-1", nil)])
  func aBusyServerIsToldApart(status: Int, after: String, seconds: Int?) throws {
    let error = try failure { _ in [Self.head("\(status) No", "Retry-After: \(after)", "Content-Length: 0")] }
    guard case .busyServer(_, status, seconds) = error else {
      Issue.record("\(error)")
      return
    }
  }

  @Test func aBusyServerIsAskedAgainWhenItSays() throws {
    let content = content
    let asked = Mutex(0)
    let server = LocalServer(
      .init(
        content: content,
        answer: { _ in
          let count = asked.withLock { count in
            count += 1
            return count
          }
          return count < 3
            ? [Self.head("\(count == 1 ? 429 : 503) Later", "Retry-After: 0", "Content-Length: 0")]
            : [Self.head("200 OK", "Content-Length: \(content.count)"), .bytes(content)]
        }))
    #expect(try fetch(from: server).byteCount == content.count)
    #expect(server.requests.count == 3)
  }

  /// One that never has time, and one that wants to be waited for too long.
  @Test(arguments: [(0, 3), (6, 1)]) func aBusyServerIsNotAskedForEver(seconds: Int, requests: Int) throws {
    var limits = FetchLimits()
    (limits.waits, limits.mostWaitSeconds) = (2, 5)
    let server = LocalServer(
      .init(
        content: content,
        answer: { _ in [Self.head("429 Later", "Retry-After: \(seconds)", "Content-Length: 0")] }))
    #expect(throws: FetchError.busyServer(url: "http://127.0.0.1:\(server.port)/d.hdf5", status: 429, seconds: seconds))
    {
      try fetch(from: server, limits: limits)
    }
    #expect(server.requests.count == requests)
  }

  @Test(arguments: [401, 403]) func aFileThatIsNotPublicIsToldWithTheWayToGetIt(status: Int) throws {
    let error = try failure { _ in [Self.head("\(status) No", "Content-Length: 0")] }
    #expect(error.description.contains("status \(status)") && error.description.contains("HF_TOKEN"))
  }

  @Test(arguments: ["", "sorry, no such file", "<!doctype html>"])
  func bytesThatAreNoHDF5FileAreNotInstalled(body: String) throws {
    let error = try failure { _ in [Self.head("200 OK", "Content-Length: \(body.utf8.count)"), .text(body)] }
    guard case .notHDF5(_, body.utf8.count) = error else {
      Issue.record("\(error)")
      return
    }
    #expect(try folder.names == ["catalog.yml"])
  }

  /// Without a length, the end of the connection is the end of the file: only the file itself knows that it goes on.
  @Test(arguments: [true, false]) func anHDF5FileThatIsCutOffIsNotInstalled(announced: Bool) throws {
    let part = content.prefix(60_000)
    let error = try failure { _ in
      [announced ? Self.head("200 OK", "Content-Length: 60000") : Self.head("200 OK"), .bytes(part)]
    }
    guard case .truncated(_, 60_000, 100_000) = error else {
      Issue.record("\(error)")
      return
    }
    #expect(try folder.names == ["catalog.yml"])
  }

  @Test(arguments: ["gzip", "br", "x, y"]) func encodedContentIsRefused(encoding: String) throws {
    let error = try failure { _ in
      [Self.head("200 OK", "Content-Encoding: \(encoding)", "Content-Length: 4"), .bytes(Data([0x1F, 0x8B, 8, 0]))]
    }
    guard case .encoded(_, encoding) = error else {
      Issue.record("\(error)")
      return
    }
  }

  // MARK: - Redirects

  @Test func aRedirectIsFollowed() throws {
    let content = content
    let server = LocalServer(
      .init(
        content: content,
        answer: { request in
          request.path == "/d.hdf5"
            ? [Self.head("302 Found", "Location: /e.hdf5", "ETag: \"other\"", "Content-Length: 3"), .text("moved")]
            : [Self.head("200 OK", "Content-Length: \(content.count)"), .bytes(content)]
        }))
    #expect(try fetch(from: server).byteCount == content.count)
    #expect(folder.read("d.hdf5") == content && server.requests.map(\.path) == ["/d.hdf5", "/e.hdf5"])
  }

  @Test(arguments: ["/d.hdf5", "file:///etc/passwd", "ftp://127.0.0.1/d.hdf5", "gopher://127.0.0.1/", "data:,x"])
  func aRedirectInACircleOrToAnotherProtocolIsNot(location: String) throws {
    let error = try failure { _ in [Self.head("301 Moved", "Location: \(location)", "Content-Length: 0")] }
    guard case .misled = error else {
      Issue.record("\(error)")
      return
    }
  }

  // MARK: - Sizes

  @Test(arguments: ["9223372036854775807", "9223372036854775806"])
  func aSizeBeyondTheDiskIsRefusedBeforeItComes(length: String) throws {
    var limits = FetchLimits()
    limits.mostBytes = .max
    let error = try failure(limits: limits) { _ in
      [Self.head("200 OK", "Content-Length: \(length)"), .text("x")]
    }
    guard case .noSpace(_, Int(length), _) = error else {
      Issue.record("\(error)")
      return
    }
    #expect(try folder.names == ["catalog.yml"])
  }

  @Test(arguments: ["9223372036854775808", "99999999999999999999999", "-5", "0x10", "1e3", ""])
  func aLengthThatIsNoneIsNotBelieved(length: String) throws {
    _ = try failure { _ in [Self.head("200 OK", "Content-Length: \(length)"), .text("x")] }
  }

  /// Announced, and in chunks without an end.
  @Test(arguments: [true, false]) func moreThanMayBeFetchedIsRefused(announced: Bool) throws {
    let chunk = Data(repeating: 7, count: 1 << 20)
    let limit = 2_500_000
    var limits = FetchLimits()
    limits.mostBytes = limit
    let error = try failure(limits: limits) { _ in
      announced
        ? [Self.head("200 OK", "Content-Length: 2500001"), .bytes(chunk)]
        : [Self.head("200 OK", "Transfer-Encoding: chunked")]
          + (0..<10).flatMap { _ in [.text("100000\r\n"), .bytes(chunk), .text("\r\n")] }
    }
    guard case .tooLarge(_, announced ? 2_500_001 : nil, limit) = error else {
      Issue.record("\(error)")
      return
    }
    let partial = folder.read("d.hdf5.partial")?.count ?? 0
    #expect(partial <= limit)
  }

  @Test func chunksWithoutALengthAreAFile() throws {
    let content = content
    let server = LocalServer(
      .init(
        content: content,
        answer: { _ in
          [
            Self.head("200 OK", "Transfer-Encoding: chunked"), .text("186a0\r\n"), .bytes(content),
            .text("\r\n0\r\n\r\n"),
          ]
        }))
    #expect(try fetch(from: server).byteCount == content.count)
  }

  @Test func moreBytesThanAnnouncedAreNotTaken() throws {
    let content = content
    let server = LocalServer(
      .init(
        content: content,
        answer: { _ in
          [Self.head("200 OK", "Content-Length: \(content.count)"), .bytes(content), .text("and more")]
        }))
    #expect(try fetch(from: server).byteCount == content.count)
    #expect(folder.read("d.hdf5") == content)
  }

  @Test(arguments: [true, false]) func anEndInTheMiddleIsTold(isReset: Bool) throws {
    let part = content.prefix(50_000)
    for field in ["Content-Length: 100000", "Transfer-Encoding: chunked"] {
      let isChunked = field.hasPrefix("T")
      let error = try failure { _ in
        [Self.head("200 OK", field), .text(isChunked ? "186a0\r\n" : ""), .bytes(part), .pause(milliseconds: 100)]
          + (isReset ? [.reset] : [])
      }
      guard case .interrupted(_, 50_000, isChunked ? nil : 100_000, _) = error else {
        Issue.record("\(error)")
        continue
      }
    }
  }

  @Test func aHeadWithoutAnEndIsLeft() throws {
    let line = "X: " + String(repeating: "y", count: 1_000) + "\r\n"
    let error = try failure { _ in [.text("HTTP/1.1 200 OK\r\n")] + (0..<1_000).map { _ in .text(line) } }
    guard case .unreachable = error else {
      Issue.record("\(error)")
      return
    }
  }

  // MARK: - Time

  /// A server that says nothing, one that stops in the middle, and one that goes on byte by byte.
  @Test(arguments: [0, 1, 2]) func aServerThatIsTooSlowIsLeft(kind: Int) throws {
    var limits = FetchLimits()
    limits.stallSeconds = 1
    let error = try failure(limits: limits) { _ in
      switch kind {
      case 0: [.pause(milliseconds: 10_000)]
      case 1: [Self.head("200 OK", "Content-Length: 1000"), .text("x"), .pause(milliseconds: 10_000)]
      default:
        [Self.head("200 OK", "Content-Length: 1000")]
          + (0..<200).flatMap { _ in [.text("x"), .pause(milliseconds: 50)] }
      }
    }
    switch error {
    case .unreachable where kind == 0: break
    case .interrupted where kind > 0: break
    default: Issue.record("\(error)")
    }
  }

  @Test func aTransferHasATimeInAll() throws {
    var limits = FetchLimits()
    limits.totalSeconds = 1
    let piece = Data(count: 1_000)
    let error = try failure(limits: limits) { _ in
      [Self.head("200 OK", "Content-Length: 10000000")]
        + (0..<200).flatMap { _ in [.bytes(piece), .pause(milliseconds: 50)] }
    }
    guard case .interrupted = error else {
      Issue.record("\(error)")
      return
    }
  }

  // MARK: - Going on

  /// Fetches the first 40 000 bytes of a file with these fields.
  private func fetchPart(_ fields: String) throws {
    let part = content.prefix(40_000)
    let error = try failure { _ in [.text("HTTP/1.1 200 OK\r\n\(fields)Content-Length: 100000\r\n\r\n"), .bytes(part)] }
    guard case .interrupted = error else {
      Issue.record("\(error)")
      return
    }
    #expect(folder.read("d.hdf5.partial") == part)
  }

  /// Lets the part come from this server, which listens at another port.
  private func movePart(to server: LocalServer) throws {
    let name = "d.hdf5.origin.partial"
    let text = String(decoding: try #require(folder.read(name)), as: UTF8.self)
    try folder.write(name, Data(text.replacing(/127\.0\.0\.1:\d+/, with: "127.0.0.1:\(server.port)").utf8))
  }

  /// Without a strong validator nobody knows whether the rest belongs to the same file.
  @Test(arguments: ["", "ETag: W/\"1\"\r\n"]) func withoutAValidatorAllIsFetchedAgain(fields: String) throws {
    try fetchPart(fields)
    let changed = HDF5Bytes.file(100_000, seed: 9)
    let server = LocalServer(.init(content: changed, checksCondition: false, eTag: nil))
    try movePart(to: server)
    #expect(try fetch(from: server).origin == .downloaded(resumedAt: 0))
    #expect(folder.read("d.hdf5") == changed && server.requests.map(\.range) == [nil])
  }

  @Test(arguments: ["ETag: \"1\"", "Last-Modified: Sat, 01 Jan 2000 00:00:00 GMT"])
  func theRestIsTakenOnlyAsItWasAskedFor(validator: String) throws {
    let condition = String(validator.split(separator: " ", maxSplits: 1)[1])
    let (old, changed) = (content, HDF5Bytes.file(100_000, seed: 9))
    let wrong = [
      "bytes 0-59999/100000", "bytes 39999-99999/100000", "bytes 40000-99998/100000", "bytes 40000-99999/99999",
      "bytes 40000-100000/100001", "bytes 40000-99999", "bytes 99999-40000/100000", "bytes */100000", "",
      "bytes 40000-9223372036854775807/*", "bytes 18446744073709551616-99999/100000",
    ]
    let answers: [(status: String, range: String, validator: String, isTaken: Bool)] =
      [("206 Part", "bytes 40000-99999/100000", validator, true)]
      + wrong.map { ("206 Part", $0, validator, false) }
      + [
        ("206 Part", "bytes 40000-99999/100000", "ETag: \"2\"", false),
        ("206 Part", "bytes 40000-99999/100000", "X: none", false),
        ("416 No", "bytes */100000", validator, false),
      ]
    for answer in answers {
      try fetchPart(validator + "\r\n")
      let server = LocalServer(
        .init(
          content: old,
          answer: { request in
            guard request.range != nil else {
              return [Self.head("200 OK", "Content-Length: \(changed.count)"), .bytes(changed)]
            }
            let rest = old.dropFirst(40_000)
            return [
              Self.head(
                answer.status, "Content-Range: \(answer.range)", answer.validator, "Content-Length: \(rest.count)"),
              .bytes(rest),
            ]
          }))
      try movePart(to: server)
      let fetched = try fetch(from: server)
      #expect(fetched.origin == .downloaded(resumedAt: answer.isTaken ? 40_000 : 0), "\(answer)")
      #expect(folder.read("d.hdf5") == (answer.isTaken ? old : changed), "\(answer)")
      #expect(server.requests[0].range == "bytes=40000-" && server.requests[0].condition == condition)
      for name in ["d.hdf5", "checksums.yml"] { try FileManager.default.removeItem(atPath: folder.file(name)) }
    }
  }

  @Test func aLinkForTheFileIsFollowed() throws {
    try FileManager.default.createDirectory(atPath: folder.file("large"), withIntermediateDirectories: false)
    try FileManager.default.createSymbolicLink(atPath: folder.file("d.hdf5"), withDestinationPath: "large/d.hdf5")
    let server = LocalServer(.init(content: content))
    #expect(try fetch(from: server).origin == .downloaded(resumedAt: 0))
    #expect(folder.read("large/d.hdf5") == content)
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder.file("d.hdf5")) == "large/d.hdf5")
  }
}
