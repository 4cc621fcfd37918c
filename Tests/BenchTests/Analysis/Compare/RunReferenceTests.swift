import Foundation
import TestSupport
import Testing

@testable import Bench

@Suite struct RunReferenceTests {
  private let temporary: TemporaryFolder

  /// Five runs: two of commit abcd1 (one of them tagged), an unfinished one, one tagged again, one of another commit.
  init() throws {
    temporary = try TemporaryFolder()
    let ledger = try Ledger(folder: temporary.path)
    for (commit, tag, ends) in [
      ("abcd1", "night", true), ("abcd1", "", true), ("abcd1", "night", false), ("1234567", "night", true),
      ("beef", "", true),
    ] {
      let machine = Machine.current(provenance: Provenance(commit: commit, cpu: "", system: ""))
      let run = try ledger.beginRun(command: "test", keys: [], machine: machine, tag: tag)
      if ends { try ledger.endRun(run, machine: machine) }
    }
  }

  private func found(_ text: String) throws -> Int { try RunReference(text).find(in: temporary.path).run.number }

  @Test(arguments: [
    ("latest", 5), ("latest~1", 4), ("latest~2", 2), ("3", 3), ("night", 4), ("night~1", 1), ("abcd", 3),
    ("abcd1~1", 2), ("1234567", 4), ("beef", 5),
  ])
  func everyWayToNameARun(text: String, number: Int) throws {
    #expect(try found(text) == number)
    #expect(try RunReference("\(temporary.path)@\(text)").find(in: "/no/such").run.number == number)
  }

  @Test func aNightThatWasKilledIsNotPassedOver() throws {
    let ledger = try Ledger(folder: temporary.path)
    let machine = Machine.current(provenance: Provenance(commit: "beef", cpu: "", system: ""))
    for _ in 0..<2 { _ = try ledger.beginRun(command: "killed", keys: [], machine: machine, tag: "night") }
    #expect(try found("latest") == 7 && found("latest~1") == 5 && found("latest~2") == 4)
    #expect(try found("night") == 7 && found("night~1") == 4 && found("beef") == 7 && found("beef~1") == 5)
  }

  @Test func aFolderIsItsLatestRun() throws { #expect(try found(temporary.path) == 5) }

  @Test func whatThereIsNotIsToldWithWhatThereIs() throws {
    for text in ["latest~4", "abc", "9", "day", "night~2"] {
      #expect(throws: CompareError.noRun(text, folder: temporary.path, finished: [1, 2, 4, 5])) { try found(text) }
    }
    for text in ["", "~1", "latest~x", "a~1~2", "@latest"] {
      #expect(throws: CompareError.reference(text)) { try found(text) }
    }
    #expect(throws: CompareError.ledger(.nothing(folder: "/no/such"))) { try found("/no/such") }
  }

  @Test func tagsMeanNothingElse() {
    #expect(RunReference.isTag("night-2026.11") && RunReference.isTag("v1"))
    for text in ["", "latest", "12", "a b", "a~1", "a/b", "a@b"] { #expect(!RunReference.isTag(text), "\(text)") }
  }
}
