import VectorCore

extension FractalCore {
  /// The number of candidates, for each neighbour, of the searches that find the neighbours of queries.
  private static var refinementOfNeighbors: Int { 2 }
  /// The number of queries that share a pass over the codes.
  private static var queriesOfPass: Int { 64 }

  /// Measures the margins again, if that is due.
  func measureMarginsIfDue(threads: Int) {
    if trained != nil, margins.isDue(of: tree.root.population) { measureMargins(threads: threads) }
  }

  /// Measures what a search for a recall goes by; does nothing before training.
  ///
  /// Some vectors serve as queries. Their neighbours among all vectors are found by searches of all leaves.
  ///
  /// - Complexity: O(queries·n·m) for codes of m codewords.
  func measureMargins(threads: Int) {
    guard let coder = trained?.coder else { return }
    let population = tree.root.population
    guard population >= ProbeMargins.fewestVectors else {
      margins = FittedMargins(margins: .unmeasured, count: population)
      return
    }
    upkeep.measurements.measure(vectors: population) {
      let places = samplePlaces(ProbeMargins.queries, seed: seed).filter { Int($0.list) != Cluster.outliers }
      // Vectors that are decoded from codes have no unit length.
      let queries = metric.prepare(keptVectors(at: places), threads: threads)
      let leaves = tree.leaves
      var numbers = [Int32](repeating: 0, count: tree.clusters.count)
      for (number, leaf) in leaves.enumerated() { numbers[leaf.slot] = Int32(number) }
      func number(of place: RowPlace) -> Int32 { numbers[Cluster.slot(ofList: Int(place.list))] }
      let neighbors = neighborsInLeaves(of: queries, at: places, coder, threads: threads)
      let measured = ProbeMargins(
        of: queries, in: places.map(number), neighbors: neighbors.map { $0.map { (number(of: $0), number(of: $0)) } },
        lists: ProbeMargins.Lists(
          centroids: tree.centroids(of: leaves), metric: metric, sizes: leaves.map { Double($0.population) }),
        sampled: population)
      margins = FittedMargins(margins: measured, count: population)
    }
  }

  /// For each stored vector, the places of its nearest others without the outliers, nearest first.
  private func neighborsInLeaves(
    of vectors: Matrix, at places: [RowPlace], _ coder: ProductCoder, threads: Int
  ) -> [[RowPlace]] {
    let k = min(ProbeMargins.greatestDepth + 1, count)
    var found: [[RowPlace]] = Array(repeating: [], count: vectors.rows)
    found.withUnsafeMutableBufferPointer { found in
      let found = Disjoint(found)
      parallelChunks(
        of: vectors.rows, chunk: Self.queriesOfPass, threads: threads,
        scratch: ProductScratch(settings, dimension: dimension, metric: metric)
      ) { scratch, _, rows in
        let answers = findInAllLeaves(vectors[rows: rows], k: k, coder, scratch)
        for (place, row) in rows.enumerated() {
          let ids = answers.ids[place * k..<place * k + answers.counts[place]]
          found[row] = ids.compactMap { store.place(of: $0) }.filter {
            $0 != places[row] && Int($0.list) != Cluster.outliers
          }
        }
      }
    }
    return found
  }

  private func findInAllLeaves(
    _ queries: Matrix, k: Int, _ coder: ProductCoder, _ scratch: ProductScratch
  ) -> NeighborBatch {
    let search = ProductSearch(
      source: store, coder: coder, shape: settings.coding.shape,
      probe: NearestLeaves(extent: .margin(.infinity), tree: tree), filter: nil,
      refinement: .perNeighbor(Self.refinementOfNeighbors).limited(toKeptVectors: settings.coding.keepsVectors),
      scratch: scratch)
    var answers = NeighborBatch(k: k, reserving: queries.rows)
    do throws(IndexError) {
      try search.find(queries, k: k, into: &answers)
    } catch {
      preconditionFailure("lists in memory need no loading: \(error)")
    }
    return answers
  }
}
