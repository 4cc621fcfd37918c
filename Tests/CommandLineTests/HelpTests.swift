import Foundation
import Testing

@testable import RecallBenchCLI

/// What help says, of every command there is.
@Suite struct HelpTests {
  private static let commands = RecallBench.commands.map { $0.description }

  @Test func namesEveryArgumentAndOptionWithChoicesDefaultAndMeaning() {
    let command = CommandDescription(
      "test", "a command", arguments: [Argument(.file("FILE"), "what to look at")],
      options: [
        Option("--dataset", .dataset("D"), given: .list, required: true, "what to read"),
        Option("-k", .integer("N", 1...100), default: "10", "how many"),
        Option("--set", .setting("NAME=V"), given: .repeated, "a parameter"),
        Option("--format", .choice("F", ["text", "csv", "md"]), default: "md", "how it is written"),
        Option("--datasets", .folder("DIR"), default: "datasets", variable: "HERE", "where datasets are"),
      ],
      notes: "One\nparagraph.\n\n  as it\n  is", examples: ["test --dataset a \\\nb"])
    #expect(
      Help.text(of: command, width: 60) == """
        a command

        usage: recallbench test --dataset D,… FILE [options]

        arguments:
          FILE  what to look at

        options:
          --dataset D,…   what to read (required)
          -k N            how many (default 10)
          --set NAME=V    a parameter (may be given again)
          --format F      how it is written: text, csv or md
                          (default md)
          --datasets DIR  where datasets are (default datasets, HERE
                          names another one)
          --help          show this help

        One paragraph.

          as it
          is

        values of options:
          lists  Where the table says `,…`, values with commas
                 between them, such as 10,100, or the option given
                 again. \\, is a comma within a value, such as a
                 file's name.

        examples:
          recallbench test --dataset a \\
            b

        """)
  }

  @Test func everyCommandFitsEightyColumns() throws {
    let texts =
      try Self.commands.map { Help.text(of: $0, width: 80) }
      + ["", "datasets"].map {
        try Help.text(of: $0.isEmpty ? [] : [$0], width: 80)
      }
    for line in texts.flatMap({ $0.split(separator: "\n") }) { #expect(line.count <= 80, "\(line)") }
  }

  /// Each example is a command line that its own table takes; `>` and what follows belongs to the shell.
  @Test func everyCommandHasAnExampleThatItTakes() throws {
    for command in Self.commands {
      #expect(!command.examples.isEmpty, "\(command.name)")
      for example in command.examples {
        let words = example.replacing("\\\n", with: " ").split(separator: ">")[0].split(separator: " ").map(String.init)
        let (named, rest) = try RecallBench.find(words)
        #expect(throws: Never.self, "\(example)") { try Arguments(rest, of: named.description) }
      }
    }
  }

  @Test func aNarrowTerminalGetsNarrowColumns() {
    let rows = [("-k", "one two three four five six seven"), ("--a-very-long-option NAME", "what it means")]
    #expect(
      TextLayout.columns(rows, width: 30) == """
          -k  one two three four five
              six seven
          --a-very-long-option NAME
              what it means
        """)
  }

  /// Where nobody says how wide the terminal is, it has 80 columns.
  @Test func helpIsReachedInEveryWay() throws {
    let overview = try Workspace.runProgram(["--help"]).output
    #expect(
      overview.contains("\n  run ") && overview.contains("\n  datasets fetch ")
        && overview.contains("RECALLBENCH_DATASETS"))
    #expect(overview.split(separator: "\n").allSatisfy { $0.count <= 80 })
    #expect(try Workspace.runProgram(["help"]).output == overview && Workspace.runProgram(["-h"]).output == overview)
    let fetch = try Workspace.runProgram(["datasets", "fetch", "--help"]).output
    #expect(fetch.contains("usage: recallbench datasets fetch NAME|ADDRESS [options]"))
    #expect(try Workspace.runProgram(["help", "datasets", "fetch"]).output == fetch)
    let group = try Workspace.runProgram(["datasets", "--help"])
    #expect(
      group.code == 0 && group.output.contains("\n  datasets ground-truth ") && !group.output.contains("\n  run "))
    #expect(try Workspace.runProgram(["help", "datasets"]).output == group.output)
  }

  @Test func aGroupAloneIsWrongUsageAndNamesItsCommands() throws {
    let ended = try Workspace.runProgram(["datasets"])
    #expect(ended.code == 2 && ended.output.isEmpty)
    #expect(
      ended.errors
        == "recallbench: which command? there are datasets list, datasets show, datasets fetch, datasets check, "
        + "datasets convert, datasets ground-truth, datasets make (see recallbench datasets --help)\n")
  }

  @Test func aNameThatThereIsNotIsWrongUsage() throws {
    let ended = try Workspace.runProgram(["help", "rnu"])
    #expect(
      ended.code == 2
        && ended.errors == "recallbench: unknown command rnu; did you mean run? (see recallbench help --help)\n")
    #expect(RecallBench.run(["help", "run", "more"]) == .usage)
    #expect(RecallBench.run(["help", "datasets", "fetsh"]) == .usage)
  }

  @Test(arguments: ["--version", "-V"]) func theVersionIsNamed(word: String) throws {
    let ended = try Workspace.runProgram([word])
    #expect(
      ended.code == 0 && ended.output.wholeMatch(of: /recallbench \d+\.\d+\.\d+\S* \(.*Swift .*, debug\)\n/) != nil)
  }
}
