import OrderedStore
import TestSupport
import Testing
import VectorCore

@testable import VectorIndexes

/// What was removed stays removed, whatever follows, and though nothing else was written.
@Suite struct MemTableRemovalTests {
  let fixture = MemTableFixture()

  func found(in set: MemTableSet) throws -> [UInt64] {
    try fixture.find(fixture.vectors(1, seed: 9).array(0), k: 100, in: set).map(\.id).sorted()
  }

  @Test(arguments: MemTableFixture.BaseKind.allCases)
  func aMemtableOfRemovalsOnlyIsFlushed(kind: MemTableFixture.BaseKind) throws {
    let bases = try MemTableFixture.Bases(fixture, kind)
    let vectors = fixture.vectors(30, seed: 1)
    var writer = try bases.makeWriter()
    try writer.insert(ids: (0..<30).map { $0 }, vectors: vectors)
    try writer.freeze()
    try writer.flush()
    #expect(writer.freezeCount == 1 && writer.flushCount == 1)
    for id in [7, 8, 9] as [UInt64] { try writer.remove(id: id) }
    try writer.freeze()
    try writer.flush()
    #expect(writer.freezeCount == 2 && writer.flushCount == 2)
    let left = (0..<30).map(UInt64.init).filter { !(7...9).contains($0) }
    #expect(bases.index.count == 27)
    #expect(try found(in: writer.shared) == left)
    writer = try bases.makeWriter()
    #expect(writer.shared.nextRow == 33, "the rows of the removals are not given again")
    #expect(writer.shared.count == 27)
    #expect(try found(in: writer.shared) == left)

    // Removed and stored again, in one memtable and over two.
    try writer.remove(id: 3)
    try writer.insert(ids: [3], vectors: vectors[rows: 0..<1])
    try writer.remove(id: 4)
    try writer.freeze()
    try writer.flush()
    try writer.insert(ids: [4], vectors: vectors[rows: 1..<2])
    try writer.freeze()
    try writer.flush()
    writer = try bases.makeWriter()
    #expect(try found(in: writer.shared) == left)
    let rows = try fixture.find(vectors.array(0), k: 100, in: writer.shared)
    #expect(rows.first { $0.id == 3 }?.sequence == 34 && rows.first { $0.id == 4 }?.sequence == 36)

    // Until nothing is left.
    for id in left { try writer.remove(id: id) }
    try writer.freeze()
    try writer.flush()
    writer = try bases.makeWriter()
    #expect(bases.index.count == 0 && writer.shared.count == 0)
    #expect(try found(in: writer.shared) == [])
    let problems = try bases.stored?.checkInvariants() ?? []
    #expect(problems.isEmpty)
  }

  @Test(arguments: ["0", "4"])
  func aRemovalSurvivesRetraining(frozen: String) throws {
    let setup = MemTableIndexTests().setup(nlist: 4, ["max_rows": "40", "frozen": frozen])
    let index = try setup.makeFilled(with: setup.vectors(100, .clustered, seed: 1))
    for id in [40, 41, 99] as [UInt64] { try index.remove(id: id) }
    try index.retrain(threads: 1)
    func ids() throws -> [UInt64] {
      try setup.find(setup.vectors(1, seed: 2).array(0), k: 200, in: index).map(\.id).sorted()
    }
    var left = (0..<100).map(UInt64.init).filter { ![40, 41, 99].contains($0) }
    #expect(try ids() == left)
    // All vectors are in the base now; what follows are removals only.
    try index.remove(id: 50)
    try index.retrain(threads: 1)
    left.removeAll { $0 == 50 }
    #expect(try ids() == left)
    #expect(index.count == left.count && index.clusterSizes.reduce(0, +) == left.count)
    #expect(try index.remove(id: 50) == false)
    #expect(try index.insert(id: 50, vector: setup.vectors(1, seed: 3).array(0)))
    let sequences = try setup.find(setup.vectors(1, seed: 2).array(0), k: 200, in: index).map(\.sequence)
    #expect(sequences.max() == 104, "100 vectors and 4 removals have had numbers before")
    // Removing everything, and training anew, leaves nothing.
    for id in left + [50] { try index.remove(id: id) }
    try index.retrain(threads: 1)
    #expect(try index.count == 0 && ids() == [])
  }

  /// A log whose removals a base in a file has taken is cut; nothing comes back when it is opened again.
  @Test func aLoggedRemovalIsFlushedAndCutOffTheLog() throws {
    let folder = try TemporaryFolder()
    let base = try fixture.makeBase(at: folder.path + "/base")
    let vectors = fixture.vectors(20, seed: 1)
    do {
      var writer = try LoggedMemTableWriter.open(over: base, log: folder.log, sync: .never)
      let empty = writer.logBytes
      try writer.insert(ids: (0..<20).map { $0 }, vectors: vectors)
      try writer.freeze()
      try writer.flush()
      try writer.remove(id: 5)
      #expect(writer.logBytes > empty)
      try writer.freeze()
      try writer.flush()
      #expect(writer.logBytes == empty)
      try writer.remove(id: 6)
    }
    var writer = try LoggedMemTableWriter.open(over: base, log: folder.log, sync: .never)
    #expect(try found(in: writer.shared) == (0..<20).filter { $0 != 5 && $0 != 6 })
    #expect(writer.shared.nextRow == 22)
    // A second removal of the same id is none.
    let isThere = try writer.remove(id: 6)
    #expect(!isThere)
  }
}
