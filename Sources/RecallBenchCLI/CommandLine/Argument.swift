/// What stands alone on a command line: `BASE`, `[SWEEP]`.
struct Argument: Sendable {
  /// The placeholder that help shows and errors name.
  let name: String
  let value: OptionValue
  /// What may be left out comes last.
  let isRequired: Bool
  /// Whether more of its kind may follow; only the last one of a command.
  let isRepeated: Bool
  let meaning: String

  init(_ value: OptionValue, optional: Bool = false, repeated: Bool = false, _ meaning: String) {
    guard let name = value.placeholder else { preconditionFailure("an argument has a value") }
    self.name = name
    self.value = value
    isRequired = !optional
    isRepeated = repeated
    self.meaning = meaning
  }

  /// The name, in brackets where it may be left out.
  var synopsis: String { (isRequired ? name : "[\(name)]") + (isRepeated ? "..." : "") }

  var explanation: String { value.explained(meaning) }
}
