/// What is wrong with a YAML file, and where.
public struct YAMLError: Error, Equatable, Sendable {
  public enum Reason: Equatable, Sendable {
    /// The file could not be read; the operating system's text.
    case unreadable(String)
    /// Not YAML; libyaml's text.
    case syntax(String)
    case empty
    case severalDocuments
    case duplicateKey(String)
    /// A key that is a list or a mapping, or `<<`.
    case unsupportedKey(String)
    case unknownAnchor(String)
    /// Aliases multiply to more nodes than the bound.
    case tooManyNodes(limit: Int)
    case tooDeep(limit: Int)
    /// More bytes than the bound.
    case tooLong(limit: Int)
    /// The keys that lead to a node are longer than the bound, all together.
    case longKeys(limit: Int)
    case missingKey(String)
    case unknownKey(String, allowed: [String])
    case wrongType(expected: String, found: String)
    /// A value of the right type that its reader cannot use.
    case invalidValue(String, expected: String)
    /// What its reader refuses for a reason of its own, which says what would do.
    case refused(String)
  }

  public let source: String
  /// Counted from 1; 0 when it is about the whole file.
  public let line: Int
  /// Counted from 1; 0 when it is about the whole file.
  public let column: Int
  /// The way to the node from the top, `datasets[0].name`; empty for the top and before there are nodes.
  public let path: String
  public let reason: Reason
}

extension YAMLError: CustomStringConvertible {
  public var description: String {
    let place = line > 0 ? "\(source):\(line):\(column)" : source
    return "\(place): \(path.isEmpty ? "" : "\(path): ")\(reason)".map { $0.isNewline ? " " : String($0) }.joined()
  }
}

extension YAMLError.Reason: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unreadable(let reason): "cannot be read: \(reason)"
    case .syntax(let problem): "not YAML: \(problem)"
    case .empty: "there is nothing in it"
    case .severalDocuments: "a second document starts here; keep one a file"
    case .duplicateKey(let key): "the key '\(key)' is there twice; keep one"
    case .unsupportedKey(let key): "\(key) as a key is not supported; use text"
    case .unknownAnchor(let name): "there is no anchor '&\(name)' before this alias"
    case .tooManyNodes(let limit): "more than \(limit) nodes with all aliases written out"
    case .tooDeep(let limit): "more than \(limit) levels deep"
    case .tooLong(let limit): "longer than \(limit) bytes; no file that is meant here is"
    case .longKeys(let limit): "the keys that lead here are longer than \(limit) bytes; use shorter ones"
    case .missingKey(let key): "the key '\(key)' is missing"
    case .unknownKey(let key, let allowed): "unknown key '\(key)'; known are \(allowed.joined(separator: ", "))"
    case .wrongType(let expected, let found): "\(expected) is needed, not \(found)"
    case .invalidValue(let value, let expected): "\(expected) is needed, not \(value)"
    case .refused(let reason): reason
    }
  }
}
