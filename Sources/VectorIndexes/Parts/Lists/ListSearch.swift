import VectorCore

/// One search, or one batch of searches, over the lists of a store; the arguments must have been checked.
struct ListSearch<Probe: ListProbe> {
  let probe: Probe
  private let scan: ListScan

  init(store: VectorStore, probe: Probe, filter: Filter?, scratch: ScanScratch) {
    self.probe = probe
    scan = ListScan(store: store, filter: filter, scratch: scratch)
  }

  var store: VectorStore { scan.store }
  var scratch: ScanScratch { scan.scratch }

  /// Finds the `answer.k` nearest vectors; `answer` is empty.
  func find(_ query: Span<Float>, into answer: inout TopK) {
    guard answer.k > 0, store.count > 0 else { return }
    if let filter = scan.filter {
      scratch.filtered.begin(filter, store.metadata)
      scratch.query.set(query)
      probe.chooseLists(matchingIn: store, of: store.lists.count, k: answer.k, scratch: scratch) {}
    } else {
      prepare(query)
    }
    scanLists(into: &answer)
  }

  /// Does the same for the query that is already in the scratch.
  func findPrepared(into answer: inout TopK) {
    probe.chooseLists(of: store.lists.count, scratch: scratch)
    scanLists(into: &answer)
  }

  /// Writes a query into the scratch and chooses the lists to search; none for a query without neighbours.
  func prepare(_ query: Span<Float>) {
    scratch.query.set(query)
    probe.chooseLists(of: store.lists.count, scratch: scratch)
  }

  /// Searches the chosen lists for the scratch's query.
  private func scanLists(into answer: inout TopK) {
    scan.scan(scratch.probedLists, into: &answer)
    scan.scan(scratch.exactLists, into: &answer)
    answer.sort()
    store.metric.report(&answer)
  }

  /// Appends the answer to each query, in the order of the queries.
  func find(_ queries: Matrix, k: Int, into answers: inout NeighborBatch) {
    if scan.filter == nil, k > 0, store.count > 0, let quantizer = store.quantizer {
      let together = BatchLimits.rows(
        codeBytes: store.scalarCodeBytes,
        stateBytes: BatchSearch.stateBytes(
          k: k, dimension: store.dimension, probed: probe.most(of: store.lists.count)), fewest: 1024)
      for rows in queries.batches(of: together) {
        BatchSearch(rows, k: k, search: self, quantizer: quantizer).run(into: &answers)
      }
      return
    }
    var answer = TopK(k: k)
    for row in 0..<queries.rows {
      answer.reset(k: k)
      find(queries[row: row], into: &answer)
      answers.append(answer)
    }
  }
}
