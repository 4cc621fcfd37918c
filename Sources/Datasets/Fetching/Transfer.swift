import Foundation

/// One request for a file or the rest of it, written to a partial file as it arrives.
///
/// Ranges and conditions as in RFC 9110, sections 13.1.5 and 14.
final class Transfer: HTTPRequest.Receiver {
  enum Outcome {
    /// `usedPart` when the bytes that were there are part of the file.
    case complete(usedPart: Bool)
    /// What is here belongs to another version of the file.
    case partIsStale
  }

  private let file: RemoteFile
  private let partial: PartialFile
  private let progress: DatasetFetcher.Progress
  private let sizeLimit: Int
  private let startSize: Int
  /// How large the file may get.
  private var mostBytes = 0
  private var hasBegun = false
  private var usedPart = false
  private var failure: FetchError?

  /// - Parameter sizeLimit: bytes that the whole file may have.
  init(_ file: RemoteFile, to partial: PartialFile, sizeLimit: Int, progress: @escaping DatasetFetcher.Progress) {
    self.file = file
    self.partial = partial
    self.sizeLimit = sizeLimit
    self.progress = progress
    // Without a condition the rest could be that of another version.
    startSize = partial.origin?.condition == nil ? 0 : partial.size
  }

  private var address: String { file.url.absoluteString }

  /// Sends the request and waits for the end of the answer.
  func run(_ limits: FetchLimits) throws(FetchError) -> Outcome {
    var fields = file.fields
    if startSize > 0, let condition = partial.origin?.condition {
      fields += ["Range: bytes=\(startSize)-", "If-Range: \(condition)"]
    }
    let end = HTTPRequest(file.url, fields: fields, limits: limits, receiver: self).run()
    if let failure { throw failure }
    switch end {
    case .stopped: return .partIsStale
    case .misled(let reason): throw .misled(url: address, reason: reason)
    case .broken(let reason): throw broken(reason)
    case .complete: break
    }
    if let total = partial.origin?.total, partial.size != total {
      throw broken("the server ended it")
    }
    return .complete(usedPart: usedPart)
  }

  func accept(_ head: HTTPHead) -> Bool {
    do throws(FetchError) {
      hasBegun = try begin(head)
      return hasBegun
    } catch {
      failure = error
      return false
    }
  }

  func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
    do throws(FetchError) {
      guard bytes.count <= mostBytes - partial.size else { throw tooMuch(partial.size + bytes.count) }
      try partial.append(bytes)
      progress(partial.size, partial.origin?.total)
      return true
    } catch {
      failure = error
      return false
    }
  }

  /// Looks at the answer's head; whether its body is wanted.
  private func begin(_ head: HTTPHead) throws(FetchError) -> Bool {
    switch head.status {
    case 200: break
    case 206 where startSize > 0: break
    case 416 where startSize > 0: return false
    default: throw head.failure(at: file.url)
    }
    try head.checkContent(at: file.url)
    let told = PartialFile.Origin(
      address: address, total: head.number("Content-Length"), eTag: head["ETag"], lastModified: head["Last-Modified"])
    if head.status == 206 {
      guard let known = partial.origin, let range = ContentRange(head["Content-Range"]), range.first == startSize,
        range.last + 1 == known.total ?? range.total, known.total == nil || range.total == known.total,
        told.total == nil || told.total == range.last - range.first + 1, told.condition == known.condition
      else { return false }
      try checkRoom(for: range.last + 1)
      usedPart = true
    } else {
      if let size = told.total, let listed = file.size, size != listed {
        throw .notAsListed(source: address, found: "\(size) bytes", listed: "\(listed)")
      }
      var origin = told
      origin.total = told.total ?? file.size
      try checkRoom(for: origin.total)
      try partial.restart(origin)
    }
    return true
  }

  /// Sees whether a file of that size, or of an unknown one, is expected and has room on the disk.
  private func checkRoom(for total: Int?) throws(FetchError) {
    if let total, total > sizeLimit { throw .tooLarge(url: address, size: total, limit: sizeLimit) }
    let free = FreeSpace.bytes(at: partial.path)
    let (room, overflows) = partial.size.addingReportingOverflow(free)
    let most = overflows ? .max : room
    if let total, total > most { throw .noSpace(path: partial.path, needed: total - partial.size, free: free) }
    mostBytes = total ?? min(most, sizeLimit)
  }

  /// What is wrong when more bytes come than may.
  private func tooMuch(_ received: Int) -> FetchError {
    if let total = partial.origin?.total { return .wrongSize(url: address, received: received, total: total) }
    if mostBytes == sizeLimit { return .tooLarge(url: address, size: nil, limit: sizeLimit) }
    return .noSpace(path: partial.path, needed: nil, free: FreeSpace.bytes(at: partial.path))
  }

  private func broken(_ reason: String) -> FetchError {
    hasBegun
      ? .interrupted(url: address, received: partial.size, total: partial.origin?.total, reason: reason)
      : .unreachable(url: address, reason: reason)
  }
}
