import Files

/// `recallbench man`: the manual page, which `make install` puts where `man` finds it.
enum ManCommand: Command {
  static let description = CommandDescription(
    "man", "write the manual page of all commands in the format of man",
    notes: "`make install` installs it; then `man \(ProgramName.current)` shows it.",
    examples: ["man > \(ProgramName.current).1"])

  static func run(_ arguments: Arguments) throws {
    try Console.print(ManualPage.text, to: nil)
  }
}
