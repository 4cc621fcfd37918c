import Testing

@testable import RecallBenchCLI

@Suite struct ArgumentsTests {
  private static let command = CommandDescription(
    "test", "a command", arguments: ["FILE"],
    options: [
      Option("--dataset", .text("D"), repeatable: true, required: true, "what to read"),
      Option("-k", .integer("N", 1...100), default: "10", "how many"),
      Option("--limit", .integer("N", 1...Int.max), "at most"),
      Option("--batch", .flag, "all at once"),
    ])

  private func parse(_ words: String...) throws(UsageError) -> Arguments { try Arguments(words, of: Self.command) }

  @Test func valuesFlagsDefaultsAndArguments() throws {
    let arguments = try parse("--dataset", "a", "file", "--batch", "--dataset=b=c", "--limit", "7")
    #expect(arguments.all("--dataset") == ["a", "b=c"])
    #expect(arguments.positionals == ["file"])
    #expect(arguments.has("--batch"))
    #expect(arguments.integer("-k") == 10 && arguments.integer("--limit") == 7)
  }

  @Test func whatIsNotGivenAndHasNoDefaultIsAbsent() throws {
    let arguments = try parse("--dataset", "a", "file")
    #expect(!arguments.has("--batch") && arguments.integer("--limit") == nil)
  }

  @Test func afterTwoDashesEverythingStandsAlone() throws {
    #expect(try parse("--dataset", "a", "--", "--batch").positionals == ["--batch"])
  }

  @Test func helpIsWantedWhateverElseIsWrong() throws {
    #expect(try parse("--nonsense", "--help").wantsHelp)
    #expect(try parse("-h").wantsHelp)
  }

  @Test func misspeltOptionsGetASuggestion() {
    let error = #expect(throws: UsageError.self) { try parse("--datset", "a", "file") }
    #expect(error?.description == "unknown option --datset; did you mean --dataset?")
  }

  @Test func aNameLikeNothingGetsTheWholeList() {
    let error = #expect(throws: UsageError.self) { try parse("--zzzzzzzz") }
    #expect(error?.description == "unknown option --zzzzzzzz; options: --dataset, -k, --limit, --batch, --help")
  }

  @Test(arguments: ["0", "101", "ten", "1.5", ""])
  func integersOutOfRangeAreRefusedWithTheRange(value: String) {
    #expect(throws: UsageError.invalidValue(option: "-k", value: value, expected: "an integer, 1…100")) {
      try parse("--dataset", "a", "file", "-k", value)
    }
  }

  @Test func whatTheTableDoesNotAllowIsRefused() {
    #expect(throws: UsageError.missingOption("--dataset")) { try parse("file") }
    #expect(throws: UsageError.missingArgument("FILE")) { try parse("--dataset", "a") }
    #expect(throws: UsageError.unexpectedArgument("more")) { try parse("--dataset", "a", "file", "more") }
    #expect(throws: UsageError.missingValue(option: "--dataset")) { try parse("file", "--dataset") }
    #expect(throws: UsageError.missingValue(option: "--dataset")) { try parse("file", "--dataset", "--batch") }
    #expect(throws: UsageError.unexpectedValue(option: "--batch", value: "yes")) { try parse("--batch=yes") }
    #expect(throws: UsageError.repeatedOption("-k")) { try parse("-k", "1", "-k", "2") }
  }

  @Test func helpNamesEveryOptionItsDefaultAndMeaning() {
    let help = Self.command.help
    #expect(help.contains("usage: recallbench test --dataset D FILE [options]"))
    #expect(help.contains("--dataset D  what to read (required, repeatable)"))
    #expect(help.contains("-k N         how many (default 10)"))
    #expect(help.contains("--help       show this help"))
  }
}
