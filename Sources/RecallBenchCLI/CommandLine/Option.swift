/// One option of a command: parsing, defaults, help, the manual page and completions all derive from this.
struct Option: Sendable {
  /// How often an option may be given.
  enum Occurrence: Sendable, Equatable {
    case once
    /// As often as needed, with one value each.
    case repeated
    /// As often as needed, with values separated by commas; `\,` is a comma within a value. No value counts twice.
    case list
  }

  /// As typed: `--dataset`, `-k`.
  let name: String
  let value: OptionValue
  let given: Occurrence
  /// What holds when the option is not given, as typed; nil for none.
  let defaultValue: String?
  /// The environment variable that is asked before the default; an empty one counts as not set.
  let variable: String?
  let isRequired: Bool
  /// One sentence or less, without a full stop.
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

  /// Every command has it.
  static let help = Option("--help", .flag, "show this help")

  /// Name and placeholder: `--out DIR`, `-k N,…`.
  var synopsis: String {
    value.placeholder.map { "\(name) \($0)\(given == .list ? ",…" : "")" } ?? name
  }

  /// Meaning, choices, default, and whether it must or may be given more than once.
  var explanation: String {
    var notes = isRequired ? ["required"] : []
    if given == .repeated { notes.append("may be given again") }
    if let defaultValue { notes.append("default \(defaultValue)") }
    if let variable { notes.append("\(variable) names another one") }
    return "\(value.explained(meaning))\(notes.isEmpty ? "" : " (\(notes.joined(separator: ", ")))")"
  }

  /// The values that a text on the command line stands for.
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

  /// What stands between the commas of a text that have no `\` before them.
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
