import Files

/// `recallbench completions`: what a shell needs to complete commands, options and values at the Tab key.
enum CompletionsCommand: Command {
  static let description = CommandDescription(
    "completions", "write the script that lets a shell complete commands, options and values",
    arguments: [Argument(.choice("SHELL", of: CompletionScript.self), "the shell")],
    notes: """
      `make install` installs all three. Without it, add the line for your shell to its start-up file:

        bash  source <(\(ProgramName.current) completions bash)   in ~/.bashrc
        zsh   source <(\(ProgramName.current) completions zsh)    in ~/.zshrc, after compinit
        fish  \(ProgramName.current) completions fish | source    in config.fish
      """,
    examples: ["completions bash"])

  static func run(_ arguments: Arguments) throws {
    guard let script = CompletionScript(rawValue: arguments.positionals[0]) else {
      preconditionFailure("SHELL is one of the choices in its table")
    }
    try Console.print(script.text, to: nil)
  }
}
