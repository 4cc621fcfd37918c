import Bench
import Testing
import VectorIndexes

@testable import recallbench

@Suite struct RunRequestTests {
  private func request(_ words: String...) throws(UsageError) -> RunRequest {
    try RunRequest(Arguments(["--dataset", "d.hdf5"] + words, of: RunCommand.description))
  }

  @Test func defaultsAreThoseOfTheHelp() throws {
    let request = try request("--index", "flat")
    #expect(request.datasets == ["d.hdf5"])
    #expect(request.options.k == 10 && request.options.rounds == 3 && request.options.threads == 1)
    #expect(request.options.mode == .single && request.options.seed == 0xDEAD_BEEF_CAFE_F00D)
    #expect(request.queries == nil && request.outputPath == "reports/latest")
    #expect(!request.isQuiet && !request.keepsAnswers)
  }

  @Test func everyOptionArrives() throws {
    let request = try request(
      "--index", "ivf-flat", "-k", "5", "--runs", "7", "--threads", "2", "--build-threads", "3", "--queries", "100",
      "--batch", "--seed", "0xFF", "--out", "o", "--raw", "--quiet", "--set", "nlist=16,32", "--set", "nprobe=1,2,4")
    #expect(request.options.k == 5 && request.options.rounds == 7 && request.options.threads == 2)
    #expect(request.options.buildThreads == 3 && request.options.mode == .batch && request.options.seed == 255)
    #expect(request.queries == 100 && request.outputPath == "o" && request.isQuiet && request.keepsAnswers)
    #expect(request.plan.builds.map { $0.parameters.integer("nlist") } == [16, 32])
    #expect(request.plan.builds.allSatisfy { $0.searches.map { $0.integer("nprobe") } == [1, 2, 4] })
  }

  @Test func aSettingNeedNotSuitEveryIndex() throws {
    let request = try request("--index", "flat", "--index", "ivf-flat", "--set", "nprobe=1,2")
    #expect(request.plan.cellCount == 3)
  }

  @Test func anUnknownIndexIsRefusedWithTheNearestName() {
    let error = #expect(throws: UsageError.self) { try request("--index", "ivf-flta") }
    #expect(error?.description.contains("ivf-flat") == true)
  }

  @Test func anUnknownParameterIsRefusedWithTheNearestName() {
    let error = #expect(throws: UsageError.self) { try request("--index", "ivf-flat", "--set", "nprob=4") }
    #expect(error?.description.contains("did you mean nprobe?") == true)
  }

  @Test func aValueOutOfRangeIsRefusedWithTheRange() {
    let error = #expect(throws: UsageError.self) { try request("--index", "ivf-flat", "--set", "nprobe=4,0") }
    #expect(error?.description.contains("nprobe = 0") == true && error?.description.contains("integer") == true)
  }

  @Test(arguments: ["nprobe", "nprobe=", "=4", "nprobe=1,,2", ""])
  func aSettingThatIsNoneIsRefused(text: String) {
    #expect(
      throws: UsageError.invalidValue(
        option: "--set", value: text, expected: "a name and its values, like nprobe=1,2,4")
    ) {
      try request("--index", "ivf-flat", "--set", text)
    }
  }

  @Test func anEmptyFolderIsRefused() {
    #expect(throws: UsageError.invalidValue(option: "--out", value: "''", expected: "a folder")) {
      try request("--index", "flat", "--out", "")
    }
  }

  @Test(arguments: ["-1", "x", "0xZZ", "18446744073709551616"])
  func aSeedThatIsNoneIsRefused(text: String) {
    #expect(throws: UsageError.invalidValue(option: "--seed", value: text, expected: "an integer, 0…\(UInt64.max)")) {
      try request("--index", "flat", "--seed=\(text)")
    }
  }
}
