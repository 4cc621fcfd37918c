/// One option of a command, from which parsing, defaults, help, the manual page and completions are derived.
struct Option: Sendable {
  /// How often an option may be given.
  enum Occurrence: Sendable, Equatable {
    case once
    /// Any number of times, with one value each.
    case repeated
    /// Any number of times, with values separated by commas; `\,` is a comma within a value. Duplicate values count
    /// once.
    case list
  }

  /// The name as it is typed: `--dataset`, `-k`.
  let name: String
  let value: OptionValue
  let given: Occurrence
  /// The value, as typed, that is used when the option is not given; `nil` when there is none.
  let defaultValue: String?
  /// The environment variable that is read before the default is used; an empty variable counts as not set.
  let variable: String?
  let isRequired: Bool
  /// The meaning, at most one sentence, without a full stop.
  let meaning: String

  init(
    _ name: String, _ value: OptionValue, given: Occurrence = .once, default defaultValue: String? = nil,
    variable: String? = nil, required isRequired: Bool = false, _ meaning: String
  ) {
    self.name = name
    self.value = value
    self.given = given
    self.defaultValue = defaultValue
    self.variable = variable
    self.isRequired = isRequired
    self.meaning = meaning
  }

  /// `--help`, which every command has.
  static let help = Option("--help", .flag, "show this help")

  /// Name and placeholder: `--out DIR`, `-k N,…`.
  var synopsis: String {
    value.placeholder.map { "\(name) \($0)\(given == .list ? ",…" : "")" } ?? name
  }

  /// The meaning, the choices, the default, and whether the option is required or may be repeated.
  var explanation: String {
    var notes = isRequired ? ["required"] : []
    if given == .repeated { notes.append("may be given again") }
    if let defaultValue { notes.append("default \(defaultValue)") }
    if let variable { notes.append("\(variable) names another one") }
    return "\(value.explained(meaning))\(notes.isEmpty ? "" : " (\(notes.joined(separator: ", ")))")"
  }

  /// The values that a text on the command line contains.
  ///
  /// - Throws: `UsageError.invalidValue`.
  func values(in text: String) throws(UsageError) -> [String] {
    let values = given == .list ? Self.elements(of: text) : [text]
    if given == .list, values.contains("") {
      throw .invalidValue(
        option: name, value: text.isEmpty ? "''" : text, expected: "values, and one comma between two of them")
    }
    for value in values {
      if let expected = self.value.expectation(unmetBy: value) {
        throw .invalidValue(option: name, value: value.isEmpty ? "''" : value, expected: expected)
      }
    }
    return values
  }

  /// The parts of a text between its commas; a comma after `\` does not separate.
  private static func elements(of text: String) -> [String] {
    var elements: [String] = []
    var element = ""
    var rest = text[...]
    while let character = rest.popFirst() {
      switch character {
      case "\\" where rest.first == ",": element.append(rest.removeFirst())
      case ",":
        elements.append(element)
        element = ""
      default: element.append(character)
      }
    }
    return elements + [element]
  }
}
