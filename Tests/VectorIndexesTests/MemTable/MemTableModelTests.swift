import Foundation
import TestSupport
import Testing
import VectorCore

@testable import VectorIndexes

@Suite struct MemTableModelTests {
  /// Every version of every id, as plainly as can be.
  struct Model {
    struct Version {
      let id: UInt64
      let row: UInt64
      var end: UInt64
      let vector: [Float]
      let metadata: Metadata
    }

    private(set) var versions: [Version] = []
    private(set) var newest: [UInt64: Int] = [:]
    private(set) var nextRow: UInt64 = 0

    mutating func insert(_ id: UInt64, _ vector: [Float], _ metadata: Metadata) {
      if let old = newest[id] { versions[old].end = nextRow }
      newest[id] = versions.count
      versions.append(Version(id: id, row: nextRow, end: .max, vector: vector, metadata: metadata))
      nextRow += 1
    }

    mutating func remove(_ id: UInt64) -> Bool {
      guard let old = newest.removeValue(forKey: id) else { return false }
      versions[old].end = nextRow
      nextRow += 1
      return true
    }

    /// The ids and rows of the k nearest versions that a search sees; distances are exact, so the order is one.
    func find(_ query: [Float], k: Int, maxRow: UInt64?, filter: Filter?) -> [Neighbor] {
      let visible =
        maxRow.map { row in versions.filter { $0.row <= row && $0.end > row } } ?? newest.values.map { versions[$0] }
      return Array(
        visible.filter { filter?.accepts($0.metadata) ?? true }
          .map { version in
            let distance = zip(query, version.vector).reduce(Float(0)) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
            return Neighbor(distance: distance, sequence: version.row, id: version.id)
          }
          .sorted { $0.precedes($1) }.prefix(k)
      ).map { Neighbor(distance: $0.distance.squareRoot(), sequence: $0.sequence, id: $0.id) }
    }
  }

  /// 20 000 random operations, or a million with RECALLBENCH_LONG=1, half with either overflow.
  @Test(arguments: zip(MemTableConfiguration.Overflow.allCases, MemTableFixture.BaseKind.allCases))
  func behavesAsTheModel(overflow: MemTableConfiguration.Overflow, base: MemTableFixture.BaseKind) throws {
    let operations = ProcessInfo.processInfo.environment["RECALLBENCH_LONG"] == "1" ? 500_000 : 10_000
    let fixture = MemTableFixture(dimension: 4, nlist: 4, build: ["m": "2"])
    let configuration = MemTableConfiguration(
      overflow: overflow, capacityFactor: 1, maxRows: 90, freezeRows: 230, mostFrozen: 2)
    let bases = try MemTableFixture.Bases(fixture, base)
    var writer = try bases.makeWriter(configuration)
    var model = Model()
    var generator = SeededGenerator(seed: overflow == .chunks ? 1 : 2)
    // Few ids and small integers: versions, ties and removals are everywhere, and distances exact.
    let pool = fixture.vectors(200, .duplicateHeavy, seed: 5)
    var scratch = writer.shared.makeScratch()
    let parameters = try fixture.parameters()
    var answer = TopK(k: 1)
    for operation in 0..<operations {
      switch generator.next(below: 100) {
      case 0..<35:
        let (id, vector) = (UInt64(generator.next(below: 60)), pool.array(generator.next(below: 200)))
        let metadata: Metadata = generator.next(below: 3) == 0 ? ["a": .integer(Int64(generator.next(below: 3)))] : [:]
        try writer.insert(
          ids: [id], vectors: Matrix([vector]), metadata: metadata.isEmpty ? [] : [metadata])
        model.insert(id, vector, metadata)
      case 35..<40:
        let ids = (0..<generator.next(below: 30)).map { _ in UInt64(generator.next(below: 60)) }
        let rows = ids.map { _ in generator.next(below: 200) }
        try writer.insert(ids: ids, vectors: pool.gathering(rows))
        for (id, row) in zip(ids, rows) { model.insert(id, pool.array(row), [:]) }
      case 40..<65:
        let id = UInt64(generator.next(below: 60))
        let isThere = try writer.remove(id: id)
        #expect(isThere == model.remove(id), "operation \(operation)")
      case 65: try writer.freeze()
      case 66 where generator.next(below: 4) == 0: try writer.flush()
      case 67 where generator.next(below: 4) == 0:
        // Another writer goes on with what the base has been given, be it removals only.
        for _ in 0..<generator.next(below: 3) {
          try writer.freeze()
          try writer.flush()
          let id = UInt64(generator.next(below: 60))
          let isThere = try writer.remove(id: id)
          #expect(isThere == model.remove(id), "operation \(operation)")
        }
        try writer.freeze()
        try writer.flush()
        if model.newest.count >= 20, generator.next(below: 2) == 0 { try bases.retrain() }
        writer = try bases.makeWriter(configuration)
        scratch = writer.shared.makeScratch()
      default:
        let query = pool.array(generator.next(below: 200))
        let filter: Filter? = generator.next(below: 3) == 0 ? .greater("a", .integer(0)) : nil
        let oldest = Int(writer.levels.base.oldestLimit)
        let maxRow: UInt64? =
          generator.next(below: 20) == 0 && oldest > 0
          ? UInt64(oldest - 1 + generator.next(below: Int(model.nextRow) - oldest + 2)) : nil
        let k = 1 + generator.next(below: 70)
        try writer.shared.search(
          query.span, k: k, parameters: parameters, filter: filter, maxRow: maxRow, scratch: scratch, into: &answer)
        let expected = model.find(query, k: k, maxRow: maxRow, filter: filter)
        guard answer.neighbors == expected else {
          Issue.record("operation \(operation), row \(model.nextRow): \(answer.neighbors), not \(expected)")
          return
        }
      }
      guard writer.shared.count == model.newest.count, writer.shared.nextRow == model.nextRow else {
        Issue.record("operation \(operation): \(writer.shared.count) ids, not \(model.newest.count)")
        return
      }
    }
  }
}
