import Foundation
import Synchronization

/// An HTTP/1.1 server on 127.0.0.1 that serves one file, and can be told to misbehave.
final class LocalServer: Sendable {
  struct Behaviour {
    var content: Data
    var supportsRanges = true
    /// Honours `If-Range`; a server that does not sends the rest of whatever it has now.
    var checksCondition = true
    var eTag: String? = "\"1\""
    /// Closes the connection after that many bytes of a body.
    var breaksOffAfter: Int?
    /// Answers every request with that status and no file.
    var status: Int?
    var contentType = "application/octet-stream"
    /// Answers in place of all of the above.
    var answer: (@Sendable (Request) -> [Piece])?
  }

  /// What a server does next on a connection.
  enum Piece: Sendable {
    case bytes(Data)
    case text(String)
    case pause(milliseconds: Int)
    /// Breaks the connection without a farewell.
    case reset
  }

  struct Request {
    var path = ""
    var range: String?
    var condition: String?
    var authorization: String?
  }

  let port: UInt16
  private let listener: CInt
  private let state: Mutex<(behaviour: Behaviour, requests: [Request])>

  init(_ behaviour: Behaviour) {
    #if canImport(Glibc)
      listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
    #else
      listener = socket(AF_INET, SOCK_STREAM, 0)
    #endif
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let listener = listener
    let bound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(listener, address, length) == 0 && listen(listener, 8) == 0
          && getsockname(listener, address, &length) == 0
      }
    }
    precondition(bound, "no port on 127.0.0.1")
    port = UInt16(bigEndian: address.sin_port)
    state = Mutex((behaviour, []))
    Thread.detachNewThread { [weak self] in
      while true {
        let connection = accept(listener, nil, nil)
        guard connection >= 0, let self else { return }
        self.answer(connection)
        close(connection)
      }
    }
  }

  deinit {
    shutdown(listener, CInt(SHUT_RDWR))
    close(listener)
  }

  /// The requests so far, oldest first.
  var requests: [Request] { state.withLock { $0.requests } }

  func change(_ body: (inout Behaviour) -> Void) { state.withLock { body(&$0.behaviour) } }

  private func answer(_ connection: CInt) {
    var head = ""
    var buffer = [UInt8](repeating: 0, count: 4_096)
    while !head.contains("\r\n\r\n") {
      let count = recv(connection, &buffer, buffer.count, 0)
      guard count > 0 else { return }
      head += String(decoding: buffer[..<count], as: UTF8.self)
    }
    func header(_ name: String) -> String? {
      head.split(separator: "\r\n").first { $0.lowercased().hasPrefix(name + ":") }
        .map { $0.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces) }
    }
    let request = Request(
      path: head.split(separator: " ").dropFirst().first.map(String.init) ?? "", range: header("range"),
      condition: header("if-range"), authorization: header("authorization"))
    let behaviour = state.withLock { state in
      state.requests.append(request)
      return state.behaviour
    }
    for piece in behaviour.answer?(request) ?? [.bytes(reply(to: request, behaviour))] {
      switch piece {
      case .bytes(let bytes): guard send(connection, bytes) else { return }
      case .text(let text): guard send(connection, Data(text.utf8)) else { return }
      case .pause(let milliseconds): usleep(UInt32(1_000 * milliseconds))
      case .reset:
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(connection, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        return
      }
    }
  }

  private func reply(to request: Request, _ behaviour: Behaviour) -> Data {
    let content = behaviour.content
    var fields = "Content-Type: \(behaviour.contentType)\r\nConnection: close\r\n"
    if let eTag = behaviour.eTag { fields += "ETag: \(eTag)\r\n" }
    func message(_ status: String, _ body: Data) -> Data {
      let head = "HTTP/1.1 \(status)\r\n\(fields)Content-Length: \(body.count)\r\n\r\n"
      return Data(head.utf8) + body.prefix(behaviour.breaksOffAfter ?? body.count)
    }
    if let status = behaviour.status { return message("\(status) No", Data("sorry".utf8)) }
    let isUnchanged = request.condition == nil || !behaviour.checksCondition || request.condition == behaviour.eTag
    guard behaviour.supportsRanges, isUnchanged, let range = request.range,
      let first = range.dropFirst("bytes=".count).split(separator: "-").first.flatMap({ Int($0) })
    else { return message("200 OK", content) }
    guard first < content.count else {
      fields += "Content-Range: bytes */\(content.count)\r\n"
      return message("416 Range Not Satisfiable", Data())
    }
    fields += "Content-Range: bytes \(first)-\(content.count - 1)/\(content.count)\r\n"
    return message("206 Partial Content", content[first...])
  }

  /// Whether all of it was taken.
  private func send(_ connection: CInt, _ data: Data) -> Bool {
    var rest = data[...]
    while !rest.isEmpty {
      #if canImport(Glibc)
        let count = rest.withUnsafeBytes { Glibc.send(connection, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL)) }
      #else
        let count = rest.withUnsafeBytes { Darwin.send(connection, $0.baseAddress, $0.count, 0) }
      #endif
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }
}
