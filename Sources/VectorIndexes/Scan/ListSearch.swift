import CKernels
import VectorCore

/// One search, or one batch of them, over the lists of a store; the arguments have passed the checks.
struct ListSearch {
  /// Which lists a query looks at.
  enum Probe {
    case all
    /// The `nprobe` lists nearest to the query, nearest first; with a diversity, some of those twice as many.
    case nearest(Int, diversity: Double = 0, of: CoarseQuantizer)
    /// Those of so many leaves of a tree, found by a beam as wide.
    case beam(Int, in: ClusterTree)
  }

  let store: VectorStore
  let probe: Probe
  let filter: Filter?
  let scratch: ScanScratch

  /// Queries that a batch keeps in hand at once.
  private static let batchRows = 1024

  /// Finds the `answer.k` nearest vectors into an answer that is empty.
  func find(_ query: Span<Float>, into answer: inout TopK) {
    guard answer.k > 0, store.count > 0 else { return }
    prepare(query)
    scanLists(into: &answer)
  }

  /// The same for the query that is in the scratch already.
  fileprivate func findPrepared(into answer: inout TopK) {
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
    scan(scratch.probedLists, into: &answer)
    scan(scratch.exactLists, into: &answer)
    answer.sort()
    store.metric.report(&answer)
  }

  /// Offers the vectors of some lists by their exact distances from the scratch's query.
  func scan(_ lists: [UInt32], into answer: inout TopK) {
    // A filter decides before any distance, approximate ones too, so what it lets through is scanned as it is.
    if filter == nil, let quantizer = store.quantizer {
      scanCoded(lists, quantizer, into: &answer)
    } else {
      for list in lists { store.scan(store.lists[Int(list)], filter: filter, scratch: scratch, into: &answer) }
    }
  }

  private func scanCoded(_ lists: [UInt32], _ quantizer: ScalarQuantizer, into answer: inout TopK) {
    let kernel = Kernels.active.sq4.pointee
    let scan = BoundedScan(store: store, scratch: scratch)
    let query = CodedQuery(scratch.query.vector, quantizer: quantizer, codes: scratch.codes)
    for number in lists {
      let list = store.lists[Int(number)]
      guard list.count > 0 else { continue }
      let bound = list.bound(query)
      var start = 0
      while start < list.count {
        let count = min(BoundedScan.rowsAtOnce(answer), list.count - start)
        var limit = bound.within(query.limit(answer.threshold))
        var keptCount = 0
        kernel.scan(
          list.codeBlock(from: start), count, store.dimension, scratch.codes, 1, &limit, scratch.kept, count,
          &keptCount)
        answer.distanceComputations += count
        scan.take(
          scratch.kept, count: keptCount, list: Int(number), from: start, query: query, bound: bound,
          deferred: &scratch.deferred, into: &answer)
        start += count
      }
    }
    scan.finish(&scratch.deferred, query: query, into: &answer)
  }

  /// Adds the answer to each query, in their order.
  func find(_ queries: Matrix, k: Int, into answers: inout NeighborBatch) {
    if filter == nil, k > 0, store.count > 0, let quantizer = store.quantizer {
      for start in stride(from: 0, to: queries.rows, by: Self.batchRows) {
        let rows = queries[rows: start..<min(start + Self.batchRows, queries.rows)]
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

extension ListSearch.Probe {
  /// Puts the numbers of the lists to look at into the scratch, nearest first.
  ///
  /// - Parameter lists: how many there are.
  func chooseLists(of lists: Int, scratch: ScanScratch) {
    scratch.probedLists.removeAll(keepingCapacity: true)
    scratch.probedDistances.removeAll(keepingCapacity: true)
    scratch.exactLists.removeAll(keepingCapacity: true)
    guard scratch.query.hasNeighbors else { return }
    switch self {
    case .all:
      for list in 0..<lists { scratch.probedLists.append(UInt32(list)) }
    case .beam(let width, let tree):
      scratch.exactLists.append(UInt32(Cluster.outliers))
      scratch.beam.findLeaves(
        width, of: tree, nearestTo: scratch.query.vector, by: tree.metric, into: &scratch.probes)
      tree.metric.report(&scratch.probes)
      for rank in 0..<scratch.probes.count {
        var leaf = scratch.probes[rank]
        scratch.exactLists.append(UInt32(Cluster.buffer(ofSlot: Int(leaf.id))))
        leaf.id = UInt64(Cluster.postings(ofSlot: Int(leaf.id)))
        scratch.take(leaf)
      }
    case .nearest(let nprobe, let diversity, let quantizer):
      scratch.exactLists.append(UInt32(quantizer.outlierList))
      let coarse = scratch.coarse
      let wanted = min(nprobe, quantizer.nlist)
      scratch.probes.reset(k: diversity > 0 ? min(2 * wanted, quantizer.nlist) : wanted)
      coarse.query.adopt(scratch.query)
      if quantizer.isMeasuredWhole(probing: scratch.probes.k) {
        quantizer.findNearest(
          coarse.query, distances: scratch.centroidDistances(quantizer.nlist), into: &scratch.probes)
      } else {
        let search = ListSearch(store: quantizer.store, probe: .all, filter: nil, scratch: coarse)
        search.findPrepared(into: &scratch.probes)
      }
      if wanted < scratch.probes.count {
        scratch.spread.choose(wanted, of: scratch.probes, diversity: diversity, quantizer: quantizer) { rank in
          scratch.take(scratch.probes[rank])
        }
        return
      }
      for rank in 0..<scratch.probes.count { scratch.take(scratch.probes[rank]) }
    }
  }
}
