import OrderedStore
import VectorCore

extension FilePostings {
  /// Checks that the tables are consistent; returns the contradictions found, normally none.
  ///
  /// - Throws: `IndexError.storage` for bytes that fail their checksums, or malformed chunks.
  func checkInvariants() throws(IndexError) -> [String] {
    let reader = try reader()
    guard model != nil else {
      return try storing { () throws(StoreError) in
        var problems: [String] = []
        for table in reader.tables where table != StoredTable.meta {
          guard try reader.count(of: table) > 0 else { continue }
          problems.append("\(table) holds something of an index that is not trained")
        }
        return problems
      }
    }
    let lists = try currentLists()
    try lists.loadAll()
    return try storing { () throws(StoreError) in
      var problems: [String] = []
      var rows = 0
      var copyCounts: [Int] = []
      var sequences: Set<UInt64> = []
      for list in 0..<UInt32(lists.listCount) {
        for row in 0..<lists.rowCount(of: list) {
          let place = RowPlace(list: list, offset: UInt32(row))
          let id = lists.id(at: place)
          let assigned = try reader.place(of: id, self.place)
          if assigned?.list != list || assigned?.offset != UInt32(row) {
            problems.append("id \(id) is row \(row) of list \(list), but assigned to \(String(describing: assigned))")
          }
          sequences.insert(lists.sequence(at: place))
          rows += 1
        }
        var copies: [(row: Int, id: UInt64, origin: RowPlace)] = []
        lists.forEachCopy(of: list) { copies.append(($0, $1, $2)) }
        for copy in copies {
          let assigned = try reader.assignment(of: copy.id, self.place)
          let place = RowPlace(list: PostingLayout.copies(of: list), offset: UInt32(copy.row))
          if assigned?.copy != place || assigned?.place != copy.origin {
            problems.append(
              "id \(copy.id) has spilled copy \(copy.row) of list \(list), but is assigned to \(String(describing: assigned))"
            )
          }
        }
        copyCounts.append(copies.count)
      }
      func expect(_ what: String, _ found: Int, _ expected: Int) {
        if found != expected { problems.append("\(what): \(found), not \(expected)") }
      }
      expect("rows", rows, count)
      expect("assignments", try reader.count(of: StoredTable.assignments), count)
      expect("different sequences", sequences.count, count)
      let chunks = (0..<UInt32(lists.listCount)).map { lists.rowCount(of: $0) }
      expect("spilled copies", copyCounts.reduce(0, +), settings.spills && lists.listCount > 2 ? count : 0)
      func parts(of counts: [Int], _ size: Int) -> Int { counts.reduce(0) { $0 + ($1 + size - 1) / size } }
      expect(
        "chunks of postings", try reader.count(of: StoredTable.postings),
        parts(of: chunks + copyCounts, layout.chunkRows))
      expect(
        "chunks of vectors", try reader.count(of: StoredTable.vectors),
        layout.keepsVectors ? parts(of: chunks, layout.vectorRows) : 0)
      if let last = sequences.max(), last >= contents.nextSequence {
        problems.append("sequence \(last) is there, \(contents.nextSequence) is to come")
      }
      let cursor = try reader.cursor(in: StoredTable.metadata)
      while let key = try cursor.nextKey() {
        guard let id = PostingLayout.id(ofKey: key), try reader.place(of: id, self.place) != nil else {
          problems.append("metadata of a vector that is not there")
          continue
        }
      }
      return problems
    }
  }
}
