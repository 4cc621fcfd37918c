import Foundation

/// The head of an HTTP answer: its status and its fields.
struct HTTPHead {
  private(set) var status = 0
  private var fields: [String: [String]] = [:]
  private var size = 0

  /// Reads one more line; a status line begins a new head, as after a redirect.
  ///
  /// - Returns: whether the head is still of a size that a server could mean.
  mutating func read(_ line: String) -> Bool {
    if line.hasPrefix("HTTP/") {
      self = HTTPHead()
      status = line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    } else if let colon = line.firstIndex(of: ":") {
      let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
      fields[line[..<colon].lowercased(), default: []].append(String(value.prefix { !$0.isNewline }))
    }
    size += line.utf8.count
    return size < 1 << 18
  }

  /// The value of a field; nil where it is not there, or there with different values.
  subscript(_ name: String) -> String? {
    guard let values = fields[name.lowercased()], let first = values.first, values.allSatisfy({ $0 == first }) else {
      return nil
    }
    return first
  }

  /// The whole number that a field says, without a sign; nil for anything else.
  func number(_ name: String) -> Int? {
    guard let text = self[name], text.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
    return Int(text)
  }

  /// Whether a field is there, whatever it says.
  func has(_ name: String) -> Bool { fields[name.lowercased()] != nil }
}

extension HTTPHead {
  /// What a status that is no success means for who wants a file.
  func failure(at url: URL) -> FetchError {
    switch status {
    case 408, 425, 429, 500...599:
      .busyServer(url: url.absoluteString, status: status, seconds: number("Retry-After"))
    default: .refused(url: url.absoluteString, status: status)
    }
  }

  /// Refuses a page to read, and bytes that were encoded on the way.
  func checkContent(at url: URL) throws(FetchError) {
    if let type = self["Content-Type"], type.lowercased().hasPrefix("text/html") {
      throw .notAFile(url: url.absoluteString, contentType: type)
    }
    if has("Content-Encoding"), self["Content-Encoding"]?.lowercased() != "identity" {
      throw .encoded(url: url.absoluteString, encoding: self["Content-Encoding"] ?? "more than one")
    }
  }
}

/// A header `Content-Range: bytes FIRST-LAST/TOTAL`.
struct ContentRange: Equatable {
  var first: Int
  var last: Int
  /// nil where the server does not know it.
  var total: Int?

  /// Nil for what is no such range: also one that is backwards or ends beyond the total.
  init?(_ field: String?) {
    guard let match = field?.lowercased().wholeMatch(of: /bytes +([0-9]+)-([0-9]+)\/([0-9]+|\*)/),
      let first = Int(match.1), let last = Int(match.2), first <= last, last < .max
    else { return nil }
    total = Int(match.3)
    if match.3 != "*", (total ?? -1) <= last { return nil }
    (self.first, self.last) = (first, last)
  }
}
