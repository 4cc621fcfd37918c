import Foundation
import Testing
import VectorCore

@testable import RecallBenchCLI

@Suite struct KernelsCommandTests {
  private let workspace: Workspace

  init() throws { workspace = try Workspace() }

  @Test func theFiguresAreWrittenAsCSV() throws {
    let file = workspace.path + "/kernels.csv"
    let words = ["kernels", "--simd", "scalar", "--dimension", "64", "--quiet", "--csv", file]
    #expect(RecallBench.run(words) == .success)
    let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\r\n").map { line in
      line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    #expect(lines[0].prefix(5) == ["kernel", "simd", "dimension", "level", "ns_per_row"])
    #expect(lines.contains { $0.prefix(4) == ["l2_f32", "scalar", "64", "DRAM"] })
    #expect(lines.allSatisfy { $0.count == lines[0].count })
    // What follows from the times does so, whatever they are: 64 floats a row, three operations a component.
    let scans = lines.filter { $0[0] == "l2_f32" }.map { $0[4...].map { Double($0) ?? .nan } }
    try #require(scans.count == 3)
    for figures in scans {
      let (nanoseconds, gigabytes, gigaflops, share) = (figures[0], figures[1], figures[2], figures[3])
      #expect(nanoseconds > 0 && abs(gigabytes * nanoseconds / 256 - 1) < 1e-9)
      #expect(abs(gigaflops * nanoseconds / 192 - 1) < 1e-9)
      #expect(abs(max(gigabytes / figures[4], gigaflops / figures[5]) / share - 1) < 1e-9)
    }
  }

  @Test(arguments: [["--simd", "sse9"], ["--dimension", "100"], ["--dimension", "32"], ["--dimension", "4096"]])
  func whatCannotBeMeasuredIsRefused(words: [String]) {
    #expect(RecallBench.run(["kernels"] + words) == .usage)
  }

  @Test func aFileThatCannotBeWrittenIsFoundBeforeMeasuring() {
    #expect(RecallBench.run(["kernels", "--csv", workspace.path]) == .failure)
  }

  /// Figures of another instruction set than the one asked for would mislead.
  @Test(arguments: RecallBench.commands.map { $0.description })
  func anInstructionSetThatIsNotHereStopsEveryCommand(command: CommandDescription) throws {
    var words = command.name.split(separator: " ").map(String.init)
    func valid(_ value: OptionValue) -> String {
      switch value {
      case .choice(_, let names): names[0]
      case .integer(_, let range): String(range.lowerBound)
      case .number(_, let range): String(range.lowerBound)
      default: "x"
      }
    }
    words += command.arguments.map { valid($0.value) }
    for option in command.options where option.isRequired { words += [option.name, valid(option.value)] }
    let result = try Workspace.runProgram(words, environment: ["RECALLBENCH_SIMD": "sse9"])
    #expect(result.code == 2 && result.output.isEmpty)
    let sets = Kernels.available.map(\.instructionSet)
    #expect(result.errors.hasPrefix("recallbench: RECALLBENCH_SIMD=sse9 is not available here; use "))
    #expect(result.errors.split(separator: "\n").count == 1 && sets.allSatisfy(result.errors.contains))
  }
}
