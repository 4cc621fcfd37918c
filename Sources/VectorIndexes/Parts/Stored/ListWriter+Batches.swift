import OrderedStore
import VectorCore

extension ListWriter {
  /// Appends vectors to the lists of their labels, in order, and their spilled copies to the second lists.
  ///
  /// - Parameters:
  ///   - codeRows: the indices of their codes, and of their spilled copies.
  ///   - writeVector: writes vector `number`, if vectors are stored.
  func append(
    ids: [UInt64], sequences: [UInt64], labels: [Int32], codes: ProductCodes, spill: Spill?, codeRows: [Int],
    writeVector: (_ number: Int, _ row: UnsafeMutableRawPointer) -> Void
  ) throws(StoreError) {
    let places = try append(labels: labels, areCopies: false, codes: codes, codeRows: codeRows) {
      number, chunk, row in
      chunk.ids[row] = ids[number]
      chunk.sequences[row] = sequences[number]
    } writeVector: {
      writeVector($0, $1)
    }
    var copies: [RowPlace]?
    if let spill {
      copies = try append(
        labels: codeRows.map { spill.labels[$0] }, areCopies: true, codes: spill.codes,
        codeRows: codeRows
      ) { number, chunk, row in
        chunk.ids[row] = ids[number]
        chunk.origins[row] = places[number]
      } writeVector: { _, _ in
      }
    }
    try assign(ids, to: ids.indices.map { StoredAssignment(place: places[$0], copy: copies?[$0]) })
  }

  /// Appends encoded rows to the lists of their labels; returns the place of each row.
  private func append(
    labels: [Int32], areCopies: Bool, codes: ProductCodes, codeRows: [Int],
    write: (_ number: Int, _ chunk: PostingChunk, _ row: Int) -> Void,
    writeVector: (_ number: Int, _ row: UnsafeMutableRawPointer) -> Void
  ) throws(StoreError) -> [RowPlace] {
    let members = ClusterMembers(labels: labels, clusters: Int(labels.max() ?? -1) + 1)
    var places = [RowPlace](repeating: RowPlace(list: 0, offset: 0), count: labels.count)
    for label in Set(labels).sorted() {
      let list = areCopies ? PostingLayout.copies(of: UInt32(label)) : UInt32(label)
      let numbers = Array(members.rows(of: Int(label)))
      let start = try rows(of: list)
      for (offset, number) in numbers.enumerated() {
        places[Int(number)] = RowPlace(list: list, offset: UInt32(start + offset))
      }
      try codes.bytes.withUnsafeBufferPointer { (bytes) throws(StoreError) in
        try append(numbers.count, to: list, behind: start) { member, chunk, row in
          let number = Int(numbers[member])
          write(number, chunk, row)
          let code = codeRows[number]
          chunk.cells.write(
            bytes.baseAddress! + code * layout.shape.codeBytes, codes.corrections[code], at: row)
        } writeVector: {
          writeVector(Int(numbers[$0]), $1)
        }
      }
    }
    return places
  }

  /// Stores the places of vectors. Ascending ids above all stored ones fill their pages completely.
  private func assign(_ ids: [UInt64], to places: [StoredAssignment]) throws(StoreError) {
    let cursor = try transaction.cursor(in: StoredTable.assignments, over: .all, .descending)
    let last = try cursor.nextKey().flatMap(PostingLayout.id(ofKey:))
    let isAscending = zip(ids, ids.dropFirst()).allSatisfy { $0 < $1 }
    let isBehind = isAscending && (last.map { last in ids.first.map { last < $0 } ?? false } ?? true)
    for (id, place) in zip(ids, places) { try assign(id, place, appending: isBehind) }
  }

  /// Removes all rows of all lists.
  func clear() throws(StoreError) {
    for table in [StoredTable.postings, StoredTable.vectors, StoredTable.assignments] { try transaction.clear(table) }
  }
}
