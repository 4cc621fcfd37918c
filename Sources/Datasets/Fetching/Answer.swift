import Foundation

/// A short answer, read into memory as a whole.
final class Answer: HTTPRequest.Receiver {
  private let file: RemoteFile
  private let mostBytes: Int
  private var head = HTTPHead()
  private var body = Data()
  private var failure: FetchError?

  /// - Parameter mostBytes: a longer answer is refused.
  init(_ file: RemoteFile, mostBytes: Int) {
    self.file = file
    self.mostBytes = mostBytes
  }

  /// Sends the request and waits for the end of the answer.
  func read(_ limits: FetchLimits) throws(FetchError) -> (head: HTTPHead, body: Data) {
    let address = file.url.absoluteString
    let end = HTTPRequest(file.url, fields: file.fields, limits: limits, receiver: self).run()
    if let failure { throw failure }
    switch end {
    case .complete: return (head, body)
    case .misled(let reason): throw .misled(url: address, reason: reason)
    case .broken(let reason): throw .unreachable(url: address, reason: reason)
    case .stopped: preconditionFailure("an answer is refused with a failure")
    }
  }

  func accept(_ head: HTTPHead) -> Bool {
    do throws(FetchError) {
      guard head.status == 200 else { throw head.failure(at: file.url) }
      try head.checkContent(at: file.url)
      self.head = head
      return true
    } catch {
      failure = error
      return false
    }
  }

  func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard bytes.count <= mostBytes - body.count else {
      failure = .notAList(url: file.url.absoluteString, reason: "it is longer than \(mostBytes) bytes")
      return false
    }
    body.append(contentsOf: bytes)
    return true
  }
}
