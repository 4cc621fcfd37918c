import VectorCore

extension VectorStore {
  /// Compares the scratch's query with every vector of the list that the filter accepts, and offers them to `answer`.
  ///
  /// The filter is asked before a distance is computed, so vectors that it refuses do not count as computed distances.
  ///
  /// - Complexity: O(n·d), plus O(n·f) for a filter of f nodes.
  func scan(_ list: VectorList, filter: Filter?, scratch: ScanScratch, into answer: inout TopK) {
    var start = 0
    while start < list.count {
      var end = min(start + ScanScratch.blockRows, list.count)
      if let filter {
        let ids = list.ids[start..<end]
        guard let first = ids.firstIndex(where: { filter.accepts(metadata[$0]) }) else {
          start = end
          continue
        }
        start = first
        end = ids[first...].firstIndex { !filter.accepts(metadata[$0]) } ?? end
      }
      scan(start..<end, of: list, scratch: scratch, into: &answer)
      start = end
    }
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
