/// A node of a YAML document: a scalar, a sequence or a mapping, with its place in the file.
public struct YAMLNode: Sendable {
  /// The content of a node.
  public enum Content: Sendable {
    /// A text. `isPlain` is true without quotes; then the text may stand for a number, a Boolean or null.
    case scalar(String, isPlain: Bool)
    case sequence([YAMLNode])
    /// The keys and values in the order of the file; keys are distinct plain texts.
    case mapping([(key: String, value: YAMLNode)])
  }

  public let content: Content
  /// The name of the file, for errors.
  public let source: String
  /// The line, counted from 1.
  public let line: Int
  /// The column, counted from 1.
  public let column: Int
  /// The path of the node from the root, for errors, such as `datasets[0].name`; empty for the root.
  public let path: String

  /// Whether the node is an empty plain scalar, `~` or `null`.
  public var isNull: Bool {
    if case .scalar(let text, isPlain: true) = content {
      return ["", "~", "null", "Null", "NULL"].contains(text)
    }
    return false
  }
}

/// Typed access. Every error names file, line, column and key.
extension YAMLNode {
  /// The value of a key, which must exist.
  ///
  /// - Complexity: O(keys).
  public func required(_ key: String) throws(YAMLError) -> YAMLNode {
    guard let value = try optional(key) else { throw error(.missingKey(key)) }
    return value
  }

  /// The value of a key; `nil` if the key does not exist or its value is null.
  ///
  /// - Complexity: O(keys).
  public func optional(_ key: String) throws(YAMLError) -> YAMLNode? {
    let value = try mapping().first { $0.key == key }?.value
    return value?.isNull == true ? nil : value
  }

  /// Refuses all keys except these, so that misspelt keys are not ignored.
  public func allowKeys(_ allowed: [String]) throws(YAMLError) {
    for (key, value) in try mapping() where !allowed.contains(key) {
      throw value.error(.unknownKey(key, allowed: allowed))
    }
  }

  public func mapping() throws(YAMLError) -> [(key: String, value: YAMLNode)] {
    if case .mapping(let pairs) = content { return pairs }
    throw mismatch("a mapping")
  }

  public func sequence() throws(YAMLError) -> [YAMLNode] {
    if case .sequence(let nodes) = content { return nodes }
    throw mismatch("a list")
  }

  /// The text, quoted or not; null is refused.
  public func string() throws(YAMLError) -> String {
    if case .scalar(let text, _) = content, !isNull { return text }
    throw mismatch("text")
  }

  /// An integer; `_` may separate digits.
  public func integer() throws(YAMLError) -> Int {
    guard case .scalar(let text, isPlain: true) = content, let value = Int(text.filter { $0 != "_" }) else {
      throw mismatch("a whole number")
    }
    return value
  }

  /// A finite number.
  public func number() throws(YAMLError) -> Double {
    guard case .scalar(let text, isPlain: true) = content, let value = Double(text.filter { $0 != "_" }),
      value.isFinite
    else { throw mismatch("a number") }
    return value
  }

  /// `true` or `false`; YAML 1.1's `yes` and `no` are text here.
  public func boolean() throws(YAMLError) -> Bool {
    guard case .scalar(let text, isPlain: true) = content else { throw mismatch("true or false") }
    switch text {
    case "true", "True", "TRUE": return true
    case "false", "False", "FALSE": return false
    default: throw mismatch("true or false")
    }
  }

  /// Makes an error about this node, for a reader that refuses it.
  public func error(_ reason: YAMLError.Reason) -> YAMLError {
    YAMLError(source: source, line: line, column: column, path: path, reason: reason)
  }

  private func mismatch(_ expected: String) -> YAMLError {
    let found =
      switch content {
      case .scalar where isNull: "nothing"
      case .scalar(let text, isPlain: true): text
      case .scalar(let text, isPlain: false): "\"\(text)\""
      case .sequence: "a list"
      case .mapping: "a mapping"
      }
    return error(.wrongType(expected: expected, found: found))
  }
}
