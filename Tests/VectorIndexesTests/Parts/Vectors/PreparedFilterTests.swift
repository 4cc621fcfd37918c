import Testing
import VectorCore
import VectorSearch

@testable import VectorIndexes

/// Filters that are asked of columns, against `Filter.accepts` of each row's dictionary.
@Suite struct PreparedFilterTests {
  private var generator = SeededGenerator(seed: 11)

  private mutating func value() -> MetadataValue {
    switch generator.next(below: 5) {
    case 0: .integer(Int64(generator.next(below: 4)))
    case 1: .real(Double(generator.next(below: 4)) / 2)
    case 2: .text(["a", "b", "c"][generator.next(below: 3)])
    case 3: .boolean(generator.next(below: 2) == 0)
    default: .real(.nan)
    }
  }

  private mutating func metadata() -> Metadata {
    var metadata: Metadata = [:]
    for field in ["x", "y", "z"] where generator.next(below: 3) > 0 { metadata[field] = value() }
    return metadata
  }

  private mutating func filter(depth: Int) -> Filter {
    let field = ["x", "y", "z", "absent"][generator.next(below: 4)]
    switch generator.next(below: depth > 0 ? 10 : 7) {
    case 0: return .equal(field, value())
    case 1: return .notEqual(field, value())
    case 2: return .less(field, value())
    case 3: return .lessOrEqual(field, value())
    case 4: return .greater(field, value())
    case 5: return .greaterOrEqual(field, value())
    case 6: return .isIn(field, (0..<generator.next(below: 4)).map { _ in value() })
    case 7: return .not(filter(depth: depth - 1))
    case 8: return .and((0..<generator.next(below: 4)).map { _ in filter(depth: depth - 1) })
    default: return .or((0..<generator.next(below: 4)).map { _ in filter(depth: depth - 1) })
    }
  }

  @Test(arguments: [1, 63, 64, 65, 200]) mutating func acceptsWhatTheFilterAccepts(rows: Int) {
    // Ids are dense, or far apart.
    let ids = (0..<UInt64(rows)).map { rows == 65 ? $0 << 40 : $0 }
    var table = MetadataTable()
    var reference: [UInt64: Metadata] = [:]
    for round in 0..<3 {
      for id in ids where round == 0 || generator.next(below: 3) == 0 {
        let fields = generator.next(below: 4) == 0 ? [:] : metadata()
        table[id] = fields
        reference[id] = fields
      }
      for _ in 0..<40 {
        let filter = filter(depth: 3)
        var prepared = PreparedFilter(filter, for: table)
        var words = [UInt64](repeating: .max, count: (rows + 63) / 64)
        prepared.find(0, version: 1, rows: rows, of: table, into: &words) { ids.withUnsafeBufferPointer(table.slots) }
        let found = (0..<rows).map { words[$0 / 64] >> UInt64($0 % 64) & 1 != 0 }
        let expected = ids.map { filter.accepts(reference[$0] ?? [:]) }
        #expect(found == expected, "\(filter)")
        #expect(ids.map { prepared.accepts(table.slot(of: $0), of: table) } == expected, "\(filter)")
        if rows % 64 != 0 { #expect(words[rows / 64] >> UInt64(rows % 64) == 0, "bits past the last row") }
      }
    }
  }
}
