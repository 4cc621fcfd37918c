import Testing
import VectorSearch

@testable import VectorIndexes

@Suite struct ColumnOrderTests {
  /// A table in which row i has `price` `values[i]`; `nil` is a row without it.
  private func table(_ values: [Int64?]) -> MetadataTable {
    var table = MetadataTable()
    for (row, value) in values.enumerated() { table[UInt64(row)] = value.map { ["price": .integer($0)] } ?? [:] }
    return table
  }

  private func rows(
    _ table: MetadataTable, by key: ColumnKey, list: UInt32 = 0, version: UInt64 = 1, ids: [UInt64]
  ) throws -> (rows: OrderedRows, isNew: Bool) {
    let column = try #require(table.column("price"))
    var isNew = false
    let rows = table.orders.order(of: column, by: key, in: table).rows(
      of: list, version: version, in: table.columns[column]
    ) {
      isNew = true
      return ids.withUnsafeBufferPointer(table.slots)
    }
    return (rows, isNew)
  }

  @Test func rowsAreOrderedByKeyAndThenByRow() throws {
    let table = table([30, 10, nil, 20, 10, 30])
    let all = Array(0..<UInt64(7))
    let ranked = try rows(table, by: .rank, ids: all).rows
    #expect(ranked.order == [1, 4, 3, 0, 5])
    #expect(ranked.places(of: 0..<1) == 0..<2 && ranked.places(of: 1..<9) == 2..<5 && ranked.places(of: 5..<9).isEmpty)
    // Values are numbered in the order in which they came.
    #expect(try rows(table, by: .number, ids: all).rows.order == [0, 5, 1, 4, 3])
    // A list that is short in comparison with the values is sorted in another way.
    let wide = self.table((0..<100).map { 1000 - $0 })
    let few = try rows(wide, by: .rank, ids: [7, 99, 3, 7]).rows
    #expect(few.order == [1, 0, 3, 2] && few.places(of: 0..<1) == 0..<1 && few.places(of: 92..<93) == 1..<3)
    #expect(few.places(of: 93..<200) == 3..<4 && few.places(of: 1..<92).isEmpty)
  }

  @Test func rowsAreOrderedOnceForAListUntilItChanges() throws {
    var table = table([3, 1, 2])
    #expect(try rows(table, by: .rank, ids: [0, 1, 2]).isNew)
    #expect(try !rows(table, by: .rank, ids: [0, 1, 2]).isNew)
    #expect(try rows(table, by: .rank, list: 5, version: 2, ids: [2]).isNew)
    #expect(try !rows(table, by: .rank, ids: [0, 1, 2]).isNew, "lists do not disturb each other")
    let changed = try rows(table, by: .rank, version: 3, ids: [2, 0])
    #expect(changed.isNew && changed.rows.order == [0, 1])
    // Other metadata are another state, also with a value that comes before all others; a copy keeps its own.
    let copy = table
    table[3] = ["price": .integer(0)]
    table[1] = [:]
    let added = try rows(table, by: .rank, version: 3, ids: [0, 1, 2, 3])
    #expect(added.isNew && added.rows.order == [3, 2, 0])
    #expect(try rows(copy, by: .rank, version: 3, ids: [0, 1, 2]).rows.order == [1, 2, 0])
  }
}
