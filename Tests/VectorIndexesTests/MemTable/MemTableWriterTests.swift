import TestSupport
import Testing
import VectorCore

@testable import VectorIndexes

@Suite struct MemTableWriterTests {
  let fixture = MemTableFixture()

  func ids(_ count: Int, from first: Int = 0) -> [UInt64] { (first..<first + count).map(UInt64.init) }

  @Test func needsATrainedBase() throws {
    let parameters = try Parameters(["nlist": "4"], declared: IVFPQIndex.declaration.build, kind: "ivf-pq")
    let base = try IVFPQIndex(dimension: 8, metric: .euclidean, parameters: parameters, seed: 1)
    #expect(throws: IndexError.notTrained(kind: "ivf-pq")) { _ = try MemTableWriter(over: base) }
  }

  /// The newest version of an id wins, wherever the older ones are: in the base, a frozen memtable or the same one.
  @Test(arguments: MemTableConfiguration.layouts, MemTableFixture.BaseKind.allCases)
  func theNewestVersionWinsOverAllLevels(
    configuration: MemTableConfiguration, base: MemTableFixture.BaseKind
  ) throws {
    let vectors = fixture.vectors(40, seed: 1)
    var writer = try fixture.makeWriter(
      over: base, configuration, holding: vectors[rows: 0..<10],
      metadata: Array(repeating: ["level": .text("base")], count: 10))
    func rows(_ maxRow: UInt64? = nil, _ filter: Filter? = nil) throws -> [UInt64: UInt64] {
      let found = try fixture.find(vectors.array(0), k: 100, in: writer.shared, maxRow: maxRow, filter: filter)
      return Dictionary(uniqueKeysWithValues: found.map { ($0.id, $0.sequence) })
    }
    // Rows 10 to 14: id 0 twice, ids 1 and 20, 21 once.
    let added = try writer.insert(ids: [0, 1, 20, 0, 21], vectors: vectors[rows: 10..<15])
    #expect(added == 2)
    try writer.freeze()
    // Row 15 removes an id of the base, 16 one of the frozen memtable.
    let removed = try [2, 20, 2, 99].map { try writer.remove(id: $0) }
    #expect(removed == [true, true, false, false])
    let newer = try writer.insert(
      ids: [1, 2], vectors: vectors[rows: 15..<17], metadata: [["level": .text("fresh")], [:]])
    #expect(newer == 1)
    #expect(writer.shared.count == 11)
    #expect(writer.shared.nextRow == 19)

    let untouched = Dictionary(uniqueKeysWithValues: ids(10).dropFirst(3).map { ($0, $0) })
    #expect(try rows() == untouched.merging([0: 13, 1: 17, 2: 18, 21: 14]) { _, new in new })
    #expect(try rows(9) == Dictionary(uniqueKeysWithValues: ids(10).map { ($0, $0) }))
    // Searches may stop in the middle of a batch.
    #expect(try rows(11) == untouched.merging([0: 10, 1: 11, 2: 2]) { _, new in new })
    #expect(try rows(14) == untouched.merging([0: 13, 1: 11, 2: 2, 20: 12, 21: 14]) { _, new in new })
    #expect(try rows(15) == untouched.merging([0: 13, 1: 11, 20: 12, 21: 14]) { _, new in new })
    #expect(try rows(16) == untouched.merging([0: 13, 1: 11, 21: 14]) { _, new in new })
    // Metadata is the version's own.
    #expect(try rows(nil, .equal("level", .text("fresh"))) == [1: 17])
    #expect(try rows(nil, .equal("level", .text("base"))) == untouched)
    #expect(try rows(9, .equal("level", .text("base"))).count == 10)
  }

  @Test func freezesAtItsLimitOfRows() throws {
    let configuration = MemTableConfiguration(maxRows: 64, freezeRows: 20, mostFrozen: 100)
    var writer = try MemTableWriter(over: fixture.makeBase(), configuration: configuration)
    try writer.insert(ids: ids(19), vectors: fixture.vectors(19, seed: 1))
    #expect(writer.tables.map(\.count) == [19])
    try writer.insert(ids: [19], vectors: fixture.vectors(1, seed: 4))
    #expect(writer.tables.map(\.count) == [20, 0], "a full memtable does not wait for the next row")
    try writer.insert(ids: ids(50, from: 20), vectors: fixture.vectors(50, seed: 2))
    #expect(writer.tables.map(\.count) == [20, 20, 20, 10])
    try writer.freeze()
    try writer.freeze()
    #expect(writer.tables.map(\.count) == [20, 20, 20, 10, 0], "an empty memtable is not frozen")
    #expect(try fixture.find(fixture.vectors(1, seed: 3).array(0), k: 100, in: writer.shared).count == 70)
  }

  @Test func freezesAtItsLimitOfBytes() throws {
    let configuration = MemTableConfiguration(maxRows: 1000, freezeBytes: 30_000, mostFrozen: 100)
    var writer = try MemTableWriter(over: fixture.makeBase(), configuration: configuration)
    try writer.insert(ids: ids(1000), vectors: fixture.vectors(1000, seed: 1))
    #expect(writer.tables.count > 1)
    for table in writer.tables.dropLast() {
      #expect(table.memoryBytes >= 30_000)
      #expect(table.memoryBytes < 60_000)
    }
  }

  /// With one frozen memtable more than may wait, all go into the base.
  @Test func flushesWhenTooManyAreFrozen() throws {
    let configuration = MemTableConfiguration(maxRows: 10, mostFrozen: 2)
    let base = try fixture.makeBase()
    var writer = try MemTableWriter(over: base, configuration: configuration)
    try writer.insert(ids: ids(29), vectors: fixture.vectors(29, seed: 1))
    #expect(base.count == 0)
    #expect(writer.tables.map(\.count) == [10, 10, 9])
    try writer.insert(ids: [29], vectors: fixture.vectors(1, seed: 2))
    #expect(base.count == 30)
    #expect(writer.tables.map(\.count) == [0])
  }

  /// Levels that have been replaced stay as long as a reader looks at them, and no longer.
  @Test func freesLevelsWhenTheLastReaderLeaves() throws {
    var writer = try MemTableWriter(over: fixture.makeBase())
    try writer.insert(ids: ids(20), vectors: fixture.vectors(20, seed: 1))
    let scratch = try #require(writer.shared.makeScratch() as? MemTableScratch)
    weak let old = writer.tables[0]
    weak let levels = writer.levels
    scratch.slot.pinned.store(Unmanaged.passUnretained(try #require(levels)), ordering: .sequentiallyConsistent)
    try writer.freeze()
    try writer.flush()
    #expect(old != nil, "a reader is looking at it")
    scratch.slot.pinned.store(nil, ordering: .sequentiallyConsistent)
    writer.shared.reclaim()
    #expect(old == nil && levels == nil)
  }

  /// Readers' slots are used again, so that the writer's look at them stays short.
  @Test func usesSlotsAgain() throws {
    let writer = try MemTableWriter(over: fixture.makeBase())
    var seen: Set<ObjectIdentifier> = []
    for _ in 0..<10 {
      let scratch = try #require(writer.shared.makeScratch() as? MemTableScratch)
      seen.insert(ObjectIdentifier(scratch.slot))
    }
    #expect(seen.count == 1)
  }

  @Test func statisticsTellRowsAndOverflow() throws {
    let setup = MemTableIndexTests().setup(
      .euclidean, ["max_rows": "12", "capacity_factor": "1", "freeze_rows": "5000"])
    let index = try setup.makeFilled(with: setup.vectors(300, seed: 1))
    #expect(index.statistics.figures["memtable_rows"] == 300)
    #expect(index.statistics.figures["overflow_rows"] == 288)
    #expect(index.clusterSizes.reduce(0, +) == 300)
    #expect(index.clusterSizes.count == 12)
    #expect(index.statistics.figures["memtables"] == 1 && index.statistics.figures["flush_rows"] == 0)
  }

  @Test func statisticsTellWhatAFlushWouldWrite() throws {
    func figures(frozen: String, removing id: UInt64) throws -> [String: Double] {
      let setup = MemTableIndexTests().setup(.euclidean, ["freeze_rows": "100", "frozen": frozen])
      let index = try setup.makeFilled(with: setup.vectors(250, seed: 1))
      try index.remove(id: id)
      return index.statistics.figures.filter { ["memtables", "flush_rows", "superseded_rows"].contains($0.key) }
    }
    #expect(try figures(frozen: "4", removing: 5) == ["memtables": 3, "flush_rows": 199, "superseded_rows": 0])
    #expect(try figures(frozen: "0", removing: 5) == ["memtables": 1, "flush_rows": 0, "superseded_rows": 1])
  }
}
