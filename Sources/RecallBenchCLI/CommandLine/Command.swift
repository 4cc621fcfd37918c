import Files

/// A subcommand: what it is called, what it takes, and what it does.
protocol Command: SendableMetatype {
  static var description: CommandDescription { get }

  /// - Throws: `UsageError` for what the option table can't check; any other error is a failure.
  static func run(_ arguments: Arguments) throws
}

/// What parsing, error messages, help, the manual page and completions of a command derive from.
struct CommandDescription: Sendable {
  /// One or two words: `run`, `datasets list`.
  let name: String
  /// One line.
  let summary: String
  let arguments: [Argument]
  let options: [Option]
  /// What else help says, below the options: paragraphs with an empty line between them.
  ///
  /// A paragraph is filled up to the width of the terminal, unless it begins with two spaces.
  let notes: String
  /// Command lines that work, without the program's name; a long one has ` \` and a new line in it.
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

  /// How the command is called: name, required options and arguments.
  var usage: String {
    let required = options.filter(\.isRequired).map { " \($0.synopsis)" }.joined()
    return "\(ProgramName.current) \(name)\(required)\(arguments.map { " \($0.synopsis)" }.joined()) [options]"
  }

  /// The paragraphs of the notes.
  var paragraphs: [String] {
    notes.split(separator: "\n\n").map(String.init)
  }
}
