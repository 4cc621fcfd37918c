import Datasets
import Foundation
import TestSupport
import Testing

@testable import Bench

@Suite struct WorkFolderTests {
  private let temporary: TemporaryFolder
  private let folder: WorkFolder

  init() throws {
    temporary = try TemporaryFolder()
    folder = WorkFolder("\(temporary.path)/work")
    try folder.create()
    try "one".write(toFile: "\(temporary.path)/answers", atomically: true, encoding: .utf8)
  }

  private func result(node: String = "n1", job: String = "1_0") -> WorkResult {
    WorkResult(
      attempt: WorkAttempt(number: 0, node: node, job: job, restart: 0), node: nil, files: ["answers"])
  }

  @Test func theFirstResultStaysAndLaterOnesAreKeptAside() throws {
    #expect(folder.published().isEmpty)
    #expect(try folder.publish(result(), from: temporary.path) == "\(folder.path)/results/0")
    try "two".write(toFile: "\(temporary.path)/answers", atomically: true, encoding: .utf8)
    let second = try folder.publish(result(node: "n2"), from: temporary.path)
    #expect(second == "\(folder.path)/results/0.n2.1_0.0" && folder.duplicates(0) == [second])
    #expect(folder.published() == [0])
    #expect(try folder.readResult(at: folder.result(0)).attempt.node == "n1")
    #expect(try String(contentsOfFile: "\(folder.path)/results/0/answers", encoding: .utf8) == "one")
    // Nothing hidden is left.
    let names = try FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/results").sorted()
    #expect(names == ["0", "0.n2.1_0.0"])
  }

  @Test func aChangedOrMissingFileIsFound() throws {
    try folder.publish(result(), from: temporary.path)
    let file = "\(folder.path)/results/0/answers"
    try "ONE".write(toFile: file, atomically: true, encoding: .utf8)
    #expect { _ = try folder.readResult(at: folder.result(0)) } throws: { "\($0)".contains("answers: changed since") }
    try FileManager.default.removeItem(atPath: file)
    #expect { _ = try folder.readResult(at: folder.result(0)) } throws: { "\($0)".contains("answers: missing") }
    folder.setAside(0)
    #expect(folder.published().isEmpty && folder.duplicates(0).isEmpty)
    // A result of nothing is none.
    try FileManager.default.createDirectory(atPath: folder.result(0), withIntermediateDirectories: false)
    #expect(throws: ClusterError.self) { _ = try folder.readResult(at: folder.result(0)) }
  }

  @Test func attemptsAreCountedAndForgotten() throws {
    for (node, restart) in [("n1", 0), ("n2", 1)] {
      let attempt = WorkAttempt(number: 3, node: node, job: "9_3", restart: restart)
      try attempt.begin(in: folder)
      #expect(folder.progress(of: attempt) == nil)
      attempt.tell("building", in: folder)
      #expect(folder.progress(of: attempt) == "building")
    }
    try WorkAttempt(number: 30, node: "n1", job: "9_30", restart: 0).begin(in: folder)
    #expect(folder.attempts(3).map(\.node) == ["n1", "n2"])
    folder.forgetAttempts(3)
    #expect(folder.attempts(3).isEmpty && folder.attempts(30).count == 1)
  }

  @Test func aFileThatIsSeenLateIsWaitedFor() throws {
    let path = folder.orderFile(7)
    #expect(throws: ClusterError.self) { let _: WorkFolder.Order = try WorkFolder.readLate(path, patience: .zero) }
    let other = folder
    Thread.detachNewThread {
      usleep(300_000)
      try? WorkFolder.write(WorkFolder.Order(number: 7, builds: []), to: other.orderFile(7))
    }
    let order: WorkFolder.Order = try WorkFolder.readLate(path, patience: .seconds(60))
    #expect(order.number == 7)
  }

  @Test func anotherVersionIsRefused() throws {
    var description = WorkFolder.Description(name: "x", run: 1, programSHA256: "")
    try WorkFolder.write(description, to: folder.descriptionFile())
    #expect(try folder.description() == description)
    description.version = 99
    try WorkFolder.write(description, to: folder.descriptionFile())
    #expect { _ = try folder.description() } throws: {
      "\($0)".contains("work of version 99, and this program knows 1")
    }
  }

  @Test func twoResultsWithOtherAnswersAreAnErrorThatNamesBoth() throws {
    var sweep = Sweep()
    sweep.rounds = 1
    sweep.indexes = .variants([try IndexVariant(Subject(ExactIndex.self))])
    let runner = SweepRunner(
      try SweepPlan(sweep, datasets: [.fixture()]), ledger: try Ledger(folder: temporary.path),
      supervisor: Supervisor(.here), provenance: Provenance(commit: "", cpu: "", system: ""))
    let side = ClusterRecording.Side(
      side: .head, keys: runner.keys,
      recording: Recording(ledger: runner.ledger, run: 1, kept: [], disturbances: []), known: [:],
      identity: { runner.identity($0, run: 1) })
    let recording = ClusterRecording(plan: runner.plan, ledger: runner.ledger, sides: [side]) { [] }
    let collector = ClusterCollector(recording, folder: folder) { _ in }
    func publish(_ node: String, answers: String) throws {
      let cell = WorkResult.Cell(
        key: runner.keys[0][0], status: .ok, error: "", measurement: try .fixture(), rawFile: nil, finished: Date(),
        answers: answers)
      let attempt = WorkAttempt(number: 0, node: node, job: "1_0", restart: 0)
      try folder.publish(WorkResult(attempt: attempt, node: nil, cells: [cell]), from: temporary.path)
    }
    try publish("n1", answers: "a")
    try publish("n2", answers: "a")
    try collector.checkDuplicates()
    try publish("n3", answers: "b")
    #expect { try collector.checkDuplicates() } throws: { error in
      "\(error)".contains("results/0 and \(folder.path)/results/0.n3.1_0.0 found different neighbours")
    }
  }
}
