/// A condition on the columns of a dataset's metadata, before the columns and their types are known.
///
/// The grammar, in which `and` binds more tightly than `or`:
///
///     condition  = all {"or" all}
///     all        = one {"and" one}
///     one        = "not" one | "(" condition ")" | column comparison value | column "in" "(" value {"," value} ")"
///     comparison = "=" | "!=" | "<" | "<=" | ">" | ">=" | "has"
///
/// A value is a number, `true`, `false`, a word, or a text in single or double quotes; `has` asks for one tag of a set.
public indirect enum FilterCondition: Sendable, Hashable {
  case comparison(column: String, Comparison, Value)
  case isIn(column: String, [Value])
  case and([FilterCondition])
  case or([FilterCondition])
  case not(FilterCondition)

  public enum Comparison: String, Sendable {
    case equal = "="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case has = "has"
  }

  /// A value as it was written.
  public struct Value: Sendable, Hashable {
    public let text: String
    /// Whether it was in quotes, so that it is no number.
    public let isQuoted: Bool

    public init(_ text: String, isQuoted: Bool = false) {
      self.text = text
      self.isQuoted = isQuoted
    }
  }

  /// The greatest number of nesting levels, which is also that of the indexes' filters.
  public static let maximumDepth = 64

  /// - Throws: `FilterConditionError.syntax`.
  /// - Complexity: O(length of the text).
  public init(parsing text: String) throws(FilterConditionError) {
    var parser = Parser(text)
    self = try parser.whole()
  }
}

/// What is wrong with the text of a filter.
public enum FilterConditionError: Error, Equatable, Sendable {
  /// A share that made metadata do not have.
  case share(String)
  /// `found` stands where the grammar expects something else.
  case syntax(text: String, found: String, expected: String)
}

extension FilterConditionError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .share(let text):
      "filter '\(text)' is no share of made metadata; write 0.1% to 100% in steps of 0.1%, and near, far or nothing"
    case .syntax(let text, let found, let expected):
      "filter '\(text)' has \(found.isEmpty ? "nothing more" : "'\(found)'") where \(expected) is expected; write it "
        + "like: price < 20 and color in (red, blue)"
    }
  }
}

extension FilterCondition: CustomStringConvertible {
  /// The condition in the grammar of `init(parsing:)`.
  public var description: String {
    switch self {
    case .comparison(let column, let comparison, let value):
      "\(Self.name(column)) \(comparison.rawValue) \(value)"
    case .isIn(let column, let values): "\(Self.name(column)) in (\(values.map(\.description).joined(separator: ", ")))"
    case .and(let parts): parts.map { $0.isChoice ? "(\($0))" : "\($0)" }.joined(separator: " and ")
    case .or(let parts): parts.map(\.description).joined(separator: " or ")
    case .not(let part): part.isLeaf ? "not \(part)" : "not (\(part))"
    }
  }

  /// A column's name, in quotes where it would be read as something else.
  private static func name(_ column: String) -> String {
    let isWord =
      !column.isEmpty && !["not", "and", "or", "in", "has", "queries"].contains(column) && !column.hasSuffix("%")
      && column.allSatisfy { !$0.isWhitespace && !"()',\"=!<>".contains($0) }
    return isWord ? column : column.contains("'") ? "\"\(column)\"" : "'\(column)'"
  }

  private var isChoice: Bool { if case .or = self { true } else { false } }

  private var isLeaf: Bool {
    switch self {
    case .comparison, .isIn, .not: true
    case .and, .or: false
    }
  }
}

extension FilterCondition.Value: CustomStringConvertible {
  public var description: String { isQuoted ? (text.contains("'") ? "\"\(text)\"" : "'\(text)'") : text }
}

/// Reads a condition by recursive descent.
private struct Parser {
  private struct Token {
    let text: String
    let isQuoted: Bool
  }

  private static let symbols: Set<Character> = ["(", ")", ",", "=", "!", "<", ">", "'", "\""]

  private let text: String
  private var tokens: ArraySlice<Token>

  init(_ text: String) {
    self.text = text
    var tokens: [Token] = []
    var rest = text[...]
    while let first = rest.first {
      if first.isWhitespace {
        rest.removeFirst()
      } else if first == "'" || first == "\"" {
        rest.removeFirst()
        guard let end = rest.firstIndex(of: first) else {
          // A quote without an end is no value.
          tokens.append(Token(text: String(first), isQuoted: false))
          break
        }
        tokens.append(Token(text: String(rest[..<end]), isQuoted: true))
        rest = rest[end...].dropFirst()
      } else if Self.symbols.contains(first) {
        let isDouble = ["!=", "<=", ">=", "=="].contains(rest.prefix(2))
        tokens.append(Token(text: String(rest.prefix(isDouble ? 2 : 1)), isQuoted: false))
        rest = rest.dropFirst(isDouble ? 2 : 1)
      } else {
        let word = rest.prefix { !$0.isWhitespace && !Self.symbols.contains($0) }
        tokens.append(Token(text: String(word), isQuoted: false))
        rest = rest.dropFirst(word.count)
      }
    }
    self.tokens = tokens[...]
  }

  mutating func whole() throws(FilterConditionError) -> FilterCondition {
    let condition = try any(level: 1)
    guard tokens.isEmpty else { throw fault("'and', 'or' or the end") }
    return condition
  }

  private func fault(_ expected: String) -> FilterConditionError {
    .syntax(text: text, found: tokens.first?.text ?? "", expected: expected)
  }

  /// Whether the next token is this word or symbol, which is then taken.
  private mutating func take(_ word: String) -> Bool {
    guard let token = tokens.first, !token.isQuoted, token.text == word else { return false }
    tokens.removeFirst()
    return true
  }

  private mutating func any(level: Int) throws(FilterConditionError) -> FilterCondition {
    var parts = [try all(level: level)]
    while take("or") { parts.append(try all(level: level)) }
    return parts.count == 1 ? parts[0] : .or(parts)
  }

  private mutating func all(level: Int) throws(FilterConditionError) -> FilterCondition {
    var parts = [try one(level: level)]
    while take("and") { parts.append(try one(level: level)) }
    return parts.count == 1 ? parts[0] : .and(parts)
  }

  private mutating func one(level: Int) throws(FilterConditionError) -> FilterCondition {
    guard level <= FilterCondition.maximumDepth else {
      throw fault("at most \(FilterCondition.maximumDepth) levels of parentheses")
    }
    if take("not") { return .not(try one(level: level + 1)) }
    if take("(") {
      let condition = try any(level: level + 1)
      guard take(")") else { throw fault("')'") }
      return condition
    }
    guard let column = tokens.first, column.isQuoted || !Self.isSymbol(column.text) else { throw fault("a column") }
    tokens.removeFirst()
    if take("in") {
      guard take("(") else { throw fault("'('") }
      var values = [try value()]
      while take(",") { values.append(try value()) }
      guard take(")") else { throw fault("',' or ')'") }
      return .isIn(column: column.text, values)
    }
    let word = tokens.first?.text ?? ""
    guard let comparison = FilterCondition.Comparison(rawValue: word == "==" ? "=" : word) else {
      throw fault("=, !=, <, <=, >, >=, in or has")
    }
    tokens.removeFirst()
    return .comparison(column: column.text, comparison, try value())
  }

  private mutating func value() throws(FilterConditionError) -> FilterCondition.Value {
    guard let token = tokens.first, token.isQuoted || !Self.isSymbol(token.text) else { throw fault("a value") }
    tokens.removeFirst()
    return FilterCondition.Value(token.text, isQuoted: token.isQuoted)
  }

  private static func isSymbol(_ text: String) -> Bool { text.first.map(symbols.contains) ?? true }
}
