/// A positional argument of a command, such as `BASE` or the optional `[SWEEP]`.
struct Argument: Sendable {
  /// The placeholder that the help shows and that errors name.
  let name: String
  let value: OptionValue
  /// Whether the argument must be given. Optional arguments come last.
  let isRequired: Bool
  /// Whether the argument may be given several times; only the last argument of a command may be repeated.
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

  /// The name, in brackets when the argument is optional.
  var synopsis: String { (isRequired ? name : "[\(name)]") + (isRepeated ? "..." : "") }

  var explanation: String { value.explained(meaning) }
}
