import Foundation
import SQLite
import TestSupport
import Testing

@testable import Bench

/// The ledgers of several folders become one.
@Suite struct LedgerMergeTests {
  private let temporary: TemporaryFolder

  init() throws { temporary = try TemporaryFolder() }

  private func path(_ name: String) -> String { "\(temporary.path)/\(name)" }

  /// A run of one folder: its number there, and when it began.
  private struct Made {
    var number: Int
    var seconds: Int
    var efforts = [1]
    var base: Int?
    var isEnded = true
  }

  /// A new folder with runs, their cells and their raw results.
  private func folder(_ name: String, _ runs: [Made]) throws -> String {
    let folder = path(name)
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let ledger = try Ledger(folder: folder)
    for made in runs {
      let cells = made.efforts.map { MadeUpCell(effort: $0, recalls: Array(repeating: 0.9, count: 10)) }
      let fixture = try ComparedRun.fixture(
        in: folder, number: made.number, pairedWith: made.base, tag: "\(name)-\(made.number)",
        unreached: made.isEnded ? nil : 1, cells)
      let run = Ledger.Run(
        number: made.number, started: Date(timeIntervalSince1970: Double(made.seconds)), ended: fixture.run.ended,
        command: "recallbench run", keys: fixture.run.keys, machineAtStart: fixture.run.machineAtStart,
        machineAtEnd: nil, tag: fixture.run.tag, pairedWith: made.base)
      try ledger.add(run, number: made.number, pairedWith: made.base)
      try ledger.record(fixture.records, run: made.number)
    }
    return folder
  }

  private func merge(_ folders: String..., rawResults: LedgerMerge.RawResults = .copied) throws -> Ledger {
    try FileManager.default.createDirectory(atPath: path("all"), withIntermediateDirectories: true)
    try LedgerMerge(folders, locks: true).write(to: path("all"), rawResults: rawResults)
    return try Ledger(reading: path("all"))
  }

  @Test func runsKeepTheirNumbersWhereTheirOrderPermits() throws {
    let one = try folder("one", [Made(number: 1, seconds: 10), Made(number: 4, seconds: 40)])
    let two = try folder("two", [Made(number: 1, seconds: 20), Made(number: 5, seconds: 50)])
    let joined = try merge(one, two)
    #expect(try joined.runs().map { "\($0.number) \($0.tag)" } == ["1 one-1", "2 two-1", "4 one-4", "5 two-5"])
    // The cells of each run are there, with raw results of their own.
    for run in try joined.runs() {
      let records = try joined.records(of: run)
      #expect(records.count == 1)
      #expect(try records[0].rawRounds(in: joined.folder).queries == 10)
    }
    #expect(try FolderResults(latestOf: joined).records.map { $0.measurement?.run } == [5])
  }

  @Test func laterRunsHaveGreaterNumbers() throws {
    let one = try folder("one", [Made(number: 1, seconds: 10), Made(number: 2, seconds: 40)])
    let two = try folder("two", [Made(number: 1, seconds: 5), Made(number: 2, seconds: 30)])
    let joined = try merge(one, two)
    #expect(try joined.runs().map { "\($0.number) \($0.tag)" } == ["1 two-1", "2 one-1", "3 two-2", "4 one-2"])
    let names = temporary.files.filter { $0.hasPrefix("all/results/") }
    #expect(names.count == 4 && Set(names.map { $0.split(separator: "_").last }).count == 4, "\(names)")
  }

  @Test func pairsStayTogether() throws {
    let one = try folder("one", [Made(number: 1, seconds: 10)])
    let two = try folder("two", [Made(number: 1, seconds: 20), Made(number: 2, seconds: 20, base: 1)])
    let runs = try merge(one, two).runs()
    #expect(runs.map(\.tag) == ["one-1", "two-1", "two-2"] && runs.map(\.pairedWith) == [nil, nil, 2])
  }

  @Test func aRunOfSeveralFoldersIsTakenOnceWhereItIsMostComplete() throws {
    let early = try folder("early", [Made(number: 1, seconds: 10), Made(number: 2, seconds: 20, isEnded: false)])
    let late = path("late")
    try FileManager.default.copyItem(atPath: early, toPath: late)
    do {
      let ledger = try Ledger(folder: late)
      let machine = Machine.current(provenance: Provenance(commit: "", cpu: "", system: ""))
      try ledger.endRun(2, machine: machine)
    }
    let merge = try LedgerMerge([early, late, early], locks: true)
    #expect(merge.runs.map(\.number) == [1, 2] && merge.runs.map(\.folder) == [early, late])
    #expect(merge.runs.map(\.alsoIn) == [[late], [early]])
    try FileManager.default.createDirectory(atPath: path("all"), withIntermediateDirectories: true)
    #expect(try merge.write(to: path("all")) == 0)
    #expect(try Ledger(reading: path("all")).runs().allSatisfy { $0.ended != nil })
  }

  @Test func aFolderThatIsMeasuredIntoIsRefused() throws {
    let one = try folder("one", [Made(number: 1, seconds: 10)])
    let lock = try FolderLock(one)
    #expect(throws: LedgerError.inUse(folder: one)) { try LedgerMerge([one], locks: true) }
    #expect(throws: Never.self) { try LedgerMerge([one], locks: false) }
    withExtendedLifetime(lock) {}
  }

  @Test func missingRawResultsAreCountedAndDamagedOnesRefused() throws {
    let one = try folder("one", [Made(number: 1, seconds: 10, efforts: [1, 2])])
    let files = temporary.files.filter { $0.hasPrefix("one/results/") }
    try #require(files.count == 2)
    try FileManager.default.removeItem(atPath: path(files[0]))
    try FileManager.default.createDirectory(atPath: path("all"), withIntermediateDirectories: true)
    #expect(try LedgerMerge([one], locks: true).write(to: path("all")) == 1)
    #expect(try FolderResults(latestOf: Ledger(reading: path("all"))).records.count == 2)
    try Data("no HDF5".utf8).write(to: URL(filePath: path(files[1])))
    try FileManager.default.createDirectory(atPath: path("other"), withIntermediateDirectories: true)
    #expect(throws: LedgerError.self) { try LedgerMerge([one], locks: true).write(to: path("other")) }
  }

  @Test func otherSchemasAndDamageAreRefused() throws {
    let one = try folder("one", [Made(number: 1, seconds: 10)])
    let database = try SQLiteDatabase(path: "\(one)/\(Ledger.fileName)")
    try database.execute("UPDATE cell SET measurement_json = '{}'")
    try FileManager.default.createDirectory(atPath: path("all"), withIntermediateDirectories: true)
    #expect(throws: LedgerError.self) { try LedgerMerge([one], locks: true).write(to: path("all")) }
    try database.setUserVersion(99)
    let error = #expect(throws: LedgerError.self) { try LedgerMerge([one], locks: true) }
    #expect(error?.description.contains("made by a later version (schema 99") == true)
    #expect(throws: LedgerError.nothing(folder: path("none"))) { try LedgerMerge([path("none")], locks: true) }
  }

  @Test func computedNeighboursAreCopied() throws {
    let one = try folder("one", [Made(number: 1, seconds: 10)])
    try FileManager.default.createDirectory(atPath: "\(one)/truth", withIntermediateDirectories: false)
    try Data([1, 2]).write(to: URL(filePath: "\(one)/truth/line-abc.ibin"))
    _ = try merge(one)
    #expect(FileManager.default.contents(atPath: path("all/truth/line-abc.ibin")) == Data([1, 2]))
  }

  @Test func rawResultsMayBeLinked() throws {
    let one = try folder("one", [Made(number: 3, seconds: 10)])
    let joined = try merge(one, rawResults: .linked)
    let record = try #require(try FolderResults(latestOf: joined).records.first)
    #expect(try record.rawRounds(in: joined.folder).queries == 10)
    guard case .measured(_, let file?) = record.outcome else { return }
    let target = try FileManager.default.destinationOfSymbolicLink(atPath: "\(joined.folder)/\(file)")
    #expect(target.hasPrefix(one))
  }
}
