internal import CYAML
import Foundation

/// Parses one YAML document into a tree of nodes.
///
/// Aliases are replaced by the nodes that they name. Merge keys (`<<`) and tags are not interpreted. The depth of the
/// tree and its size with all aliases expanded are limited, so that a small file cannot become a huge tree. Source:
/// YAML 1.1, https://yaml.org/spec/1.1, by libyaml.
public enum YAMLParser {
  /// libyaml's version, such as `0.2.5`.
  public static var libraryVersion: String { String(cString: yaml_get_version_string()) }

  static let maximumNodes = 100_000
  static let maximumDepth = 64
  /// The greatest number of bytes of a file, and of all keys on the path to a node, which each node stores.
  static let maximumSize = 4 << 20
  static let maximumPathSize = 1 << 10

  /// Parses a file, or a descriptor that this process was started with, such as `/dev/stdin` or `/dev/fd/3`.
  ///
  /// Other pipes and devices are refused, because reading them may wait forever or never end.
  ///
  /// - Throws: `YAMLError` with file, line and column. - Complexity: O(bytes).
  public static func parse(path: String) throws(YAMLError) -> YAMLNode {
    func refusal(_ reason: YAMLError.Reason) -> YAMLError {
      YAMLError(source: path, line: 0, column: 0, path: "", reason: reason)
    }
    let isOpen = path == "/dev/stdin" || ["/dev/fd/", "/proc/self/fd/"].contains(where: path.hasPrefix)
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | (isOpen ? 0 : O_NONBLOCK))
    guard descriptor >= 0, let file = fdopen(descriptor, "r") else {
      throw refusal(.unreadable(String(cString: strerror(errno))))
    }
    defer { fclose(file) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, isOpen || status.st_mode & S_IFMT == S_IFREG else {
      throw refusal(.unreadable("not a file"))
    }
    let bytes = [UInt8](unsafeUninitializedCapacity: maximumSize + 1) { bytes, count in
      count = fread(bytes.baseAddress, 1, bytes.count, file)
    }
    guard ferror(file) == 0 else { throw refusal(.unreadable("not a file")) }
    guard bytes.count <= maximumSize else { throw refusal(.tooLong(limit: maximumSize)) }
    return try parse(bytes, source: path)
  }

  /// Parses a text.
  ///
  /// - Parameter source: the name of the text in errors.
  public static func parse(_ text: String, source: String) throws(YAMLError) -> YAMLNode {
    try parse(Array(text.utf8), source: source)
  }

  private static func parse(_ bytes: [UInt8], source: String) throws(YAMLError) -> YAMLNode {
    try bytes.withUnsafeBufferPointer { (bytes) throws(YAMLError) in
      var builder = TreeBuilder(source: source, EventReader(source: source, bytes))
      return try builder.document()
    }
  }
}

/// Reads libyaml's events one after the other.
private final class EventReader {
  private let source: String
  /// libyaml keeps the addresses of both, so both stay allocated until `deinit`.
  private let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
  private let current = UnsafeMutablePointer<yaml_event_t>.allocate(capacity: 1)

  init(source: String, _ bytes: UnsafeBufferPointer<UInt8>) {
    self.source = source
    precondition(yaml_parser_initialize(parser) == 1, "libyaml has no memory")
    current.initialize(to: yaml_event_t())
    yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
  }

  deinit {
    yaml_event_delete(current)
    yaml_parser_delete(parser)
    current.deallocate()
    parser.deallocate()
  }

  /// The next event, which is valid until the following call.
  func next() throws(YAMLError) -> UnsafePointer<yaml_event_t> {
    yaml_event_delete(current)
    guard yaml_parser_parse(parser, current) == 1 else {
      let mark = parser.pointee.problem_mark
      // libyaml reports bytes that are not valid text by their offset, before there are lines.
      let problem = parser.pointee.problem.map { String(cString: $0) } ?? "unreadable text"
      throw YAMLError(
        source: source, line: Int(mark.line) + 1, column: Int(mark.column) + 1, path: "", reason: .syntax(problem))
    }
    return UnsafePointer(current)
  }
}

/// Builds nodes from events.
private struct TreeBuilder {
  let source: String
  let events: EventReader
  /// The anchored nodes, and the number of nodes in each including itself.
  private var anchors: [String: (node: YAMLNode, size: Int)] = [:]
  /// The number of nodes so far, with all aliases expanded.
  private var size = 0

  init(source: String, _ events: EventReader) {
    self.source = source
    self.events = events
  }

  mutating func document() throws(YAMLError) -> YAMLNode {
    _ = try events.next()  // the stream starts
    guard try events.next().pointee.type == YAML_DOCUMENT_START_EVENT else {
      throw YAMLError(source: source, line: 1, column: 1, path: "", reason: .empty)
    }
    let root = try node(try events.next(), path: "", depth: 0)
    _ = try events.next()  // the document ends
    let last = try events.next()
    guard last.pointee.type == YAML_STREAM_END_EVENT else { throw error(.severalDocuments, last, "") }
    return root
  }

  /// Builds the node that starts with this event.
  private mutating func node(
    _ event: UnsafePointer<yaml_event_t>, path: String, depth: Int
  ) throws(YAMLError) -> YAMLNode {
    guard depth <= YAMLParser.maximumDepth else {
      throw error(.tooDeep(limit: YAMLParser.maximumDepth), event, path)
    }
    guard path.utf8.count <= YAMLParser.maximumPathSize else {
      throw error(.longKeys(limit: YAMLParser.maximumPathSize), event, "")
    }
    let sizeBefore = size
    try grow(by: 1, event, path)
    let place = event.pointee.start_mark
    let anchor: String?
    let content: YAMLNode.Content
    switch event.pointee.type {
    case YAML_ALIAS_EVENT:
      let name = text(event.pointee.data.alias.anchor)
      guard let (node, size) = anchors[name] else { throw error(.unknownAnchor(name), event, path) }
      try grow(by: size - 1, event, path)
      return node
    case YAML_SEQUENCE_START_EVENT:
      anchor = event.pointee.data.sequence_start.anchor.map(text)
      content = .sequence(try elements(path: path, depth: depth))
    case YAML_MAPPING_START_EVENT:
      anchor = event.pointee.data.mapping_start.anchor.map(text)
      content = .mapping(try pairs(path: path, depth: depth))
    default:
      let scalar = event.pointee.data.scalar
      anchor = scalar.anchor.map(text)
      let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
      content = .scalar(String(decoding: bytes, as: UTF8.self), isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE)
    }
    let node = YAMLNode(
      content: content, source: source, line: Int(place.line) + 1, column: Int(place.column) + 1, path: path)
    if let anchor { anchors[anchor] = (node, size - sizeBefore) }
    return node
  }

  private mutating func elements(path: String, depth: Int) throws(YAMLError) -> [YAMLNode] {
    var nodes: [YAMLNode] = []
    while true {
      let event = try events.next()
      if event.pointee.type == YAML_SEQUENCE_END_EVENT { return nodes }
      nodes.append(try node(event, path: "\(path)[\(nodes.count)]", depth: depth + 1))
    }
  }

  private mutating func pairs(path: String, depth: Int) throws(YAMLError) -> [(key: String, value: YAMLNode)] {
    var pairs: [(key: String, value: YAMLNode)] = []
    var keys: Set<String> = []
    while true {
      let event = try events.next()
      if event.pointee.type == YAML_MAPPING_END_EVENT { return pairs }
      let key = try key(event, path: path)
      guard keys.insert(key).inserted else { throw error(.duplicateKey(key), event, path) }
      let valuePath = path.isEmpty ? key : "\(path).\(key)"
      pairs.append((key, try node(try events.next(), path: valuePath, depth: depth + 1)))
    }
  }

  private func key(_ event: UnsafePointer<yaml_event_t>, path: String) throws(YAMLError) -> String {
    guard event.pointee.type == YAML_SCALAR_EVENT else {
      throw error(.unsupportedKey("a list, mapping or alias"), event, path)
    }
    let scalar = event.pointee.data.scalar
    let key = String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
    guard key != "<<" || scalar.style != YAML_PLAIN_SCALAR_STYLE else {
      throw error(.unsupportedKey("a merge (<<)"), event, path)
    }
    return key
  }

  private mutating func grow(
    by count: Int, _ event: UnsafePointer<yaml_event_t>, _ path: String
  ) throws(YAMLError) {
    size += count
    guard size <= YAMLParser.maximumNodes else {
      throw error(.tooManyNodes(limit: YAMLParser.maximumNodes), event, path)
    }
  }

  private func text(_ bytes: UnsafeMutablePointer<yaml_char_t>) -> String { String(cString: bytes) }

  private func error(
    _ reason: YAMLError.Reason, _ event: UnsafePointer<yaml_event_t>, _ path: String
  ) -> YAMLError {
    let mark = event.pointee.start_mark
    return YAMLError(
      source: source, line: Int(mark.line) + 1, column: Int(mark.column) + 1, path: path, reason: reason)
  }
}
