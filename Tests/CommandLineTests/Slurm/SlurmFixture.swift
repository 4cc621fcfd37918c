import Foundation
import Processes
import Testing

/// A Slurm cluster of two nodes inside this machine, started once for all tests of a suite, see
/// Tests/Fixtures/slurm-cluster.sh.
struct SlurmFixture: SuiteTrait, TestScoping {
  private static let script = URL(filePath: #filePath).appending(path: "../../../Fixtures/slurm-cluster.sh")
    .standardizedFileURL

  /// Why there can be no cluster here, in one line; `nil` when there can.
  static let obstacle: String? = {
    guard let answer = try? Workspace.runProgram(["available"], program: script) else { return "there is no bash" }
    return answer.code == 0 ? nil : answer.output.trimmingCharacters(in: .whitespacesAndNewlines)
  }()

  /// Whether to run the tests in which nodes fail, which take a minute; `make slurm` does.
  static let showsFailures = ProcessInfo.processInfo.environment["RECALLBENCH_SLURM_FAILURES"] != nil

  /// The folder of the cluster that runs.
  @TaskLocal static var folder = ""

  /// The variables by which a program finds the cluster.
  static var environment: [String: String] { ["SLURM_CONF": "\(folder)/slurm.conf"] }

  var isRecursive: Bool { false }

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "recallbench-slurm-\(UUID().uuidString)")
      .path(percentEncoded: false)
    let start = try Self.call(["start", folder, "2"])
    defer {
      _ = try? Self.call(["stop", folder])
      try? FileManager.default.removeItem(atPath: folder)
    }
    try #require(start == 0, "the cluster did not start")
    try await Self.$folder.withValue(folder) { try await function() }
  }

  /// Does something to a node, such as `power-loss`.
  static func change(_ words: String...) throws {
    let code = try call([words[0], folder] + words.dropFirst())
    try #require(code == 0, "\(words)")
  }

  /// Not by Foundation's `Process`, which waits for the daemons that the script leaves behind.
  private static func call(_ words: [String]) throws -> Int32 {
    let path = script.path(percentEncoded: false)
    let child = try #require(ChildProcess(program: path, words: words, errors: .dropped))
    guard case .exited(let code) = child.wait() else { return -1 }
    return code
  }

  /// Runs a command of Slurm; its output.
  @discardableResult
  static func slurm(_ words: [String]) throws -> String {
    try Workspace.runProgram(words, environment: environment, program: URL(filePath: "/usr/bin/env")).output
  }

  /// Waits until something is so, for ten minutes at most, because other programs may keep the machine busy.
  static func wait(_ what: String, until isSo: () throws -> Bool) throws {
    for _ in 0..<6_000 {
      if try isSo() { return }
      usleep(100_000)
    }
    Issue.record("waited in vain for \(what)")
  }

  /// Waits until a node takes jobs.
  static func waitUntilIdle(_ node: String) throws {
    try wait("\(node) to be idle") {
      try slurm(["sinfo", "--noheader", "--Node", "--nodes=\(node)", "--format=%T"]).hasPrefix("idle")
    }
  }
}
