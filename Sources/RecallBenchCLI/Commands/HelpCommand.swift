/// `recallbench help`: prints the same text as `--help` of the program, of a group of commands, or of a command.
enum HelpCommand: Command {
  static let description = CommandDescription(
    "help", "show what a command does and which options it has",
    arguments: [
      Argument(
        .command("COMMAND"), optional: true, "the command, or the first word of several; without it all are listed"),
      Argument(.command("SUBCOMMAND"), optional: true, "the second word of a command that has two"),
    ],
    examples: ["help run", "help datasets", "help datasets fetch"])

  static func run(_ arguments: Arguments) throws {
    try Console.print(Help.text(of: arguments.positionals, width: Console.textWidth))
  }
}
