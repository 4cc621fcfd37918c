/// The problem of a YAML file, with its place.
public struct YAMLError: Error, Equatable, Sendable {
  public enum Reason: Equatable, Sendable {
    /// The file could not be read; with the operating system's text.
    case unreadable(String)
    /// The file is not YAML; with libyaml's text.
    case syntax(String)
    case empty
    case severalDocuments
    case duplicateKey(String)
    /// A key is a list or a mapping, or is `<<`.
    case unsupportedKey(String)
    case unknownAnchor(String)
    /// With all aliases expanded, the document has more nodes than the limit.
    case tooManyNodes(limit: Int)
    case tooDeep(limit: Int)
    /// The file has more bytes than the limit.
    case tooLong(limit: Int)
    /// The keys on the path to a node are together longer than the limit.
    case longKeys(limit: Int)
    case missingKey(String)
    case unknownKey(String, allowed: [String])
    case wrongType(expected: String, found: String)
    /// A value of the right type that the reader cannot use.
    case invalidValue(String, expected: String)
    /// A value that the reader refuses for another reason; the text says what is accepted.
    case refused(String)
  }

  public let source: String
  /// The line, counted from 1; 0 for an error about the whole file.
  public let line: Int
  /// The column, counted from 1; 0 for an error about the whole file.
  public let column: Int
  /// The path of the node from the root, such as `datasets[0].name`; empty for the root, and before there are nodes.
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
    case .severalDocuments: "a second document starts here; keep one document per file"
    case .duplicateKey(let key): "the key '\(key)' is given twice; keep one"
    case .unsupportedKey(let key): "\(key) as a key is not supported; use text"
    case .unknownAnchor(let name): "there is no anchor '&\(name)' before this alias"
    case .tooManyNodes(let limit): "more than \(limit) nodes with all aliases expanded; use fewer aliases"
    case .tooDeep(let limit): "more than \(limit) levels deep"
    case .tooLong(let limit): "longer than \(limit) bytes; check that this is the right file"
    case .longKeys(let limit): "the keys that lead here are longer than \(limit) bytes; use shorter ones"
    case .missingKey(let key): "the key '\(key)' is missing"
    case .unknownKey(let key, let allowed): "unknown key '\(key)'; known are \(allowed.joined(separator: ", "))"
    case .wrongType(let expected, let found): "\(expected) is needed, not \(found)"
    case .invalidValue(let value, let expected): "\(expected) is needed, not \(value)"
    case .refused(let reason): reason
    }
  }
}
