import Foundation

/// One file to fetch: where it is, and what is known of it before.
struct RemoteFile: Sendable {
  let url: URL
  /// The value of the request's field `Authorization`; it goes to the server of `url` alone.
  let authorization: String?
  /// Bytes, where a list of files says; a server that sends another number is refused.
  let size: Int?
  /// 64 hexadecimal digits, where a list of files says.
  let sha256: String?

  /// Of the request's head.
  var fields: [String] { authorization.map { ["Authorization: \($0)"] } ?? [] }
}
