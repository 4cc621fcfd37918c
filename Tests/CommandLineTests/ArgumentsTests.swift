import Bench
import Testing

@testable import RecallBenchCLI

@Suite struct ArgumentsTests {
  private static let command = CommandDescription(
    "test", "a command", arguments: [Argument(.file("FILE"), "what to look at")],
    options: [
      Option("--dataset", .dataset("D"), given: .list, required: true, "what to read"),
      Option("-k", .integer("N", 1...100), default: "10", "how many"),
      Option("--limit", .integer("N", 1...Int.max), "at most"),
      Option("--batch", .flag, "all at once"),
      Option("--threads", .integer("N", 1...64), given: .list, default: "1,2", "threads"),
      Option("--set", .setting("NAME=V"), given: .repeated, "a parameter"),
      Option("--at", .number("R", 0...1), given: .list, "recalls"),
      Option("--timeout", .seconds("TIME"), "time"),
      Option("--memory", .bytes("SIZE"), "memory"),
      Option("--format", .choice("FORMAT", ["text", "csv", "json"]), default: "text", "how it is written"),
      Option("--datasets", .folder("DIR"), default: "datasets", variable: "TEST_DATASETS", "where datasets are"),
    ], examples: [])

  private func parse(_ words: String...) throws(UsageError) -> Arguments {
    try Arguments(words, of: Self.command, environment: [:])
  }

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
    #expect(
      error?.description
        == "unknown option --zzzzzzzz; options: --dataset, -k, --limit, --batch, --threads, --set, --at, "
        + "--timeout, --memory, --format, --datasets, --help")
  }

  @Test(arguments: ["0", "101", "ten", "1.5", "1k"])
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

  @Test func emptyValuesAreWrittenAsQuotes() {
    #expect(throws: UsageError.invalidValue(option: "-k", value: "''", expected: "an integer, 1…100")) {
      try parse("--dataset", "a", "file", "-k", "")
    }
  }

  // MARK: - Lists

  @Test func listsTakeCommasAndRepetition() throws {
    let arguments = try parse("--dataset", "a,b", "--dataset=c", "file", "--threads", "4,8", "--threads", "16")
    #expect(arguments.all("--dataset") == ["a", "b", "c"])
    #expect(arguments.integers("--threads") == [4, 8, 16])
    #expect(try parse("--dataset", "a", "file", "--at", "0.9,1").numbers("--at") == [0.9, 1])
  }

  @Test func defaultsOfListsAreLists() throws {
    #expect(try parse("--dataset", "a", "file").integers("--threads") == [1, 2])
  }

  @Test func aBackslashMakesACommaPartOfAValue() throws {
    let arguments = try parse("--dataset", #"my\,data.hdf5,b\c"#, "--dataset", #"\,"#, "file")
    #expect(arguments.all("--dataset") == ["my,data.hdf5", #"b\c"#, ","])
  }

  @Test func noValueOfAListCountsTwice() throws {
    #expect(try parse("--dataset", "a,b,a", "--dataset", "b", "file").all("--dataset") == ["a", "b"])
  }

  @Test func commasOfRepeatedOptionsBelongToTheirValues() throws {
    let arguments = try parse("--dataset", "a", "file", "--set", "x=1,2", "--set", "x=1,2")
    #expect(arguments.all("--set") == ["x=1,2", "x=1,2"])
  }

  @Test(arguments: ["", ",", "a,", ",a", "a,,b"]) func emptyValuesOfListsAreRefused(text: String) {
    let expected = "values, and one comma between two of them"
    #expect(
      throws: UsageError.invalidValue(option: "--dataset", value: text.isEmpty ? "''" : text, expected: expected)
    ) {
      try parse("--dataset=\(text)", "file")
    }
  }

  @Test func eachValueOfAListIsChecked() {
    #expect(throws: UsageError.invalidValue(option: "--threads", value: "65", expected: "an integer, 1…64")) {
      try parse("--dataset", "a", "file", "--threads", "1,65")
    }
    #expect(throws: UsageError.invalidValue(option: "--at", value: "1.5", expected: "a number, 0…1")) {
      try parse("--dataset", "a", "file", "--at", ".9,1.5")
    }
  }

  // MARK: - Units and choices

  @Test func timesSizesAndCountsTakeUnits() throws {
    let arguments = try parse("--dataset", "a", "file", "--timeout", "5min", "--memory", "4G", "--limit", "10M")
    #expect(arguments.seconds("--timeout") == 300 && arguments.bytes("--memory") == 4 << 30)
    #expect(arguments.integer("--limit") == 10_000_000)
  }

  @Test(arguments: [
    ("--timeout", "5x", Quantity.secondsExpected), ("--memory", "4X", Quantity.bytesExpected),
    ("--format", "xml", "text, csv, json"),
  ])
  func aMistakeNamesTheOptionTheValueAndTheRemedy(option: String, value: String, expected: String) {
    #expect(throws: UsageError.invalidValue(option: option, value: value, expected: expected)) {
      try parse("--dataset", "a", "file", option, value)
    }
  }

  // MARK: - The environment

  @Test func aVariableStandsForAnOptionThatIsNotGiven() throws {
    func folder(_ words: [String], _ value: String) throws -> String? {
      let words = ["--dataset", "a", "file"] + words
      return try Arguments(words, of: Self.command, environment: ["TEST_DATASETS": value]).text("--datasets")
    }
    #expect(try folder([], "/data") == "/data")
    #expect(try folder(["--datasets", "here"], "/data") == "here")
    #expect(try folder([], "") == "datasets")
  }
}
