/// `recallbench man`: writes the manual page, which `make install` installs.
enum ManCommand: Command {
  static let description = CommandDescription(
    "man", "write the manual page of all commands in the format of man",
    notes: "`make install` installs it; then `man recallbench` shows it.",
    examples: ["man > recallbench.1"])

  static func run(_ arguments: Arguments) throws {
    try Console.print(ManualPage.text, to: nil)
  }
}
