import TestSupport
import Testing
import VectorCore

@testable import VectorIndexes

@Suite struct FrozenCodesTests {
  /// Lists that do not fill their blocks, and overflows of both kinds.
  static let layouts = MemTableConfiguration.Overflow.allCases.map {
    MemTableConfiguration(overflow: $0, capacityFactor: 1, maxRows: 60, freezeRows: 1 << 20, mostFrozen: 100)
  }

  func ids(_ rows: Range<Int>) -> [UInt64] { rows.map(UInt64.init) }

  /// A writer with memtables of these numbers of rows, and an empty one that is being filled.
  func makeWriter(
    _ fixture: MemTableFixture, _ configuration: MemTableConfiguration, freezing sizes: [Int]
  ) throws -> MemTableWriter {
    var writer = try MemTableWriter(over: fixture.makeBase(), configuration: configuration)
    let vectors = fixture.vectors(sizes.reduce(0, +), seed: 2)
    var next = 0
    for size in sizes {
      try writer.insert(ids: ids(next..<next + size), vectors: vectors[rows: next..<next + size])
      try writer.freeze()
      next += size
    }
    return writer
  }

  @Test(arguments: layouts, ["4", "8"])
  func haveTheRowsAndCodesOfTheirMemtables(configuration: MemTableConfiguration, nbits: String) throws {
    let fixture = MemTableFixture(dimension: 12, build: ["nbits": nbits, "m": nbits == "4" ? "6" : "3"])
    let writer = try makeWriter(fixture, configuration, freezing: [250, 37, 300, 41, 9])
    let (frozen, shape) = (writer.levels.frozen, writer.levels.tables[0].layout.shape)
    #expect(frozen.flatMap(\.tables).map(ObjectIdentifier.init) == writer.tables.dropLast().map(ObjectIdentifier.init))
    var number = 0
    for part in frozen {
      for list in 0..<fixture.nlist {
        let (view, list32) = (part.view, UInt32(list))
        let rows = (0..<view.count(of: list32)).map { view.rows(of: list32)[$0] }
        let codes = CodedRows(
          list: list32, count: rows.count, blocks: view.blocks(of: list32), shape: shape, origins: nil
        ).codes
        var visited: [MemTable.VisitedRow] = []
        var code: [UInt8] = []
        for table in part.tables {
          table.forEachRow(of: list) { row in
            visited.append(row)
            code += UnsafeBufferPointer(start: row.code, count: shape.codeBytes)
          }
        }
        #expect(codes.bytes == code)
        #expect(codes.corrections == visited.map(\.correction))
        #expect(rows.map(\.row) == visited.map { $0.entry.pointee.row })
        #expect(rows.map(\.id) == visited.map { $0.entry.pointee.id })
        #expect(rows.map(\.entry) == visited.map(\.entry) && rows.map(\.vector) == visited.map(\.vector))
        number += rows.count
      }
    }
    #expect(number == 637)
  }

  /// Equal memtables are in one part, and many of them in few parts; no codes are merged again for little.
  @Test func areInFewParts() throws {
    let configuration = MemTableConfiguration(maxRows: 60, freezeRows: 1 << 20, mostFrozen: 1000)
    func counts(_ sizes: [Int]) throws -> [Int] {
      try makeWriter(MemTableFixture(), configuration, freezing: sizes).levels.frozen.map(\.count)
    }
    #expect(try counts([20, 20, 20, 20]) == [80])
    #expect(try counts([20, 20, 20, 20, 20, 20]) == [100, 20])
    #expect(try counts([81, 20]) == [81, 20])
    let many = try counts(Array(repeating: 20, count: 100))
    #expect(zip(many, many.dropFirst()).allSatisfy { $0 > 4 * $1 })
    #expect(many.reduce(0, +) == 2000)
  }

  /// Parts are used again as long as all of their memtables wait for a flush.
  @Test func areUsedAgain() throws {
    let writer = try makeWriter(
      MemTableFixture(), MemTableConfiguration(maxRows: 60, mostFrozen: 100), freezing: [60, 60, 60, 8])
    let tables = writer.tables
    let old = writer.levels.frozen
    #expect(old.map(\.tables.count) == [3, 1])
    let same = FrozenCodes.merged(tables[0..<4], reusing: old)
    #expect(same.map(ObjectIdentifier.init) == old.map(ObjectIdentifier.init))
    // A flush that ends within a part leaves the later memtables of that part.
    let left = FrozenCodes.merged(tables[2..<4], reusing: old)
    #expect(left.map(\.count) == [60, 8] && left[1] === old[1])
    #expect(left[0].tables.count == 1 && left[0].tables[0] === tables[2])
    #expect(FrozenCodes.merged(tables[4..<4], reusing: old).isEmpty)
  }

  /// They count as memory, and are freed with the levels.
  @Test func areCountedAndFreed() throws {
    let configuration = MemTableConfiguration(maxRows: 60, freezeRows: 1 << 20, mostFrozen: 100)
    var writer = try makeWriter(MemTableFixture(), configuration, freezing: [50, 50])
    weak let part = writer.levels.frozen.first
    let bytes = try #require(part?.memoryBytes)
    #expect(bytes >= 100 * MemoryLayout<FrozenCodes.Row>.stride)
    do {
      let levels = writer.levels
      #expect(
        levels.memoryBytes == bytes + levels.base.memoryBytes + levels.tables.reduce(0) { $0 + $1.memoryBytes })
      try writer.flush()
      #expect(writer.levels.frozen.isEmpty)
      withExtendedLifetime(levels) { #expect(part != nil, "the levels are held") }
    }
    #expect(part == nil)
  }

  /// Searches find the same, bit by bit, whether rows are in one memtable or in merged ones.
  @Test(arguments: layouts, [("4", "f32"), ("8", "f32"), ("4", "none")])
  func answerAsOneMemtable(configuration: MemTableConfiguration, build: (nbits: String, store: String)) throws {
    let fixture = MemTableFixture(
      dimension: 24, nlist: 12, build: ["nbits": build.nbits, "m": "6", "refine_store": build.store])
    let vectors = fixture.vectors(900, seed: 9)
    var one = try MemTableWriter(over: fixture.makeBase(), configuration: configuration)
    var many = try MemTableWriter(over: fixture.makeBase(), configuration: configuration)
    func write(_ body: (inout MemTableWriter) throws -> Void) throws {
      try body(&one)
      try body(&many)
      try many.freeze()
    }
    for start in stride(from: 0, to: 800, by: 100) {
      let rows = start..<start + 100
      let metadata: [Metadata] = rows.map { ["third": .integer(Int64($0 % 3))] }
      try write { try $0.insert(ids: ids(rows), vectors: vectors[rows: rows], metadata: metadata) }
    }
    // Versions in merged memtables end, and so do newer ones.
    try write { try $0.insert(ids: ids(150..<250), vectors: vectors[rows: 800..<900]) }
    try write { writer in for id in stride(from: 0, to: 300, by: 7) { try writer.remove(id: UInt64(id)) } }
    let last = one.shared.nextRow - 1
    #expect(many.shared.nextRow - 1 == last && many.tables.count == 11 && many.levels.frozen.count < 5)
    let queries = fixture.vectors(5, seed: 10)
    for maxRow in [nil, 0, 99, 100, 450, 799, 800, 850, 910, last] as [UInt64?] {
      for filter in [nil, .equal("third", .integer(1))] as [Filter?] {
        for (nprobe, refine) in [(12, 1000), (3, 2), (4, 0)] {
          for query in 0..<queries.rows {
            func found(in set: MemTableSet) throws -> [Neighbor] {
              try fixture.find(
                queries.array(query), k: 20, in: set, maxRow: maxRow, nprobe: nprobe, refine: refine, filter: filter)
            }
            let (expected, answer) = (try found(in: one.shared), try found(in: many.shared))
            #expect(answer == expected, "maxRow \(String(describing: maxRow)), nprobe \(nprobe), refine \(refine)")
          }
        }
      }
    }
  }
}
