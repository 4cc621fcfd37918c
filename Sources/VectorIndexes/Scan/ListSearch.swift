import VectorCore

/// One search, or one batch of them, over the lists of a store; the arguments have passed the checks.
struct ListSearch {
  /// Which lists a query looks at.
  enum Probe {
    case all
    /// The `nprobe` lists nearest to the query, nearest first.
    case nearest(Int, of: CoarseQuantizer)
  }

  let store: VectorStore
  let probe: Probe
  let filter: Filter?
  let scratch: ScanScratch

  /// Finds the `answer.k` nearest vectors into an answer that is empty.
  func find(_ query: Span<Float>, into answer: inout TopK) {
    guard answer.k > 0, store.count > 0 else { return }
    scratch.query.set(query)
    guard scratch.query.hasNeighbors else { return }
    switch probe {
    case .all:
      for list in store.lists { store.scan(list, filter: filter, scratch: scratch, into: &answer) }
    case .nearest(let nprobe, let quantizer):
      quantizer.probe(min(nprobe, quantizer.nlist), scratch: scratch)
      for rank in 0..<scratch.probes.count {
        let list = store.lists[Int(scratch.probes[rank].id)]
        store.scan(list, filter: filter, scratch: scratch, into: &answer)
      }
    }
    answer.sort()
    store.metric.report(&answer)
  }

  /// Adds the answer to each query, in their order.
  func find(_ queries: Matrix, k: Int, into answers: inout NeighborBatch) {
    var answer = TopK(k: k)
    for row in 0..<queries.rows {
      answer.reset(k: k)
      find(queries[row: row], into: &answer)
      answers.append(answer)
    }
  }
}
