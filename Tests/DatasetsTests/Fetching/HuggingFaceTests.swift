import Foundation
import Testing

@testable import Datasets

/// Datasets of Hugging Face, from a server that lists and sends their files as its own does, or worse.
struct HuggingFaceTests {
  /// What the server has, and how it behaves.
  private struct Hub: Sendable {
    var files = ["data/train-0.parquet": "first shard", "data/train-1.parquet": "second", "README.md": "read me"]
    /// Names of files that are not stored in git itself, and are listed with their SHA-256.
    var large = ["data/train-0.parquet", "data/train-1.parquet"]
    /// In place of the list.
    var list: [LocalServer.Piece]?
    /// Files in one part of the list.
    var pageSize = 1_000
    /// In place of files.
    var resolve: (@Sendable (LocalServer.Request) -> [LocalServer.Piece]?)?

    func answer(_ request: LocalServer.Request) -> [LocalServer.Piece] {
      let path = request.path.removingPercentEncoding ?? ""
      if path.hasPrefix("/api/datasets/o/s/tree/") { return list ?? page(path) }
      if let pieces = resolve?(request) { return pieces }
      guard let name = path.split(separator: "/resolve/main/", maxSplits: 1).last, let text = files[String(name)] else {
        return [HuggingFaceTests.head("404 Not Found", "Content-Length: 0")]
      }
      return [HuggingFaceTests.head("200 OK", "ETag: \"\(name)\"", "Content-Length: \(text.utf8.count)"), .text(text)]
    }

    private func page(_ path: String) -> [LocalServer.Piece] {
      let names = files.keys.sorted()
      let first = path.split(separator: "cursor=").dropFirst().first.flatMap { Int($0) } ?? 0
      let elements = names.dropFirst(first).prefix(pageSize).map { name in
        let (size, text) = (files[name]!.utf8.count, files[name]!)
        let lfs =
          large.contains(name) ? #", "lfs": {"oid": "\#(SHA256.of(text))", "size": \#(size), "pointerSize": 9}"# : ""
        return #"{"type": "file", "oid": "x", "path": "\#(name)", "size": \#(size)\#(lfs)}"#
      }
      let next = first + pageSize
      let link = next < names.count ? ["Link: <\(path.prefix { $0 != "&" })&cursor=\(next)>; rel=\"next\""] : []
      let folder = #"{"type": "directory", "oid": "y", "path": "data", "size": 0}"#
      return HuggingFaceTests.listing(([folder] + elements).joined(separator: ", "), link)
    }
  }

  private static func listing(_ elements: String, _ fields: [String] = []) -> [LocalServer.Piece] {
    let text = "[\(elements)]"
    let all = fields + ["Content-Type: application/json", "Content-Length: \(text.utf8.count)", "Connection: close"]
    return [.text("HTTP/1.1 200 OK\r\n" + all.map { $0 + "\r\n" }.joined() + "\r\n"), .text(text)]
  }

  private static func head(_ status: String, _ fields: String...) -> LocalServer.Piece {
    .text("HTTP/1.1 \(status)\r\n" + fields.map { $0 + "\r\n" }.joined() + "Connection: close\r\n\r\n")
  }

  private let folder = TemporaryFolder()

  private func serve(_ hub: Hub) -> LocalServer { LocalServer(.init(content: Data(), answer: { hub.answer($0) })) }

  private func fetch(
    _ address: String, from server: LocalServer, limits: FetchLimits = FetchLimits(), token: String? = nil
  ) throws -> [DatasetFetcher.Fetched] {
    let catalog = try Catalog(folder: folder.file("all"), shipped: "/nowhere")
    let hub = HuggingFaceHub(
      address: try #require(URL(string: "http://127.0.0.1:\(server.port)")), token: try token.map(HuggingFaceToken.init)
    )
    let fetcher = DatasetFetcher(catalog: catalog, limits: limits, hub: hub)
    return try fetcher.fetch(try #require(try FetchAddress(address)))
  }

  /// What the fetch fails with; nothing is then there.
  private func failure(
    _ hub: Hub, _ address: String = "hf://o/s", limits: FetchLimits = FetchLimits()
  ) throws -> FetchError {
    let server = serve(hub)
    let error = try #require(
      #expect(throws: FetchError.self) { try fetch(address, from: server, limits: limits) })
    #expect(!error.description.contains("\n"))
    #expect(try folder.names == [])
    return error
  }

  private func text(_ name: String) -> String? {
    folder.read("all/\(name)").map { String(decoding: $0, as: UTF8.self) }
  }

  // MARK: - Whole sets and parts

  @Test(arguments: [1_000, 2, 1]) func aSetIsPutIntoOneFolder(pageSize: Int) throws {
    var hub = Hub()
    hub.files[".gitattributes"] = "hidden"
    hub.files["data/a name: # 'odd'.npy"] = "odd"
    hub.pageSize = pageSize
    let server = serve(hub)
    let fetched = try fetch("hf://o/s", from: server)
    let names = ["README.md", "data/a name: # 'odd'.npy", "data/train-0.parquet", "data/train-1.parquet"]
    #expect(fetched.map(\.path) == names.map { folder.file("all/o/s/\($0)") })
    for (name, file) in zip(names, fetched) {
      #expect(text("o/s/\(name)") == hub.files[name] && file.sha256 == SHA256.of(hub.files[name]!))
    }
    let digests = try ChecksumFile(folder: folder.file("all")).read()
    #expect(digests.keys.sorted() == names.map { "o/s/\($0)" })

    let requests = server.requests.count
    let again = try fetch("hf://o/s", from: server)
    #expect(again.allSatisfy { $0.origin == .present && !$0.isFirstSeen })
    #expect(server.requests.dropFirst(requests).allSatisfy { $0.path.hasPrefix("/api/") })
  }

  @Test(arguments: [
    ("data", ["data/train-0.parquet", "data/train-1.parquet"]), ("data/train-1.parquet", ["data/train-1.parquet"]),
    ("README.md", ["README.md"]),
  ])
  func aFolderOrAFileIsEnough(path: String, names: [String]) throws {
    var hub = Hub()
    hub.files["data2/x"] = "beside"
    let fetched = try fetch("hf://o/s/\(path)", from: serve(hub))
    #expect(fetched.map(\.path) == names.map { folder.file("all/o/s/\($0)") })
  }

  @Test func aPathThatIsNotThereIsTold() throws {
    let error = try failure(Hub(), "hf://o/s/nothing")
    guard case .noFiles(_, path: "nothing") = error else {
      Issue.record("another error: \(error)")
      return
    }
  }

  @Test func aRevisionIsOnePartOfTheAddress() throws {
    let server = serve(Hub())
    #expect(throws: FetchError.self) { try fetch("hf://o/s/data@refs/convert/parquet", from: server) }
    let paths = server.requests.map(\.path)
    #expect(paths.first == "/api/datasets/o/s/tree/refs%2Fconvert%2Fparquet?recursive=true")
    #expect(paths.last == "/datasets/o/s/resolve/refs%2Fconvert%2Fparquet/data/train-0.parquet")
  }

  @Test func aSetThatWasBrokenOffGoesOn() throws {
    var hub = Hub()
    let text = "second"
    hub.resolve = { request in
      guard request.path.hasSuffix("train-1.parquet") else { return nil }
      if request.range == "bytes=3-", request.condition == "\"1\"" {
        return [
          Self.head("206 Part", "ETag: \"1\"", "Content-Range: bytes 3-5/6", "Content-Length: 3"), .text("ond"),
        ]
      }
      return [Self.head("200 OK", "ETag: \"1\"", "Content-Length: 6"), .text(String(text.prefix(3)))]
    }
    let server = serve(hub)
    #expect(throws: FetchError.self) { try fetch("hf://o/s", from: server) }
    #expect(self.text("o/s/data/train-1.parquet.partial") == "sec")
    let origins = try fetch("hf://o/s", from: server).map(\.origin)
    #expect(origins == [.present, .present, .downloaded(resumedAt: 3)])
    #expect(self.text("o/s/data/train-1.parquet") == text)
  }

  @Test(arguments: ["another", "a longer one"]) func aPartOfAnotherVersionStartsAfresh(text: String) throws {
    var hub = Hub()
    hub.resolve = { _ in [Self.head("200 OK", "ETag: \"1\"", "Content-Length: 7"), .text("rea")] }
    #expect(throws: FetchError.self) { try fetch("hf://o/s/README.md", from: serve(hub)) }
    var changed = Hub()
    changed.files["README.md"] = text
    let server = serve(changed)
    // The part seems to come from the other server.
    let name = "all/o/s/README.md.origin.partial"
    let origin = String(decoding: try #require(folder.read(name)), as: UTF8.self)
    try folder.write(name, Data(origin.replacing(/127\.0\.0\.1:\d+/, with: "127.0.0.1:\(server.port)").utf8))
    #expect(try fetch("hf://o/s/README.md", from: server).map(\.origin) == [.downloaded(resumedAt: 0)])
    #expect(self.text("o/s/README.md") == text)
  }

  // MARK: - Lists

  @Test(arguments: ["", "sorry", "{}", "{\"error\": \"no\"}", "[1]", "[{\"type\": \"file\"}]", "[", "\u{0}"])
  func whatIsNoListIsRefused(body: String) throws {
    var hub = Hub()
    hub.list = [Self.head("200 OK", "Content-Length: \(body.utf8.count)"), .text(body)]
    let error = try failure(hub)
    guard case .notAList = error else {
      Issue.record("another error: \(error)")
      return
    }
  }

  @Test(arguments: [
    "../x.npy", "/etc/passwd", "a/../../x.npy", "a//b", "a/", "./a", "a\\\\b", "..\\\\..\\\\x", "a\\nb", "a\\u0000b",
    "a\\u001b[2J", "a\\u202eb", "x.partial", "",
  ])
  func namesOutsideTheFolderAreRefused(path: String) throws {
    var hub = Hub()
    let good = #"{"type": "file", "path": "a.npy", "size": 3}"#
    hub.list = Self.listing(#"\#(good), {"type": "file", "path": "\#(path)", "size": 3}"#)
    let error = try failure(hub)
    guard case .unsafeName = error else {
      Issue.record("another error: \(error)")
      return
    }
  }

  @Test(arguments: [
    #""size": -1"#, #""oid": "x""#, #""size": 1, "lfs": {"oid": "abc", "size": 1}"#,
    #""size": 1, "lfs": {"oid": "\#(String(repeating: "g", count: 64))", "size": 1}"#,
  ])
  func aFileWithoutASizeOrADigestIsRefused(fields: String) throws {
    var hub = Hub()
    hub.list = Self.listing(#"{"type": "file", "path": "a.npy", \#(fields)}"#)
    let error = try failure(hub)
    guard case .notAList = error else {
      Issue.record("another error: \(error)")
      return
    }
  }

  @Test func aNameTwiceIsRefused() throws {
    var hub = Hub()
    let file = #"{"type": "file", "path": "a.npy", "size": 3}"#
    hub.list = Self.listing("\(file), \(file)")
    let error = try failure(hub)
    guard case .notAList = error else {
      Issue.record("another error: \(error)")
      return
    }
  }

  @Test func aListWithoutAnEndIsLeft() throws {
    var hub = Hub()
    let link = "Link: </api/datasets/o/s/tree/main?recursive=true>; rel=\"next\""
    hub.list = Self.listing("", [link])
    var limits = FetchLimits()
    limits.listPages = 3
    var error = try failure(hub, limits: limits)
    guard case .notAList = error else {
      Issue.record("another error: \(error)")
      return
    }
    (limits.listPages, limits.listBytes) = (1_000, 100)
    hub.list = Self.listing(String(repeating: " ", count: 99))
    error = try failure(hub, limits: limits)
    guard case .notAList = error else {
      Issue.record("another error: \(error)")
      return
    }
  }

  @Test(arguments: ["http://localhost:1/x", "https://huggingface.co/x", "file:///etc/passwd", "//evil/x"])
  func aListDoesNotGoOnElsewhere(address: String) throws {
    var hub = Hub()
    hub.list = Self.listing("", ["Link: <\(address)>; rel=\"next\""])
    let error = try failure(hub)
    guard case .misled = error else {
      Issue.record("another error: \(error)")
      return
    }
  }

  @Test(arguments: [401, 404, 429]) func aRefusedListIsTold(status: Int) throws {
    var hub = Hub()
    hub.list = [Self.head("\(status) No", "Content-Length: 0")]
    switch try failure(hub) {
    case .refused(_, status) where status != 429: break
    case .busyServer(_, 429, nil): break
    case let error: Issue.record("\(error)")
    }
  }

  // MARK: - Sizes and digests

  @Test func aSetThatIsTooLargeIsRefusedBeforeItComes() throws {
    var limits = FetchLimits()
    limits.mostBytes = 23
    // 11 + 6 + 7 bytes.
    #expect(try failure(Hub(), limits: limits) == .tooLarge(url: "hf://o/s", size: 24, limit: 23))
    limits.mostBytes = 24
    #expect(try fetch("hf://o/s", from: serve(Hub()), limits: limits).count == 3)
  }

  @Test func aSetThatTheDiskHasNoRoomForIsRefusedBeforeItComes() throws {
    var hub = Hub()
    let sizes = [Int.max - 1, 5]
    let files = sizes.indices.map { #"{"type": "file", "path": "\#($0).npy", "size": \#(sizes[$0])}"# }
    hub.list = Self.listing(files.joined(separator: ", "))
    var limits = FetchLimits()
    limits.mostBytes = .max
    let error = try failure(hub, limits: limits)
    guard case .noSpace(_, needed: Int.max, _) = error else {
      Issue.record("another error: \(error)")
      return
    }
  }

  /// Longer and shorter than the list says, with and without an announced length, and other bytes.
  @Test(arguments: ["another length", "other", "12345678901"], [true, false])
  func aFileThatIsNotTheListedOneIsNotInstalled(body: String, announced: Bool) throws {
    var hub = Hub()
    hub.resolve = { _ in
      [announced ? Self.head("200 OK", "Content-Length: \(body.utf8.count)") : Self.head("200 OK"), .text(body)]
    }
    let server = serve(hub)
    let error = #expect(throws: FetchError.self) { try fetch("hf://o/s/data/train-0.parquet", from: server) }
    switch try #require(error) {
    case .notAsListed where announced || body.utf8.count == 11: break
    case .wrongSize where body.utf8.count > 11, .interrupted where body.utf8.count < 11: break
    case let error: Issue.record("\(error)")
    }
    #expect(text("o/s/data/train-0.parquet") == nil && text("checksums.yml") == nil)
  }

  @Test func aFileThatIsHereFromAnotherRevisionIsTold() throws {
    let server = serve(Hub())
    _ = try fetch("hf://o/s/data", from: server)
    for changed in ["another length", "12345678901"] {
      try folder.write("all/o/s/data/train-0.parquet", Data(changed.utf8))
      let error = #expect(throws: FetchError.self) { try fetch("hf://o/s/data", from: server) }
      guard case .notAsListed(folder.file("all/o/s/data/train-0.parquet"), _, _)? = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
      #expect(text("o/s/data/train-0.parquet") == changed)
    }
  }

  // MARK: - Tokens

  /// The files themselves are at other servers, which get no token; neither does a server at another port.
  @Test(arguments: ["127.0.0.1", "localhost"]) func onlyHuggingFaceGetsTheToken(host: String) throws {
    let other = LocalServer(.init(content: Data("read me".utf8)))
    var hub = Hub()
    hub.resolve = { _ in
      [Self.head("302 Found", "Location: http://\(host):\(other.port)/blob", "Content-Length: 0")]
    }
    let server = serve(hub)
    #expect(try fetch("hf://o/s/README.md", from: server, token: "hf_secret").count == 1)
    #expect(text("o/s/README.md") == "read me")
    #expect(server.requests.count == 2 && server.requests.allSatisfy { $0.authorization == "Bearer hf_secret" })
    #expect(other.requests.map(\.path) == ["/blob"] && other.requests.map(\.authorization) == [nil])
  }

  @Test func aPlainAddressElsewhereGetsNoToken() throws {
    let (server, other) = (serve(Hub()), LocalServer(.init(content: Data("x".utf8))))
    _ = try fetch("http://127.0.0.1:\(other.port)/a.npy", from: server, token: "hf_secret")
    #expect(other.requests.map(\.authorization) == [nil])
    _ = try fetch(
      "http://127.0.0.1:\(server.port)/datasets/o/s/resolve/main/README.md", from: server, token: "hf_secret")
    #expect(server.requests.map(\.authorization) == ["Bearer hf_secret"])
  }

  // MARK: - Plain addresses

  /// Nor by the name that a redirect has.
  @Test func aFileIsNotCalledAsItsServerWants() throws {
    let server = LocalServer(
      .init(
        content: Data(),
        answer: { request in
          request.path == "/a/b.npy"
            ? [Self.head("302 Found", "Location: /c/evil.npy", "Content-Length: 0")]
            : [
              Self.head("200 OK", "Content-Disposition: attachment; filename=\"../evil.npy\"", "Content-Length: 1"),
              .text("x"),
            ]
        }))
    let fetched = try fetch("http://127.0.0.1:\(server.port)/a/b.npy", from: server)
    #expect(fetched.map(\.path) == [folder.file("all/b.npy")] && text("b.npy") == "x")
    #expect(try folder.names == ["all"])
    #expect(try ChecksumFile(folder: folder.file("all")).read() == ["b.npy": SHA256.of("x")])
  }

  /// Of plain files the ending alone says what they must begin with.
  @Test func aPlainFileOfHDF5IsLookedAt() throws {
    let server = LocalServer(.init(content: Data("sorry".utf8)))
    let url = "http://127.0.0.1:\(server.port)/a.hdf5"
    #expect(throws: FetchError.notHDF5(source: url, bytes: 5)) { try fetch(url, from: server) }
    #expect(try folder.names == [])
  }
}
