import Bench
import Testing
import VectorIndexes

@testable import RecallBenchCLI

@Suite struct SweepRequestTests {
  private func request(_ words: String...) throws(UsageError) -> SweepRequest {
    try SweepRequest(Arguments(["--dataset", "d.hdf5"] + words, of: RunCommand.description))
  }

  private func variants(_ request: SweepRequest) -> [IndexVariant] {
    if case .variants(let variants) = request.sweep.indexes { variants } else { [] }
  }

  @Test func defaultsAreThoseOfTheHelp() throws {
    let sweep = try request("--index", "flat").sweep
    #expect(sweep.datasets == ["d.hdf5"])
    #expect(sweep.ks == [10] && sweep.rounds == 3 && sweep.builds == 1 && sweep.threads == [1])
    #expect(sweep.modes == [.single] && sweep.seed == 0xDEAD_BEEF_CAFE_F00D)
    #expect(sweep.queries == nil && sweep.limits == .initial)
  }

  @Test func everyOptionArrives() throws {
    let request = try request(
      "--index", "ivf-flat", "-k", "5,7", "--runs", "7", "--threads", "2", "--threads", "1",
      "--build-threads", "3", "--queries", "100", "--builds", "4", "--batch", "--seed", "0xFF", "--timeout", "5min",
      "--memory", "1G", "--limit", "1k", "--set", "nlist=16,32", "--set", "nprobe=1,2,4")
    let sweep = request.sweep
    #expect(sweep.ks == [5, 7] && sweep.rounds == 7 && sweep.threads == [2, 1] && sweep.builds == 4)
    #expect(sweep.buildThreads == 3 && sweep.modes == [.batch] && sweep.seed == 255 && sweep.queries == 100)
    #expect(sweep.rows == 1000)
    #expect(sweep.limits == Limits(seconds: 300, memoryBytes: 1 << 30))
    #expect(variants(request).map { $0.builds.map { $0.integer("nlist") } } == [[16, 32]])
    #expect(variants(request).map { $0.searches.map { $0.integer("nprobe") } } == [[1, 2, 4]])
  }

  @Test func severalDatasetsAndIndexesAreOneList() throws {
    let request = try request("--dataset", #"e.hdf5,f\,g.hdf5"#, "--index", "flat,ivf-flat")
    #expect(request.sweep.datasets == ["d.hdf5", "e.hdf5", "f,g.hdf5"])
    #expect(variants(request).map(\.name) == ["flat", "ivf-flat"])
  }

  @Test func flagsReplaceWhatAFileSays() throws {
    let workspace = try Workspace()
    let file = "\(workspace.path)/s.yml"
    try "{datasets: [x], k: [3, 4], runs: 9, queries: 5, indexes: {flat: }}".write(
      toFile: file, atomically: true, encoding: .utf8)
    let sweep = try request(file, "-k", "8", "--queries", "2").sweep
    #expect(sweep.datasets == ["d.hdf5"] && sweep.ks == [8] && sweep.rounds == 9 && sweep.queries == 2)
    #expect(throws: UsageError.excludedOption("--index", by: file)) { try request(file, "--index", "flat") }
    let alone = try SweepRequest(Arguments([file], of: PlanCommand.description)).sweep
    #expect(alone.datasets == ["x"] && alone.ks == [3, 4])
  }

  @Test func aFileThatIsNoSweepIsRefusedWithItsPlace() {
    let error = #expect(throws: UsageError.self) { try request("/no/such.yml") }
    #expect(error?.description.hasPrefix("/no/such.yml: cannot be read") == true)
  }

  @Test func whatToMeasureMustBeSaid() {
    #expect(throws: UsageError.missingOption("--dataset or --train")) {
      try SweepRequest(Arguments(["--index", "flat"], of: RunCommand.description))
    }
    #expect(throws: UsageError.self) { try request() }
  }

  @Test func aSettingNeedNotSuitEveryIndex() throws {
    let request = try request("--index", "flat", "--index", "ivf-flat", "--set", "nprobe=1,2")
    #expect(variants(request).map(\.searches.count) == [1, 2])
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
      try Arguments(["--out", ""], of: RunCommand.description)
    }
  }

  @Test(arguments: ["-1", "x", "0xZZ", "18446744073709551616"])
  func aSeedThatIsNoneIsRefused(text: String) {
    #expect(throws: UsageError.invalidValue(option: "--seed", value: text, expected: "an integer, 0…\(UInt64.max)")) {
      try request("--index", "flat", "--seed=\(text)")
    }
  }
}
