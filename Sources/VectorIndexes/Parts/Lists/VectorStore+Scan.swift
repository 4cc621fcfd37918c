import VectorCore

extension VectorStore {
  /// Offers `answer` every vector of the list that the filter accepts, by the distance to the scratch's query.
  ///
  /// The filter decides before a distance is computed; what it refuses is not counted as a computed distance.
  ///
  /// - Complexity: O(n·d), and O(n·f) for a filter of f nodes.
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

  /// Offers one run of rows, at most a block.
  private func scan(_ rows: Range<Int>, of list: VectorList, scratch: ScanScratch, into answer: inout TopK) {
    let distances = scratch.distances
    scratch.query.distances(to: list.row(rows.lowerBound), count: rows.count, format: list.format, into: distances)
    for row in rows {
      let distance = distances[row - rows.lowerBound]
      // Not `<=`: a distance that is not a number goes to the answer, which takes it for infinite.
      if !(distance > answer.threshold) {
        answer.offer(Neighbor(distance: distance, sequence: list.sequences[row], id: list.ids[row]))
      }
    }
    answer.distanceComputations += rows.count
  }
}
