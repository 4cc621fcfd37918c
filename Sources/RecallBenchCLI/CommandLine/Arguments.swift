import Bench
import Foundation

/// The parsed command line of one command, checked against the command's table of options.
///
/// It is written here, because help, the manual page, completions and error messages are derived from the same tables,
/// which also hold values with units, lists and environment variables.
struct Arguments: Sendable, Equatable {
  private var values: [String: [String]] = [:]
  /// The positional arguments, in order.
  private(set) var positionals: [String] = []

  /// Whether help was asked for; in that case nothing else is checked.
  private(set) var wantsHelp = false
  /// The program that received these arguments.
  let program: RecallBench.Program

  /// Parses the words after the command's name.
  ///
  /// `--name value` and `--name=value` are the same; `--` ends the options.
  ///
  /// - Throws: `UsageError`, for anything that the table does not allow.
  init(
    _ words: [String], of command: CommandDescription, program: RecallBench.Program = RecallBench.Program(),
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(UsageError) {
    self.program = program
    let options = command.options + [.help]
    if Self.wantsHelp(words) {
      wantsHelp = true
      return
    }
    var rest = words[...]
    var optionsEnded = false
    while let word = rest.popFirst() {
      if optionsEnded || word == "-" || !word.hasPrefix("-") {
        let last = command.arguments.last.flatMap { $0.isRepeated ? $0 : nil }
        guard let argument = command.arguments.dropFirst(positionals.count).first ?? last else {
          throw .unexpectedArgument(word)
        }
        if let expected = argument.value.expectation(unmetBy: word) {
          throw .invalidValue(option: argument.name, value: word.isEmpty ? "''" : word, expected: expected)
        }
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
    if positionals.count < command.arguments.count, command.arguments[positionals.count].isRequired {
      throw .missingArgument(command.arguments[positionals.count].name)
    }
    for option in options where values[option.name] == nil {
      if let variable = option.variable, let text = environment[variable], !text.isEmpty {
        do { values[option.name] = try option.values(in: text) } catch {
          throw .environment("\(variable)=\(text): it stands for \(option.name), and \(error)")
        }
      } else if let text = option.defaultValue {
        values[option.name] = try option.values(in: text)
      }
    }
  }

  /// Whether the words ask for help.
  static func wantsHelp(_ words: [String]) -> Bool {
    words.prefix { $0 != "--" }.contains { $0 == Option.help.name || $0 == "-h" }
  }

  private mutating func read(
    _ option: Option, attached: String?, rest: inout ArraySlice<String>
  ) throws(UsageError) {
    guard option.given != .once || values[option.name] == nil else { throw .repeatedOption(option.name) }
    if option.value == .flag {
      if let attached { throw .unexpectedValue(option: option.name, value: attached) }
      values[option.name] = []
      return
    }
    guard let text = attached ?? rest.popFirst(), attached != nil || !text.hasPrefix("--") else {
      throw .missingValue(option: option.name)
    }
    let all = values[option.name, default: []] + (try option.values(in: text))
    values[option.name] = option.given == .list ? all.distinct : all
  }

  /// Whether an option was given or has a default.
  func has(_ name: String) -> Bool { values[name] != nil }

  /// The value of an option that takes one value, or its default; `nil` when it has neither.
  func text(_ name: String) -> String? { values[name]?.first }

  /// All values of an option that takes several values.
  func all(_ name: String) -> [String] { values[name] ?? [] }

  /// The value of an integer option; `nil` when it is not given and has no default.
  func integer(_ name: String) -> Int? { text(name).flatMap(Quantity.count) }

  /// All values of an integer option that takes several values.
  func integers(_ name: String) -> [Int] { all(name).compactMap(Quantity.count) }

  /// All values of a number option that takes several values.
  func numbers(_ name: String) -> [Double] { all(name).compactMap(Double.init) }

  /// The value of a time option in seconds; `nil` when it is not given.
  func seconds(_ name: String) -> Double? { text(name).flatMap(Quantity.seconds) }

  /// The value of a size option in bytes; `nil` when it is not given.
  func bytes(_ name: String) -> Int? { text(name).flatMap(Quantity.bytes) }

  /// The value of a choice option as a case of `Choice`, the type from which its `OptionValue.choice` was made. The
  /// option must have a default.
  func choice<Choice: RawRepresentable<String>>(_ type: Choice.Type, _ name: String = "--format") -> Choice {
    guard let choice = text(name).flatMap(Choice.init(rawValue:)) else {
      preconditionFailure("\(name) is one of the choices in its table")
    }
    return choice
  }
}
