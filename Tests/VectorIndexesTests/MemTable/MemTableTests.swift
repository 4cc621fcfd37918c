import TestSupport
import Testing
import VectorCore

@testable import VectorIndexes

@Suite struct MemTableTests {
  let fixture = MemTableFixture()

  func ids(_ count: Int, from first: Int = 0) -> [UInt64] { (first..<first + count).map(UInt64.init) }

  // parity: S5.9
  @Test(arguments: [
    (100_000, 8, 1024, 784), (100_000, 8, 1, 100_000), (10, 8, 100, 8), (3, 8, 100, 3), (1, 1, 100, 1),
    (1000, Int.max, 10, 1000),
  ])
  func hasRoomForAMultipleOfTheEvenShare(maxRows: Int, factor: Int, nlist: Int, capacity: Int) throws {
    let configuration = MemTableConfiguration(capacityFactor: factor, maxRows: maxRows)
    #expect(configuration.capacity(nlist: nlist) == capacity)
  }

  // parity: S5.9
  @Test func hasTheDefaultsOfTheParityTable() throws {
    let configuration = MemTableConfiguration()
    #expect(configuration.maxRows == 100_000)
    #expect(configuration.capacityFactor == 8)
    #expect(configuration.freezeRows == nil, "as many as it is laid out for")
    #expect(MemTableConfiguration.batchRows == 8000)
    let declared = try Parameters(declared: MemTableConfiguration.declarations, kind: "memtable")
    #expect(MemTableConfiguration(declared) == configuration)
  }

  /// What a system has no address space for is refused before training, by the name of the parameter.
  @Test(arguments: [
    ["nlist": "1000", "max_rows": "1073741824", "capacity_factor": "1024"],
    ["nlist": "16777216", "max_rows": "1073741824", "capacity_factor": "1048576"],
  ])
  func refusesALayoutThatHasNoRoom(build: [String: String]) throws {
    let error = #expect(throws: IndexError.self) {
      try IndexSetup(MemTableIndex.self, metric: .euclidean, dimension: 128, build: build).make()
    }
    guard case .invalidParameter("max_rows", "1073741824", let expected) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(expected.contains("capacity_factor") && expected.contains(build["nlist"]! + " lists"))
    // A writer over a base that is there refuses it as well, and leaves the base as it was.
    let base = try fixture.makeBase()
    let configuration = MemTableConfiguration(capacityFactor: 1 << 20, maxRows: 1 << 30)
    let wide = try MemTableFixture(dimension: 100_000, nlist: 4, build: ["m": "4"]).makeBase(trainedOn: 20)
    #expect(throws: IndexError.self) { _ = try MemTableWriter(over: wide, configuration: configuration) }
    #expect(try MemTableWriter(over: wide).shared.nextRow == 0)
    #expect(try MemTableWriter(over: base).shared.nextRow == 0)
  }

  @Test(arguments: [
    ("max_rows", MemTableConfiguration(maxRows: 0)), ("max_rows", MemTableConfiguration(maxRows: .max)),
    ("capacity_factor", MemTableConfiguration(capacityFactor: -1)),
    ("freeze_rows", MemTableConfiguration(freezeRows: 0)), ("freeze_bytes", MemTableConfiguration(freezeBytes: -5)),
    ("frozen", MemTableConfiguration(mostFrozen: -1)),
  ])
  func refusesAConfigurationThatCannotBe(name: String, configuration: MemTableConfiguration) throws {
    let base = try fixture.makeBase()
    let error = #expect(throws: IndexError.self) { _ = try MemTableWriter(over: base, configuration: configuration) }
    guard case .invalidParameter(name, _, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  // parity: S5.2
  @Test(arguments: MemTableConfiguration.layouts)
  func fillsWhatIsLaidOutFirstAndNeverFails(configuration: MemTableConfiguration) throws {
    var writer = try MemTableWriter(over: fixture.makeBase(), configuration: configuration)
    let same = Matrix((0..<500).map { _ in fixture.vectors(1, seed: 1).array(0) })
    try writer.insert(ids: ids(500), vectors: same)
    let table = writer.tables[0]
    // All of them are in one partition.
    #expect(table.count == 500)
    #expect(table.overflowCount == max(0, 500 - configuration.capacity(nlist: fixture.nlist)))
    #expect(table.exportPartitions().count == 1)
    #expect(try fixture.find(same.array(0), k: 600, in: writer.shared).map(\.id) == ids(500))
  }

  // parity: S5.6, S5.8
  @Test(arguments: IVFPQIndex.declaration.metrics, ["4", "8"])
  func aPartitionHasItsRowsAndTheirCodes(metric: Metric, nbits: String) throws {
    let fixture = MemTableFixture(
      metric: metric, dimension: 12, build: ["nbits": nbits, "m": nbits == "4" ? "6" : "3"])
    let base = try fixture.makeBase()
    let trained = try base.requireTrained()
    let vectors = fixture.vectors(300, seed: 2)
    // Coded as the base codes its own: residuals are not forgotten.
    let prepared = metric.prepare(vectors, threads: 1)
    let labels = trained.model.quantizer.assign(prepared, threads: 1)
    let codes = trained.model.coder.encode(prepared, labels: labels, threads: 1)
    let codeBytes = 3
    for configuration in MemTableConfiguration.layouts {
      var writer = try MemTableWriter(over: base, configuration: configuration)
      try writer.insert(ids: ids(300, from: 1000), vectors: vectors)
      for list in 0..<fixture.nlist {
        let rows = (0..<300).filter { labels[$0] == list }
        let partition = writer.tables[0].partition(list)
        #expect(partition.rows == rows.map(UInt64.init))
        #expect(partition.ids == rows.map { UInt64($0) + 1000 })
        #expect(partition.codes == rows.flatMap { codes.bytes[$0 * codeBytes..<($0 + 1) * codeBytes] })
      }
      #expect(writer.tables[0].partition(-1).rows.isEmpty)
      #expect(writer.tables[0].partition(fixture.nlist).rows.isEmpty)
    }
  }

  // parity: S5.7
  @Test func exportsForwardAndReversed() throws {
    var writer = try MemTableWriter(over: fixture.makeBase())
    try writer.insert(ids: ids(50), vectors: fixture.vectors(50, seed: 4))
    let table = writer.tables[0]
    let forward = table.exportPartitions()
    #expect(forward.allSatisfy { !$0.rows.isEmpty && table.partition($0.list) == $0 })
    #expect(forward.flatMap(\.rows).sorted() == ids(50))
    for (partition, other) in try zip(forward, table.exportPartitionsReversed(total: 60)) {
      #expect(other.rows == partition.rows.map { 59 - $0 })
      #expect(other.codes == partition.codes)
      #expect(other.ids == partition.ids)
    }
    #expect(try table.exportPartitionsReversed(total: 50).flatMap(\.rows).min() == 0)
    for total in [0, 49] as [UInt64] {
      let error = #expect(throws: IndexError.self) { try table.exportPartitionsReversed(total: total) }
      #expect(error.map { "\($0)".contains("total = \(total)") } == true)
    }
    let empty = try MemTableWriter(over: fixture.makeBase())
    #expect(empty.tables[0].exportPartitions().isEmpty)
    #expect(try empty.tables[0].exportPartitionsReversed(total: 0).isEmpty)
  }

  // parity: S5.4
  @Test(arguments: MemTableConfiguration.layouts)
  func seesTheRowsUpToTheLastAskedFor(configuration: MemTableConfiguration) throws {
    let base = try fixture.makeBase()
    try base.insertBatch(
      ids: ids(40), vectors: fixture.vectors(40, seed: 5), metadata: [], onConflict: .fail, threads: 1)
    var writer = try MemTableWriter(over: base, configuration: configuration)
    let vectors = fixture.vectors(200, seed: 6)
    try writer.insert(ids: ids(200, from: 40), vectors: vectors)
    for maxRow in [39, 40, 41, 100, 238, 239, 240, UInt64.max] {
      let found = try fixture.find(vectors.array(0), k: 300, in: writer.shared, maxRow: maxRow)
      #expect(Set(found.map(\.sequence)) == Set(ids(240).filter { $0 <= maxRow }))
      #expect(zip(found, found.dropFirst()).allSatisfy { $0.precedes($1) })
    }
    // Before the base there is nothing to be seen exactly.
    #expect(throws: IndexError.self) { try fixture.find(vectors.array(0), k: 3, in: writer.shared, maxRow: 38) }
  }

  // parity: S5.5
  @Test func insertsManyBatchesAsOne() throws {
    let vectors = fixture.vectors(90, seed: 7)
    let configuration = MemTableConfiguration(capacityFactor: 1, maxRows: 60, freezeRows: 1000)
    var one = try MemTableWriter(over: fixture.makeBase(), configuration: configuration)
    var many = try MemTableWriter(over: fixture.makeBase(), configuration: configuration)
    for start in stride(from: 0, to: 90, by: 30) {
      try one.insert(ids: ids(30, from: start), vectors: vectors[rows: start..<start + 30])
    }
    let batches = stride(from: 0, to: 90, by: 30).map { (ids(30, from: $0), vectors[rows: $0..<$0 + 30]) }
    #expect(try many.insert(batches: batches) == 90)
    #expect(one.tables[0].exportPartitions() == many.tables[0].exportPartitions())

    // All or nothing over all batches.
    #expect(throws: IndexError.duplicateID(3)) {
      try many.insert(
        batches: [([200], fixture.vectors(1, seed: 8)), ([3], fixture.vectors(1, seed: 8))], onConflict: .fail)
    }
    #expect(throws: IndexError.countMismatch(what: "ids", expected: 30, got: 2)) {
      try many.insert(batches: [([300, 301], vectors[rows: 0..<30])])
    }
    #expect(many.shared.count == 90)
    #expect(many.shared.nextRow == 90)
  }

  /// The estimates, the distances of codes and the exact ones are those of the base index on the same rows.
  @Test(arguments: IVFPQIndex.declaration.metrics, ["4", "8"])
  func answersAsTheBaseWouldWithTheSameRows(metric: Metric, nbits: String) throws {
    let fixture = MemTableFixture(metric: metric, dimension: 24, nlist: 12, build: ["nbits": nbits, "m": "6"])
    let vectors = fixture.vectors(900, seed: 9)
    let (index, base) = (try fixture.makeBase(), try fixture.makeBase())
    try index.insertBatch(ids: ids(900), vectors: vectors, metadata: [], onConflict: .fail, threads: 1)
    try base.insertBatch(ids: ids(200), vectors: vectors[rows: 0..<200], metadata: [], onConflict: .fail, threads: 1)
    let queries = fixture.vectors(4, seed: 10)
    for configuration in MemTableConfiguration.layouts {
      // One after the other, none of which flushes: they may share the base.
      var writer = try MemTableWriter(over: base, configuration: configuration)
      try writer.insert(ids: ids(300, from: 200), vectors: vectors[rows: 200..<500])
      try writer.freeze()
      try writer.insert(ids: ids(400, from: 500), vectors: vectors[rows: 500..<900])
      for (nprobe, refine) in [(12, 1000), (3, 2), (4, 0)] {
        for row in 0..<queries.rows {
          let expected = try index.find(
            queries.array(row), k: 20, parameters: fixture.parameters(nprobe: nprobe, refine: refine))
          let found = try fixture.find(
            queries.array(row), k: 20, in: writer.shared, nprobe: nprobe, refine: refine)
          #expect(found == expected, "nprobe \(nprobe), refine \(refine)")
        }
      }
    }
  }
}
