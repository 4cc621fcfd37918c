internal import CCurl
import Foundation

/// One GET request by libcurl, whose answer arrives in pieces on the calling thread.
///
/// Redirects are followed, but not from https to http, nor to another protocol. Nothing is decoded, no log-in is tried.
/// Source: https://curl.se/libcurl/c.
final class HTTPRequest {
  /// What gets the answer.
  protocol Receiver: AnyObject {
    /// Looks at the final answer's head before its body; whether that is wanted.
    func accept(_ head: HTTPHead) -> Bool
    /// Takes the next bytes of the body; false ends the transfer.
    func receive(_ bytes: UnsafeRawBufferPointer) -> Bool
  }

  /// How it ended.
  enum End: Equatable {
    case complete
    /// The receiver wanted no more.
    case stopped
    /// The server leads elsewhere than may be followed.
    case misled(reason: String)
    case broken(reason: String)
  }

  private let handle: UnsafeMutableRawPointer
  private var fields: UnsafeMutablePointer<curl_slist>?
  private let message = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
  private unowned let receiver: any Receiver
  private var head = HTTPHead()
  private var hasBegun = false
  private var isHeadTooLong = false

  /// What every request says.
  private static let commonFields = [
    // Compressed on the way, neither sizes nor ranges would be the file's.
    "Accept-Encoding: identity",
    // The firewall before ann-benchmarks.com turns away what does not call itself so.
    "User-Agent: Mozilla/5.0 (compatible; RecallBench)",
  ]

  private static let isReady = curl_global_init(Int(CURL_GLOBAL_SSL)) == CURLE_OK

  /// - Parameter fields: more of the request's head: `Range: bytes=100-`. A field `Authorization` goes to the server of
  ///   `url` alone: libcurl leaves it out when a redirect leads to another host, port or protocol.
  init(_ url: URL, fields: [String], limits: FetchLimits, receiver: any Receiver) {
    precondition(Self.isReady, "libcurl cannot start")
    guard let handle = curl_easy_init() else { preconditionFailure("libcurl has no memory") }
    self.handle = handle
    self.receiver = receiver
    message.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    for field in Self.commonFields + fields { self.fields = curl_slist_append(self.fields, field) }
    set(CURLOPT_URL, url.absoluteString)
    set(CURLOPT_PROTOCOLS_STR, "http,https")
    set(CURLOPT_REDIR_PROTOCOLS_STR, url.scheme?.lowercased() == "https" ? "https" : "http,https")
    set(CURLOPT_FOLLOWLOCATION, 1)
    set(CURLOPT_MAXREDIRS, limits.redirects)
    set(CURLOPT_CONNECTTIMEOUT, limits.connectSeconds)
    set(CURLOPT_TIMEOUT, limits.totalSeconds)
    set(CURLOPT_LOW_SPEED_LIMIT, limits.leastBytesPerSecond)
    set(CURLOPT_LOW_SPEED_TIME, limits.stallSeconds)
    // Timeouts by signals are not for programs with threads.
    set(CURLOPT_NOSIGNAL, 1)
    ccurl_set_list(handle, CURLOPT_HTTPHEADER, self.fields)
    ccurl_set_pointer(handle, CURLOPT_ERRORBUFFER, message)
  }

  deinit {
    curl_easy_cleanup(handle)
    curl_slist_free_all(fields)
    message.deallocate()
  }

  /// Sends the request and hands the answer over until its end.
  func run() -> End {
    let context = Unmanaged.passUnretained(self).toOpaque()
    ccurl_set_pointer(handle, CURLOPT_HEADERDATA, context)
    ccurl_set_pointer(handle, CURLOPT_WRITEDATA, context)
    ccurl_set_receiver(handle, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
      HTTPRequest.at(context).readHead(UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
    }
    ccurl_set_receiver(handle, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
      HTTPRequest.at(context).readBody(UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
    }
    let code = curl_easy_perform(handle)
    let reason = message[0] == 0 ? String(cString: curl_easy_strerror(code)) : String(cString: message)
    switch code {
    case CURLE_OK: return hasBegun || receiver.accept(head) ? .complete : .stopped
    case CURLE_WRITE_ERROR: return isHeadTooLong ? .broken(reason: "the answer's head is too long") : .stopped
    case CURLE_TOO_MANY_REDIRECTS, CURLE_UNSUPPORTED_PROTOCOL: return .misled(reason: reason)
    default: return .broken(reason: reason)
    }
  }

  private static func at(_ context: UnsafeMutableRawPointer?) -> HTTPRequest {
    guard let context else { preconditionFailure("libcurl forgot the context") }
    return Unmanaged<HTTPRequest>.fromOpaque(context).takeUnretainedValue()
  }

  private func readHead(_ bytes: UnsafeRawBufferPointer) -> Bool {
    // Lines after the body are a trailer, which nothing here depends on.
    if !hasBegun { isHeadTooLong = !head.read(String(decoding: bytes, as: UTF8.self)) }
    return !isHeadTooLong
  }

  private func readBody(_ bytes: UnsafeRawBufferPointer) -> Bool {
    if !hasBegun {
      hasBegun = true
      guard receiver.accept(head) else { return false }
    }
    return receiver.receive(bytes)
  }

  private func set(_ option: CURLoption, _ value: Int) {
    let code = ccurl_set_long(handle, option, value)
    precondition(code == CURLE_OK, "libcurl refuses an option")
  }

  private func set(_ option: CURLoption, _ value: String) {
    let code = ccurl_set_text(handle, option, value)
    precondition(code == CURLE_OK, "libcurl refuses an option")
  }
}
