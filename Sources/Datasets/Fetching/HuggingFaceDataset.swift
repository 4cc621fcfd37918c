import Foundation

/// Files of a dataset repository of Hugging Face: all of them, those in one folder, or one.
public struct HuggingFaceDataset: Sendable, Equatable {
  public let owner: String
  public let set: String
  /// A branch, a tag, a commit, or a reference such as `refs/convert/parquet`.
  public let revision: String
  /// A file or a folder in the repository; nil for all files.
  let path: RelativePath?

  /// Reads `hf://OWNER/SET[/PATH][@REVISION]`; `datasets/` may stand before the owner, as in Hugging Face's own tools.
  init(_ text: String) throws(FetchAddress.Fault) {
    let prefix = "hf://"
    guard text.lowercased().hasPrefix(prefix) else { throw .huggingFace }
    var place = text.dropFirst(prefix.count)
    if let at = place.lastIndex(of: "@") {
      revision = String(place[place.index(after: at)...])
      place = place[..<at]
    } else {
      revision = "main"
    }
    var parts = place.split(separator: "/", omittingEmptySubsequences: false)
    if parts.count > 2, parts[0] == "datasets" { parts.removeFirst() }
    // One slash at the end means the same folder.
    if parts.count > 2, parts.last == "" { parts.removeLast() }
    guard parts.count >= 2, parts[..<2].allSatisfy(CatalogEntry.isSafeName), !Catalog.isReserved(parts[0]),
      Self.isSafe(revision: revision)
    else { throw .huggingFace }
    owner = String(parts[0])
    set = String(parts[1])
    guard parts.count > 2 else {
      path = nil
      return
    }
    path = RelativePath(parts[2...].joined(separator: "/"))
    if path == nil { throw .huggingFace }
  }

  /// Where its files are put, below the folder of datasets.
  public var folder: String { "\(owner)/\(set)" }

  private static func isSafe(revision: String) -> Bool {
    revision.wholeMatch(of: /[A-Za-z0-9._~\-]+(\/[A-Za-z0-9._~\-]+)*/) != nil && !revision.contains("..")
  }
}

/// What proves to Hugging Face who asks for a private or gated dataset.
public struct HuggingFaceToken: Sendable {
  let text: String

  /// The environment variable that Hugging Face's own tools read too.
  public static let variable = "HF_TOKEN"

  /// - Throws: `FetchError.malformedToken` for what does not fit into one field of a request.
  public init(_ text: String) throws(FetchError) {
    guard !text.isEmpty, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { throw .malformedToken }
    self.text = text
  }
}
