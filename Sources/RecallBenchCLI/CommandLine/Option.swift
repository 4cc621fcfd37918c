/// One option of a command: parsing, defaults, help and errors all derive from this.
struct Option: Sendable {
  /// What may follow an option.
  enum Value: Sendable, Equatable {
    /// Nothing: it is there or not.
    case flag
    /// Any text; the placeholder says what: `DIR`.
    case text(String)
    /// An integer in the range.
    case integer(String, ClosedRange<Int>)
  }

  /// As typed: `--dataset`, `-k`.
  let name: String
  let value: Value
  /// What holds when the option is not given, as typed; nil for none.
  let defaultValue: String?
  let isRepeatable: Bool
  let isRequired: Bool
  /// One line.
  let meaning: String

  init(
    _ name: String, _ value: Value, default defaultValue: String? = nil, repeatable isRepeatable: Bool = false,
    required isRequired: Bool = false, _ meaning: String
  ) {
    self.name = name
    self.value = value
    self.defaultValue = defaultValue
    self.isRepeatable = isRepeatable
    self.isRequired = isRequired
    self.meaning = meaning
  }

  /// Every command has it.
  static let help = Option("--help", .flag, "show this help")

  /// Name and placeholder: `--out DIR`.
  var synopsis: String {
    switch value {
    case .flag: name
    case .text(let placeholder), .integer(let placeholder, _): "\(name) \(placeholder)"
    }
  }

  /// Meaning, default, and whether it must or may be given more than once.
  var explanation: String {
    let notes =
      (isRequired ? ["required"] : []) + (isRepeatable ? ["repeatable"] : [])
      + (defaultValue.map { ["default \($0)"] } ?? [])
    return notes.isEmpty ? meaning : "\(meaning) (\(notes.joined(separator: ", ")))"
  }
}
