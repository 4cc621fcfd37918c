/// A subcommand: what it is called, what it takes, and what it does.
protocol Command: SendableMetatype {
  static var description: CommandDescription { get }

  /// - Throws: `UsageError` for what the option table can't check; any other error is a failure.
  static func run(_ arguments: Arguments) throws
}

/// What help, parsing and error messages of a command derive from.
struct CommandDescription: Sendable {
  /// One or two words: `run`, `datasets list`.
  let name: String
  /// One line.
  let summary: String
  /// Names of the arguments that stand alone; required but for those in brackets, which come last: `[SWEEP]`.
  let arguments: [String]
  let options: [Option]
  /// What else help says, below the options.
  let notes: String

  init(_ name: String, _ summary: String, arguments: [String] = [], options: [Option] = [], notes: String = "") {
    self.name = name
    self.summary = summary
    self.arguments = arguments
    self.options = options
    self.notes = notes
  }

  /// What `--help` prints.
  var help: String {
    let required = options.filter(\.isRequired).map { " \($0.synopsis)" }.joined()
    let usage = "recallbench \(name)\(required)\(arguments.map { " \($0)" }.joined()) [options]"
    let rows = (options + [.help]).map { ($0.synopsis, $0.explanation) }
    return """
      \(summary)

      usage: \(usage)

      options:
      \(Self.columns(rows))\(notes.isEmpty ? "" : "\n\n" + notes)

      """
  }

  /// Two columns, indented; the second starts at the same place in each line.
  static func columns(_ rows: [(String, String)]) -> String {
    let width = rows.map { $0.0.count }.max() ?? 0
    return rows.map { left, right in
      "  \(left)\(String(repeating: " ", count: width - left.count))  \(right)"
    }.joined(separator: "\n")
  }
}
