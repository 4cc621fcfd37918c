import Files

/// A subcommand: what it is called, what it takes, and what it does.
protocol Command: SendableMetatype {
  static var description: CommandDescription { get }

  /// - Throws: `UsageError` for mistakes that the option table cannot detect; any other error counts as a failure.
  static func run(_ arguments: Arguments) throws
}

/// The declaration of a command, from which parsing, error messages, help, the manual page and completions are derived.
struct CommandDescription: Sendable {
  /// One or two words, such as `run` or `datasets list`.
  let name: String
  /// One line of help.
  let summary: String
  let arguments: [Argument]
  let options: [Option]
  /// Further help, shown below the options: paragraphs separated by empty lines.
  ///
  /// A paragraph is filled to the width of the terminal, unless it begins with two spaces.
  let notes: String
  /// Example command lines that work, without the program's name; a long one contains ` \` and a line break.
  let examples: [String]

  init(
    _ name: String, _ summary: String, arguments: [Argument] = [], options: [Option] = [], notes: String = "",
    examples: [String]
  ) {
    self.name = name
    self.summary = summary
    self.arguments = arguments
    self.options = options
    self.notes = notes
    self.examples = examples
  }

  /// The usage line: name, required options and arguments.
  var usage: String {
    let required = options.filter(\.isRequired).map { " \($0.synopsis)" }.joined()
    return "\(ProgramName.current) \(name)\(required)\(arguments.map { " \($0.synopsis)" }.joined()) [options]"
  }

  /// The paragraphs of `notes`.
  var paragraphs: [String] {
    notes.split(separator: "\n\n").map(String.init)
  }
}
