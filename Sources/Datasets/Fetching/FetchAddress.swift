import Foundation

/// What `datasets fetch` can bring besides the catalog's datasets: a file at an address, or files of Hugging Face.
public enum FetchAddress: Sendable, Equatable {
  /// One file, which is called here by the last part of its address.
  case file(URL, name: String)
  case huggingFace(HuggingFaceDataset)

  /// Why a text is no address that can be fetched from.
  public enum Fault: Error, Equatable, Sendable {
    /// Only https, http and hf are fetched.
    case scheme(String)
    /// It is no URL, or has no host.
    case malformed
    /// It holds a user name or a password, which would be shown and stored.
    case credentials
    /// Its last part is no name that a file can get.
    case fileName(String)
    /// It is not of the form `hf://OWNER/SET[/PATH][@REVISION]`.
    case huggingFace
  }

  /// Reads `https://HOST/PATH`, `http://HOST/PATH` or `hf://OWNER/SET[/PATH][@REVISION]`.
  ///
  /// - Returns: nil for a text without a scheme: the name of a dataset.
  /// - Throws: `FetchError.malformedAddress`.
  public init?(_ text: String) throws(FetchError) {
    guard let colon = text.firstIndex(of: ":") else { return nil }
    do throws(Fault) {
      switch text[..<colon].lowercased() {
      case "http", "https":
        guard let url = URL(string: text), let host = url.host, !host.isEmpty else { throw .malformed }
        guard url.user == nil, url.password == nil else { throw .credentials }
        self = .file(url, name: try Self.fileName(of: url))
      case "hf": self = .huggingFace(try HuggingFaceDataset(text))
      case let scheme: throw .scheme(scheme)
      }
    } catch { throw .malformedAddress(text, error) }
  }

  /// The name that the user has written, not one that a server proposes.
  private static func fileName(of url: URL) throws(Fault) -> String {
    let part = url.path(percentEncoded: true).split(separator: "/", omittingEmptySubsequences: false).last ?? ""
    let name = part.removingPercentEncoding ?? ""
    guard let path = RelativePath(name), path.parts.count == 1, !path.isHidden, !Catalog.isReserved(name) else {
      throw .fileName(name)
    }
    return name
  }
}
