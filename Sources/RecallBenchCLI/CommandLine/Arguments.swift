/// What a command line says, read by a command's table of options.
struct Arguments: Sendable, Equatable {
  private var values: [String: [String]] = [:]
  /// What stands alone, in order.
  private(set) var positionals: [String] = []

  /// Whether help was asked for; nothing else is then checked.
  private(set) var wantsHelp = false
  /// The program that was given them.
  let program: RecallBench.Program

  /// Reads the words after the command's name.
  ///
  /// `--name value` and `--name=value` are the same; `--` ends the options.
  ///
  /// - Throws: `UsageError`, for anything that the table does not allow.
  init(
    _ words: [String], of command: CommandDescription, program: RecallBench.Program = RecallBench.Program()
  ) throws(UsageError) {
    self.program = program
    let options = command.options + [.help]
    if words.prefix(while: { $0 != "--" }).contains(where: { $0 == Option.help.name || $0 == "-h" }) {
      wantsHelp = true
      return
    }
    var rest = words[...]
    var optionsEnded = false
    while let word = rest.popFirst() {
      if optionsEnded || word == "-" || !word.hasPrefix("-") {
        guard positionals.count < command.arguments.count else { throw .unexpectedArgument(word) }
        positionals.append(word)
      } else if word == "--" {
        optionsEnded = true
      } else {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let option = options.first(where: { $0.name == parts[0] }) else {
          throw .unknownOption(parts[0], known: options.map(\.name))
        }
        try read(option, attached: parts.count > 1 ? parts[1] : nil, rest: &rest)
      }
    }
    for option in options where option.isRequired && values[option.name] == nil { throw .missingOption(option.name) }
    let required = command.arguments.prefix { !$0.hasPrefix("[") }
    if positionals.count < required.count { throw .missingArgument(required[positionals.count]) }
    for option in options {
      if values[option.name] == nil, let value = option.defaultValue { values[option.name] = [value] }
    }
  }

  private mutating func read(
    _ option: Option, attached: String?, rest: inout ArraySlice<String>
  ) throws(UsageError) {
    guard option.isRepeatable || values[option.name] == nil else { throw .repeatedOption(option.name) }
    if option.value == .flag {
      if let attached { throw .unexpectedValue(option: option.name, value: attached) }
      values[option.name] = []
      return
    }
    guard let value = attached ?? rest.popFirst(), attached != nil || !value.hasPrefix("--") else {
      throw .missingValue(option: option.name)
    }
    if case .integer(_, let range) = option.value, !(Int(value).map(range.contains) ?? false) {
      throw .invalidValue(option: option.name, value: value, expected: Self.words(range))
    }
    values[option.name, default: []].append(value)
  }

  private static func words(_ range: ClosedRange<Int>) -> String {
    range.upperBound == .max
      ? "an integer, at least \(range.lowerBound)" : "an integer, \(range.lowerBound)…\(range.upperBound)"
  }

  /// Whether a flag is there.
  func has(_ name: String) -> Bool { values[name] != nil }

  /// The value of an option that is given once, or its default; nil when it has neither.
  func text(_ name: String) -> String? { values[name]?.first }

  /// All values of a repeatable option.
  func all(_ name: String) -> [String] { values[name] ?? [] }

  /// The value of an integer option; nil when it is not given and has no default.
  func integer(_ name: String) -> Int? { text(name).flatMap { Int($0) } }

  /// All values of a repeatable integer option.
  func integers(_ name: String) -> [Int] { all(name).compactMap { Int($0) } }
}
