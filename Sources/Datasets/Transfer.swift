import Foundation

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// One request for a file or the rest of it, written to a partial file as it arrives.
///
/// Ranges and conditions as in RFC 9110, sections 13.1.5 and 14.
final class Transfer: NSObject, URLSessionDataDelegate, @unchecked Sendable {
  enum Outcome {
    /// `usedPart` when the bytes that were there are part of the file.
    case complete(usedPart: Bool)
    /// What is here belongs to another version of the file.
    case partIsStale
  }

  private let url: URL
  private let partial: PartialFile
  private let progress: DatasetFetcher.Progress
  private let startSize: Int
  private let done = DispatchSemaphore(value: 0)
  // The session calls on one queue of its own, and `run` looks only after the last call.
  private var answered = false
  private var usedPart = false
  private var outcome: Outcome?
  private var failure: FetchError?

  init(url: URL, partial: PartialFile, progress: @escaping DatasetFetcher.Progress) {
    self.url = url
    self.partial = partial
    self.progress = progress
    startSize = partial.origin == nil ? 0 : partial.size
  }

  /// Sends the request and waits for the end of the answer.
  func run() throws(FetchError) -> Outcome {
    var request = URLRequest(url: url, cachePolicy: .reloadIgnoringLocalCacheData, timeoutInterval: 60)
    // Compressed on the way, neither sizes nor ranges would be the file's.
    request.setValue("identity", forHTTPHeaderField: "Accept-Encoding")
    // The firewall before ann-benchmarks.com turns away what does not call itself so.
    request.setValue("Mozilla/5.0 (compatible; RecallBench)", forHTTPHeaderField: "User-Agent")
    if startSize > 0 {
      request.setValue("bytes=\(startSize)-", forHTTPHeaderField: "Range")
      if let condition = partial.origin?.condition { request.setValue(condition, forHTTPHeaderField: "If-Range") }
    }
    let configuration = URLSessionConfiguration.ephemeral
    configuration.urlCache = nil
    let session = URLSession(configuration: configuration, delegate: self, delegateQueue: nil)
    session.dataTask(with: request).resume()
    done.wait()
    session.finishTasksAndInvalidate()
    if let failure { throw failure }
    if let outcome { return outcome }
    if let total = partial.origin?.total, partial.size != total {
      guard partial.size < total else {
        let received = partial.size
        partial.discard()
        throw .wrongSize(url: url.absoluteString, received: received, total: total)
      }
      throw .interrupted(url: url.absoluteString, received: partial.size, total: total)
    }
    return .complete(usedPart: usedPart)
  }

  func urlSession(
    _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
    completionHandler: @escaping (URLSession.ResponseDisposition) -> Void
  ) {
    answered = true
    do throws(FetchError) {
      completionHandler(try accept(response) ? .allow : .cancel)
    } catch {
      failure = error
      completionHandler(.cancel)
    }
  }

  func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
    guard failure == nil, outcome == nil else { return }
    do throws(FetchError) {
      try partial.append(data)
      progress(partial.size, partial.origin?.total)
    } catch {
      failure = error
      dataTask.cancel()
    }
  }

  func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
    // After the answer's head a broken connection shows in the size; where that is unknown, only here.
    if let error, failure == nil, outcome == nil, !answered || partial.origin?.total == nil {
      failure = .unreachable(url: url.absoluteString, reason: error.localizedDescription)
    }
    done.signal()
  }

  /// Looks at the answer's head; whether its body is wanted.
  private func accept(_ response: URLResponse) throws(FetchError) -> Bool {
    guard let response = response as? HTTPURLResponse else {
      throw .unreachable(url: url.absoluteString, reason: "no HTTP answer")
    }
    if let type = response.value(forHTTPHeaderField: "Content-Type"), 200..<300 ~= response.statusCode,
      type.lowercased().hasPrefix("text/html")
    {
      throw .notAFile(url: url.absoluteString, contentType: type)
    }
    switch response.statusCode {
    case 200:
      let length = response.value(forHTTPHeaderField: "Content-Length").flatMap { Int($0) }
      try partial.restart(origin(of: response, total: length))
      return true
    case 206 where startSize > 0:
      let range = ContentRange(response.value(forHTTPHeaderField: "Content-Range"))
      guard range?.first == startSize, isSameVersion(response, total: range?.total) else {
        outcome = .partIsStale
        return false
      }
      usedPart = true
      return true
    case 416 where startSize > 0:
      // All of it may be here already: killed after the last byte, before the file got its name.
      let total = ContentRange(response.value(forHTTPHeaderField: "Content-Range"))?.total
      let isAll = total == startSize && isSameVersion(response, total: total)
      outcome = isAll ? .complete(usedPart: true) : .partIsStale
      return false
    default:
      throw .refused(url: url.absoluteString, status: response.statusCode)
    }
  }

  private func origin(of response: HTTPURLResponse, total: Int?) -> PartialFile.Origin {
    PartialFile.Origin(
      total: total, eTag: response.value(forHTTPHeaderField: "ETag"),
      lastModified: response.value(forHTTPHeaderField: "Last-Modified"))
  }

  /// Whether the answer belongs to the version the partial file is of, as far as the server tells.
  private func isSameVersion(_ response: HTTPURLResponse, total: Int?) -> Bool {
    guard let known = partial.origin else { return false }
    let told = origin(of: response, total: total)
    func agree<Value: Equatable>(_ a: Value?, _ b: Value?) -> Bool { a == nil || b == nil || a == b }
    return agree(known.total, told.total) && agree(known.eTag, told.eTag)
      && agree(known.lastModified, told.lastModified)
  }
}

/// A header `Content-Range: bytes FIRST-LAST/TOTAL`, or `bytes */TOTAL`.
struct ContentRange: Equatable {
  var first: Int?
  var total: Int?

  init?(_ header: String?) {
    guard let header, header.lowercased().hasPrefix("bytes ") else { return nil }
    let parts = header.dropFirst(6).split(separator: "/")
    guard parts.count == 2 else { return nil }
    first = parts[0].split(separator: "-").first.flatMap { Int($0) }
    total = Int(parts[1])
  }
}
