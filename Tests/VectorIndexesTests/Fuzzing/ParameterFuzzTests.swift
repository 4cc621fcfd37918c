import Foundation
import TestSupport
import Testing

@testable import VectorIndexes

@Suite struct ParameterFuzzTests {
  /// How many seconds one trial may take before it counts as hanging.
  private static let mostSeconds: UInt32 = 300

  /// 200 random valid builds of all indexes, or 5000 with RECALLBENCH_LONG=1: none crashes, hangs or answers wrongly.
  ///
  /// They run in a process of their own, which notes each trial before it begins.
  @Test func everyValidParameterIsAnsweredOrRefused() async throws {
    let folder = try TemporaryFolder()
    let trials = ProcessInfo.processInfo.environment["RECALLBENCH_LONG"] == "1" ? 5000 : 200
    let note = "\(folder.path)/trial"
    let result = await #expect(processExitsWith: .success) {
      [folder = folder.path as String, note = note as String, trials = trials as Int] in
      var (searched, failed) = (0, 0)
      for seed in 0..<UInt64(trials) {
        var trial = ParameterTrial(seed: seed)
        try "\(trial)".write(toFile: note, atomically: false, encoding: .utf8)
        alarm(ParameterFuzzTests.mostSeconds)
        do {
          if try trial.run(in: folder) == .searched { searched += 1 }
        } catch {
          failed += 1
          Issue.record("\(error) — \(trial)")
        }
        try? FileManager.default.removeItem(atPath: "\(folder)/\(seed).lmdb")
        guard failed < 10 else { break }
      }
      print("\(trials) builds, \(searched) of them trained and searched, \(failed) failed")
      // Most have to get as far as that, or the trial shows little.
      #expect(searched > trials * 6 / 10)
    }
    if result == nil { Issue.record("the trial that ended the process: \(try folder.text("trial"))") }
  }
}
