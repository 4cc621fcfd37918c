import Foundation
import OrderedStore
import TestSupport
import Testing
import VectorCore

@testable import VectorIndexes

@Suite struct MemTableWriterFlushTests {
  let fixture = MemTableFixture()

  func ids(_ count: Int, from first: Int = 0) -> [UInt64] { (first..<first + count).map(UInt64.init) }

  /// Flushed vectors are found at the same distances, in the same order, under the same rows.
  // parity: S5.10
  @Test(arguments: ["f32", "f16", "sq8", "none"], ["off", "on"])
  func aFlushChangesNoAnswer(store: String, spill: String) throws {
    for metric in [Metric.euclidean, .angular] {
      let fixture = MemTableFixture(metric: metric, build: ["refine_store": store, "spill": spill])
      let base = try fixture.makeBase()
      let vectors = fixture.vectors(400, seed: 1)
      try base.insertBatch(
        ids: ids(100), vectors: vectors[rows: 0..<100], metadata: [], onConflict: .fail, threads: 1)
      var writer = try MemTableWriter(
        over: base, configuration: MemTableConfiguration(capacityFactor: 1, maxRows: 60, freezeRows: 1000))
      let even = ids(150, from: 50).map { $0 % 2 == 0 ? ["even": MetadataValue.boolean(true)] : [:] }
      try writer.insert(ids: ids(150, from: 50), vectors: vectors[rows: 100..<250], metadata: even)
      for id in ids(20, from: 40) { try writer.remove(id: id) }
      try writer.freeze()
      try writer.insert(ids: ids(30, from: 130), vectors: vectors[rows: 250..<280])
      func answers() throws -> [[Neighbor]] {
        try (300..<306).flatMap { row in
          try [nil, Filter.equal("even", .boolean(true))].flatMap { filter in
            [
              try fixture.find(vectors.array(row), k: 300, in: writer.shared, filter: filter),
              try fixture.find(vectors.array(row), k: 10, in: writer.shared, refine: 0, filter: filter),
            ]
          }
        }
      }
      let before = try answers()
      #expect(before[0].count == writer.shared.count)
      try writer.flush(threads: 2)
      #expect(writer.tables.count == 1)
      // 0 to 39 of the base and 60 to 199 of the frozen memtable, some of which newer rows have replaced since.
      #expect(base.count == 180)
      #expect(try answers() == before)
      try writer.freeze()
      try writer.flush()
      #expect(base.count == writer.shared.count)
      #expect(try answers() == before)
      // The base goes on as an index like any other.
      #expect(try base.insert(id: 5000, vector: vectors.array(0)))
      #expect(try base.remove(id: 70) && !base.remove(id: 45))
    }
  }

  /// Where the system has no address space for another memtable, rows go on into the full one, none is lost or refused,
  /// and the failure is there to be seen until there is room again.
  @Test func aFullMemtableGoesOnWhereThereIsNoRoomForAnother() async {
    await #expect(processExitsWith: .success) {
      let fixture = MemTableFixture()
      let base = try fixture.makeBase()
      let configuration = MemTableConfiguration(maxRows: 1 << 22, freezeRows: 10, mostFrozen: 4)
      let layout = MemTableLayout(base.settings, dimension: fixture.dimension)
      let bytes = fixture.nlist * (layout.segmentBytes(rows: 1 << 22) ?? 0)
      #expect(bytes > 1 << 30)
      var writer = try MemTableWriter(over: base, configuration: configuration)
      var old = rlimit()
      getrlimit(addressSpace, &old)
      let pages = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ").first
      let used = (pages.flatMap { Int($0) } ?? 0) * Int(getpagesize())
      func leaveRoom(for bytes: Int) {
        var new = rlimit(rlim_cur: rlim_t(used + bytes), rlim_max: old.rlim_max)
        setrlimit(addressSpace, &new)
      }
      let vectors = fixture.vectors(60, seed: 1)
      func insert(_ rows: Range<Int>) throws {
        for row in rows { try writer.insert(ids: [UInt64(row)], vectors: vectors[rows: row..<row + 1]) }
      }
      func check(_ count: Int) throws {
        let found = try fixture.find(vectors.array(0), k: 100, in: writer.shared)
        #expect(found.map(\.id).sorted() == (0..<count).map(UInt64.init))
      }
      leaveRoom(for: bytes / 2)
      try insert(0..<15)
      guard case .invalidParameter("max_rows", _, _) = writer.flushFailure else {
        Issue.record("\(String(describing: writer.flushFailure))")
        return
      }
      #expect(writer.tables.map(\.count) == [15])
      #expect(throws: IndexError.self) { try writer.freeze() }
      try check(15)
      leaveRoom(for: bytes + bytes / 2)
      try insert(15..<24)
      #expect(writer.flushFailure == nil && writer.tables.map(\.count) == [15, 9])
      // A third has no room: the first is flushed before it is due, so that the next insertion finds some.
      try insert(24..<25)
      #expect(writer.tables.map(\.count) == [10] && base.count == 15)
      try check(25)
      try insert(25..<26)
      #expect(writer.flushFailure == nil && writer.tables.map(\.count) == [10, 1])
      setrlimit(addressSpace, &old)
      try insert(26..<60)
      #expect(writer.flushFailure == nil)
      try check(60)
    }
  }

  /// What a flush has left out can't be seen by a search for older rows, which is told so.
  @Test func refusesRowsThatAFlushHasLeftOut() throws {
    var writer = try MemTableWriter(over: fixture.makeBase())
    let vectors = fixture.vectors(6, seed: 1)
    try writer.insert(ids: [1, 2, 3], vectors: vectors[rows: 0..<3])
    try writer.insert(ids: [2], vectors: vectors[rows: 3..<4])
    try writer.insert(ids: [4, 5], vectors: vectors[rows: 4..<6])
    try writer.freeze()
    try writer.flush()
    func rows(_ maxRow: UInt64) throws -> Set<UInt64> {
      Set(try fixture.find(vectors.array(0), k: 9, in: writer.shared, maxRow: maxRow).map(\.sequence))
    }
    // Row 3 replaced row 1, which is gone; from there on the base tells rows apart.
    #expect(try rows(3) == [0, 2, 3])
    #expect(try rows(4) == [0, 2, 3, 4])
    let error = #expect(throws: IndexError.self) { try rows(2) }
    #expect(error.map { "\($0)".contains("at least 3") } == true)
  }

  /// A base in a file has after each flush what the rows up to the last frozen one have left, and others can read it.
  @Test func aBaseInAFileHoldsAPrefixOfTheWrites() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/base"
    let vectors = fixture.vectors(60, seed: 1)
    let base = try fixture.makeBase(at: path)
    try base.insertBatch(ids: ids(20), vectors: vectors[rows: 0..<20], metadata: [], onConflict: .fail, threads: 1)
    var writer = try MemTableWriter(over: base)
    func rows(_ index: PersistentIVFPQIndex) throws -> [UInt64: UInt64] {
      var answer = TopK(k: 100)
      try index.search(
        vectors[row: 0], k: 100, parameters: fixture.parameters(), filter: nil, scratch: index.makeScratch(),
        into: &answer)
      return Dictionary(uniqueKeysWithValues: answer.neighbors.map { ($0.id, $0.sequence) })
    }
    // Rows 20 to 39; then 40, 41 and 42, which the base must not show before they are frozen too.
    try writer.insert(ids: ids(20, from: 10), vectors: vectors[rows: 20..<40])
    try writer.freeze()
    try writer.insert(ids: [5, 15], vectors: vectors[rows: 40..<42])
    try writer.remove(id: 16)
    try writer.flush()
    var expected = Dictionary(
      uniqueKeysWithValues: ids(10).map { ($0, $0) } + ids(20, from: 10).map { ($0, $0 + 10) })
    #expect(try rows(base.snapshot()) == expected)
    #expect(try base.checkInvariants().isEmpty)
    try writer.freeze()
    try writer.flush()
    expected[5] = 40
    expected[15] = 41
    expected[16] = nil
    #expect(try rows(base.snapshot()) == expected)
    #expect(writer.shared.count == base.count && base.count == expected.count)
    #expect(try base.checkInvariants().isEmpty)
    #expect(throws: IndexError.self) { _ = try MemTableWriter(over: base.snapshot()) }
    // It is a base again for the next writer, whose rows go on where these end.
    _ = consume writer
    let next = try MemTableWriter(over: base)
    #expect(next.shared.nextRow == 43)
    #expect(try fixture.find(vectors.array(0), k: 100, in: next.shared).count == expected.count)
  }

  /// Wherever a flush fails, no row is lost, no write is refused, and the next flush has them all, once.
  @Test(arguments: FaultyStore.Fault.allCases)
  func aFlushThatFailsIsMadeUpForByTheNext(fault: FaultyStore.Fault) throws {
    let store = FaultyStore()
    let base = try fixture.makeBase(in: store)
    let vectors = fixture.vectors(100, seed: 1)
    var writer = try MemTableWriter(over: base, configuration: MemTableConfiguration(maxRows: 20, mostFrozen: 1))
    func stored() throws -> [Neighbor] { try fixture.find(vectors.array(0), k: 200, in: writer.shared) }
    store.fault = fault
    try writer.insert(ids: ids(60), vectors: vectors[rows: 0..<60])
    #expect(writer.flushFailure.map { "\($0)".contains("test") } == true, "the failure is there to be seen")
    #expect(writer.tables.map(\.count) == [20, 20, 20, 0])
    try writer.insert(ids: ids(10, from: 5), vectors: vectors[rows: 60..<70])
    try writer.remove(id: 30)
    let before = try stored()
    #expect(before.count == 59)
    #expect(throws: IndexError.self) { try writer.flush() }
    #expect(try stored() == before)
    store.fault = nil
    try writer.freeze()
    try writer.flush()
    #expect(writer.flushFailure == nil)
    #expect(writer.tables.count == 1)
    #expect(try stored() == before)
    #expect(base.count == 59)
    #expect(try base.checkInvariants().isEmpty)
  }

  /// After a flush that failed, the next memtable that is full makes the writer try again by itself.
  @Test func aFlushThatFailedIsTriedAgain() throws {
    let store = FaultyStore()
    let base = try fixture.makeBase(in: store)
    var writer = try MemTableWriter(over: base, configuration: MemTableConfiguration(maxRows: 20, mostFrozen: 1))
    store.fault = .commit
    try writer.insert(ids: ids(60), vectors: fixture.vectors(60, seed: 1))
    #expect(writer.flushFailure != nil)
    store.fault = nil
    try writer.insert(ids: ids(19, from: 60), vectors: fixture.vectors(19, seed: 2))
    #expect(writer.flushFailure != nil && base.count == 0)
    try writer.insert(ids: [79], vectors: fixture.vectors(1, seed: 3))
    #expect(writer.flushFailure == nil && base.count == 80)
    #expect(writer.tables.map(\.count) == [0])
  }
}

private let addressSpace = __rlimit_resource_t(RLIMIT_AS.rawValue)

/// A store whose transactions can't begin or commit, or whose states can't be read.
final class FaultyStore: OrderedStore, @unchecked Sendable {
  enum Fault: CaseIterable {
    case begin
    case commit
    case snapshot
  }

  private let store = MemoryStore()
  /// The next of these fail.
  var fault: Fault?

  private static let error = StoreError(operation: "work", table: nil, path: "test", reason: .diskFull("make room"))

  func snapshot() throws(StoreError) -> any StoreSnapshot {
    if fault == .snapshot { throw Self.error }
    return try store.snapshot()
  }

  func begin() throws(StoreError) -> any StoreTransaction {
    if fault == .begin { throw Self.error }
    return FaultyTransaction(try store.begin(), failsToCommit: fault == .commit)
  }

  func sync() throws(StoreError) {}

  var sizeOnDisk: Int { get throws(StoreError) { 0 } }

  private final class FaultyTransaction: StoreTransaction {
    private let transaction: any StoreTransaction
    private let failsToCommit: Bool

    init(_ transaction: any StoreTransaction, failsToCommit: Bool) {
      self.transaction = transaction
      self.failsToCommit = failsToCommit
    }

    var tables: [String] { transaction.tables }

    func count(of table: String) throws(StoreError) -> Int { try transaction.count(of: table) }

    func value(for key: [UInt8], in table: String, checked: Bool) throws(StoreError) -> UnsafeRawBufferPointer? {
      try transaction.value(for: key, in: table, checked: checked)
    }

    func cursor(
      in table: String, over range: KeyRange, _ direction: ScanDirection
    ) throws(StoreError) -> any StoreCursor { try transaction.cursor(in: table, over: range, direction) }

    func put(
      byteCount: Int, for key: [UInt8], in table: String, appending: Bool, fill: (UnsafeMutableRawBufferPointer) -> Void
    ) throws(StoreError) {
      try transaction.put(byteCount: byteCount, for: key, in: table, appending: appending, fill: fill)
    }

    func remove(_ key: [UInt8], from table: String) throws(StoreError) -> Bool {
      try transaction.remove(key, from: table)
    }

    func clear(_ table: String) throws(StoreError) { try transaction.clear(table) }

    func commit() throws(StoreError) {
      if failsToCommit { throw FaultyStore.error }
      try transaction.commit()
    }

    func abort() { transaction.abort() }
  }
}
