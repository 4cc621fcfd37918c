import Foundation
import Testing
import YAML

@testable import RecallBenchCLI

/// The shipped recipes for nights and pull requests.
@Suite struct RecipeTests {
  private static let folder = Document.root.appending(path: "Sources/RecallBenchCLI/RecallBench.docc/Recipes").path(
    percentEncoded: false)

  private func text(_ name: String) throws -> String {
    try String(contentsOfFile: "\(Self.folder)/\(name)", encoding: .utf8)
  }

  @Test(arguments: ["github-nightly.yml", "github-pull-request.yml"])
  func workflowsAreYAMLWithSteps(name: String) throws {
    let root = try YAMLParser.parse(path: "\(Self.folder)/\(name)")
    let jobs = try root.required("jobs").mapping()
    #expect(jobs.count == 1)
    for step in try jobs[0].value.required("steps").sequence() {
      #expect(try step.mapping().contains { ["run", "uses"].contains($0.key) })
    }
  }

  /// Every command line of the program in a recipe is one that it takes.
  @Test(arguments: ["nightly.sh", "github-pull-request.yml"])
  func commandLinesAreTaken(name: String) throws {
    let lines = try text(name).replacing(/\\\n\s*/, with: "").split(separator: "\n")
    let commands = lines.compactMap { line -> [String]? in
      let words = line.split(separator: " ").map { $0.trimmingCharacters(in: ["\""]) }
      guard let first = words.first, first == "$program" || first.hasSuffix("/recallbench") else { return nil }
      // What follows is the shell's; the text of a substitution is one value.
      return words.dropFirst().prefix { $0 != "||" }.filter { $0 != "+%F)" }
    }
    #expect(commands.count >= 2)
    for words in commands {
      let (command, rest) = try RecallBench.find(words)
      #expect(throws: Never.self, "\(words)") { try Arguments(rest, of: command.description) }
    }
  }

  @Test func unitsAreThoseOfSystemd() throws {
    let places = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    guard let program = places.map({ "\($0)/systemd-analyze" }).first(where: FileManager.default.isExecutableFile)
    else { return }
    let workspace = try Workspace()
    for name in ["recallbench-nightly.service", "recallbench-nightly.timer"] {
      // The folder of a clone is another one here.
      let unit = try text(name).replacing("%h/recallbench", with: workspace.path)
      try unit.write(toFile: "\(workspace.path)/\(name)", atomically: true, encoding: .utf8)
    }
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = [
      "verify", "--man=no", "\(workspace.path)/recallbench-nightly.timer",
      "\(workspace.path)/recallbench-nightly.service",
    ]
    let pipe = Pipe()
    process.standardError = pipe
    process.standardOutput = pipe
    try process.run()
    let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    let ours = output.split(separator: "\n").filter { $0.contains("recallbench-nightly") }
    #expect(process.terminationStatus == 0 && ours.isEmpty, "\(output)")
  }
}
