import VectorCore

extension VectorStore {
  /// Compares the scratch's query with every vector of the list, and offers them to `answer`. - Complexity: O(n·d).
  func scan(_ list: VectorList, scratch: ScanScratch, into answer: inout TopK) {
    for start in stride(from: 0, to: list.count, by: ScanScratch.blockRows) {
      scan(start..<min(start + ScanScratch.blockRows, list.count), of: list, scratch: scratch, into: &answer)
    }
  }

  /// Does the same with the rows that match a filter; only these count as computed distances.
  ///
  /// - Complexity: O(n / 64 + matches·d).
  func scan(_ list: VectorList, matching matches: ListMatches, scratch: ScanScratch, into answer: inout TopK) {
    guard list.format.encoding == .floats, metric != .hamming else {
      matches.forEachRow { scan($0..<$0 + 1, of: list, scratch: scratch, into: &answer) }
      return
    }
    var exact = ExactDistances(list: list, metric: metric, query: scratch.query.vector, scratch: scratch)
    matches.forEachRow { exact.add($0, into: &answer) }
    exact.finish(into: &answer)
    answer.distanceComputations += matches.count
  }

  /// Compares one range of rows, at most a block.
  private func scan(_ rows: Range<Int>, of list: VectorList, scratch: ScanScratch, into answer: inout TopK) {
    let distances = scratch.distances
    scratch.query.distances(to: list.row(rows.lowerBound), count: rows.count, format: list.format, into: distances)
    for row in rows {
      let distance = distances[row - rows.lowerBound]
      // With `<=`, a NaN distance would be dropped; the answer must receive it and take it as infinite.
      if !(distance > answer.threshold) {
        answer.offer(Neighbor(distance: distance, sequence: list.sequences[row], id: list.ids[row]))
      }
    }
    answer.distanceComputations += rows.count
  }
}

extension VectorStore: FilterableLists {
  var metadataTable: MetadataTable { metadata }

  func version(of list: UInt32) -> UInt64 { lists[Int(list)].version }

  func rowCount(of list: UInt32) -> Int { lists[Int(list)].count }

  func withIDs(of list: UInt32, _ body: (UnsafeBufferPointer<UInt64>) -> Void) {
    lists[Int(list)].ids.withUnsafeBufferPointer(body)
  }
}
