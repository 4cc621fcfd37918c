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

  private let url: URL
  private let partial: PartialFile
  private let progress: DatasetFetcher.Progress
  private let sizeLimit: Int?
  private let startSize: Int
  /// How large the file may get.
  private var mostBytes = 0
  private var hasBegun = false
  private var usedPart = false
  private var failure: FetchError?

  /// - Parameter sizeLimit: bytes that the whole file can have; nil where nothing is known.
  init(url: URL, partial: PartialFile, sizeLimit: Int?, progress: @escaping DatasetFetcher.Progress) {
    self.url = url
    self.partial = partial
    self.sizeLimit = sizeLimit
    self.progress = progress
    // Without a condition the rest could be that of another version.
    startSize = partial.origin?.condition == nil ? 0 : partial.size
  }

  /// Sends the request and waits for the end of the answer.
  func run(_ limits: FetchLimits) throws(FetchError) -> Outcome {
    var fields = [
      // Compressed on the way, neither sizes nor ranges would be the file's.
      "Accept-Encoding: identity",
      // The firewall before ann-benchmarks.com turns away what does not call itself so.
      "User-Agent: Mozilla/5.0 (compatible; RecallBench)",
    ]
    if startSize > 0, let condition = partial.origin?.condition {
      fields += ["Range: bytes=\(startSize)-", "If-Range: \(condition)"]
    }
    let end = HTTPRequest(url, fields: fields, limits: limits, receiver: self).run()
    if let failure { throw failure }
    switch end {
    case .stopped: return .partIsStale
    case .misled(let reason): throw .misled(url: url.absoluteString, reason: reason)
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
    let address = url.absoluteString
    switch head.status {
    case 200: break
    case 206 where startSize > 0: break
    case 416 where startSize > 0: return false
    case 408, 425, 429, 500...599:
      throw .busyServer(url: address, status: head.status, seconds: head.number("Retry-After"))
    default: throw .refused(url: address, status: head.status)
    }
    if let type = head["Content-Type"], type.lowercased().hasPrefix("text/html") {
      throw .notAFile(url: address, contentType: type)
    }
    if head.has("Content-Encoding"), head["Content-Encoding"]?.lowercased() != "identity" {
      throw .encoded(url: address, encoding: head["Content-Encoding"] ?? "more than one")
    }
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
      try checkRoom(for: told.total)
      try partial.restart(told)
    }
    return true
  }

  /// Sees whether a file of that size, or of an unknown one, is expected and has room on the disk.
  private func checkRoom(for total: Int?) throws(FetchError) {
    if let total, let sizeLimit, total > sizeLimit {
      throw .tooLarge(url: url.absoluteString, size: total, limit: sizeLimit)
    }
    let free = partial.freeBytes
    let (room, overflows) = partial.size.addingReportingOverflow(free)
    let most = overflows ? .max : room
    if let total, total > most { throw .noSpace(path: partial.path, needed: total - partial.size, free: free) }
    mostBytes = total ?? min(most, sizeLimit ?? .max)
  }

  /// What is wrong when more bytes come than may.
  private func tooMuch(_ received: Int) -> FetchError {
    if let total = partial.origin?.total {
      return .wrongSize(url: url.absoluteString, received: received, total: total)
    }
    if let sizeLimit, mostBytes == sizeLimit {
      return .tooLarge(url: url.absoluteString, size: nil, limit: sizeLimit)
    }
    return .noSpace(path: partial.path, needed: nil, free: partial.freeBytes)
  }

  private func broken(_ reason: String) -> FetchError {
    hasBegun
      ? .interrupted(
        url: url.absoluteString, received: partial.size, total: partial.origin?.total, reason: reason)
      : .unreachable(url: url.absoluteString, reason: reason)
  }
}
