import VectorCore

/// One search, or one batch of them, over the lists of a store; the arguments have passed the checks.
struct ListSearch<Probe: ListProbe> {
  let probe: Probe
  private let scan: ListScan

  init(store: VectorStore, probe: Probe, filter: Filter?, scratch: ScanScratch) {
    self.probe = probe
    scan = ListScan(store: store, filter: filter, scratch: scratch)
  }

  var store: VectorStore { scan.store }
  var scratch: ScanScratch { scan.scratch }

  /// Finds the `answer.k` nearest vectors into an answer that is empty.
  func find(_ query: Span<Float>, into answer: inout TopK) {
    guard answer.k > 0, store.count > 0 else { return }
    prepare(query)
    scanLists(into: &answer)
  }

  /// The same for the query that is in the scratch already.
  func findPrepared(into answer: inout TopK) {
    probe.chooseLists(of: store.lists.count, scratch: scratch)
    scanLists(into: &answer)
  }

  /// Takes a query into the scratch and chooses the lists to look at: none for a query that has no neighbours.
  func prepare(_ query: Span<Float>) {
    scratch.query.set(query)
    probe.chooseLists(of: store.lists.count, scratch: scratch)
  }

  /// Looks for the scratch's query in the lists that have been chosen.
  private func scanLists(into answer: inout TopK) {
    scan.scan(scratch.probedLists, into: &answer)
    scan.scan(scratch.exactLists, into: &answer)
    answer.sort()
    store.metric.report(&answer)
  }

  /// Adds the answer to each query, in their order.
  func find(_ queries: Matrix, k: Int, into answers: inout NeighborBatch) {
    if scan.filter == nil, k > 0, store.count > 0, let quantizer = store.quantizer {
      for start in stride(from: 0, to: queries.rows, by: BatchSearch.rows) {
        let rows = queries[rows: start..<min(start + BatchSearch.rows, queries.rows)]
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
