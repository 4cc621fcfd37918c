import Foundation

/// The server of Hugging Face: what files a dataset has, and where they are.
///
/// Source: https://huggingface.co/docs/hub/api, the operation `tree` of repositories.
struct HuggingFaceHub: Sendable {
  /// A file of a dataset.
  struct File: Sendable, Equatable {
    let path: RelativePath
    /// Bytes.
    let size: Int
    /// nil for a small file, which the server keeps in git itself.
    let sha256: String?
  }

  /// An element of the server's list.
  private struct Element: Decodable {
    struct LargeFile: Decodable {
      let oid: String
      let size: Int
    }

    let type: String
    let path: String
    let size: Int?
    let lfs: LargeFile?
  }

  var address = URL(string: "https://huggingface.co")!
  let token: HuggingFaceToken?

  /// A file of this or another server, as it is asked for: this server alone gets the token.
  func remoteFile(_ url: URL, size: Int? = nil, sha256: String? = nil) -> RemoteFile {
    RemoteFile(
      url: url, authorization: isHere(url) ? token.map { "Bearer \($0.text)" } : nil, size: size, sha256: sha256)
  }

  func remoteFile(_ file: File, of dataset: HuggingFaceDataset) -> RemoteFile {
    let place = Self.encoded("datasets/\(dataset.folder)/resolve") + "/" + Self.encoded(dataset.revision, slash: "%2F")
    return remoteFile(url("\(place)/\(Self.encoded(file.path.text))"), size: file.size, sha256: file.sha256)
  }

  /// The files that a dataset address means, without hidden ones, in the server's order.
  ///
  /// - Throws: `FetchError`, also for a list that names a file outside its folder.
  func files(of dataset: HuggingFaceDataset, limits: FetchLimits) throws(FetchError) -> [File] {
    let parent = dataset.path.map { $0.parts.dropLast().map { "/" + Self.encoded(String($0)) }.joined() } ?? ""
    let place = Self.encoded("api/datasets/\(dataset.folder)/tree") + "/" + Self.encoded(dataset.revision, slash: "%2F")
    var next: URL? = url("\(place)\(parent)?recursive=true")
    var bytesLeft = limits.listBytes
    var files: [File] = []
    var pages = 0
    while let page = next {
      pages += 1
      guard pages <= limits.listPages else { throw .notAList(url: page.absoluteString, reason: "it has no end") }
      let request = remoteFile(page)
      let mostBytes = bytesLeft
      let (head, body) = try limits.patiently { () throws(FetchError) in
        try Answer(request, mostBytes: mostBytes).read(limits)
      }
      bytesLeft -= body.count
      for element in try elements(body, from: page) {
        if let file = try file(element, of: dataset, from: page) { files.append(file) }
      }
      next = try nextPage(head, after: page)
    }
    var paths: Set<RelativePath> = []
    for file in files where !paths.insert(file.path).inserted {
      throw .notAList(url: url(place).absoluteString, reason: "it names \(file.path.text) twice")
    }
    guard !files.isEmpty else { throw .noFiles(url: url(place).absoluteString, path: dataset.path?.text) }
    return files
  }

  private func elements(_ body: Data, from page: URL) throws(FetchError) -> [Element] {
    do { return try JSONDecoder().decode([Element].self, from: body) } catch {
      throw .notAList(url: page.absoluteString, reason: "it is not the JSON that is expected")
    }
  }

  /// - Returns: nil for what is not asked for: folders, hidden files, and what is beside the path.
  private func file(
    _ element: Element, of dataset: HuggingFaceDataset, from page: URL
  ) throws(FetchError) -> File? {
    guard element.type == "file" else { return nil }
    if let wanted = dataset.path?.text {
      guard element.path == wanted || element.path.hasPrefix(wanted + "/") else { return nil }
    }
    guard let path = RelativePath(element.path) else {
      throw .unsafeName(url: page.absoluteString, name: element.path)
    }
    if path.isHidden { return nil }
    let digest = element.lfs?.oid.lowercased()
    guard let size = element.lfs?.size ?? element.size, size >= 0,
      digest.map({ $0.utf8.count == 64 && $0.allSatisfy(\.isHexDigit) }) ?? true
    else { throw .notAList(url: page.absoluteString, reason: "the size or the SHA-256 of \(path.text) is missing") }
    return File(path: path, size: size, sha256: digest)
  }

  /// The address of the list's next part (RFC 8288), which has to be at this server.
  private func nextPage(_ head: HTTPHead, after page: URL) throws(FetchError) -> URL? {
    guard let link = head["Link"]?.firstMatch(of: /<([^>]*)>\s*;\s*rel="?next"?/)?.1 else { return nil }
    guard let url = URL(string: String(link), relativeTo: page)?.absoluteURL, isHere(url) else {
      throw .misled(url: page.absoluteString, reason: "the list goes on at another server")
    }
    return url
  }

  private func isHere(_ url: URL) -> Bool {
    func origin(_ url: URL) -> [String?] {
      [url.scheme?.lowercased(), url.host?.lowercased(), url.port.map { "\($0)" }]
    }
    return origin(url) == origin(address)
  }

  private func url(_ path: String) -> URL {
    guard let url = URL(string: "\(address.absoluteString)/\(path)") else {
      preconditionFailure("what is percent-encoded is a URL")
    }
    return url
  }

  private static func encoded(_ path: String, slash: String = "/") -> String {
    path.utf8.map { byte in
      switch byte {
      case UInt8(ascii: "/"): slash
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
        UInt8(ascii: "~"):
        String(UnicodeScalar(byte))
      default: String(format: "%%%02X", byte)
      }
    }.joined()
  }
}
