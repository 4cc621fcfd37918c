import VectorCore

/// Probes the lists whose centroids are nearest to the query, and the list of the outliers.
struct NearestLists: ListProbe {
  let extent: ProbeExtent
  /// If above 0, the lists are chosen from twice as many so that they are also far from each other; see `ProbeSpread`.
  let diversity: Double
  let quantizer: CoarseQuantizer

  init(_ extent: ProbeExtent, diversity: Double = 0, of quantizer: CoarseQuantizer) {
    self.extent = extent
    self.diversity = diversity
    self.quantizer = quantizer
  }

  func widened(to lists: Int) -> NearestLists { NearestLists(.lists(lists), diversity: diversity, of: quantizer) }

  var choosesAllLists: Bool { if case .lists(let nprobe) = extent { nprobe >= quantizer.nlist } else { false } }

  func most(of lists: Int) -> Int { extent.most(of: lists) }

  var codesExactLists: Bool { true }

  func choose(of lists: Int, scratch: ScanScratch) {
    scratch.exactLists.append(UInt32(quantizer.outlierList))
    let own = CentroidScratch.of(scratch)
    own.scan.query.adopt(scratch.query)
    let wanted: Int
    switch extent {
    case .lists(let nprobe):
      wanted = min(nprobe, quantizer.nlist)
      findNearest(candidates(for: wanted), scratch, own)
    case .margin(let margin):
      quantizer.findWithin(margin, distances(scratch, own), into: &scratch.probes)
      wanted = scratch.probes.count
      if diversity > 0 { findNearest(candidates(for: wanted), scratch, own) }
    }
    if diversity > 0, wanted < scratch.probes.count {
      own.spread.choose(wanted, of: scratch.probes, diversity: diversity, quantizer: quantizer) { rank in
        scratch.take(scratch.probes[rank])
      }
    } else {
      for rank in 0..<scratch.probes.count { scratch.take(scratch.probes[rank]) }
    }
  }

  /// The number of lists from which so many are chosen.
  private func candidates(for wanted: Int) -> Int { diversity > 0 ? min(2 * wanted, quantizer.nlist) : wanted }

  func measure(_ queries: UnsafePointer<Float>, count: Int, scratch: ScanScratch) {
    if case .lists(let nprobe) = extent,
      !quantizer.isMeasuredWhole(probing: candidates(for: min(nprobe, quantizer.nlist)))
    {
      return
    }
    let distances = CentroidScratch.of(scratch).distances.elements(count * quantizer.nlist)
    quantizer.measure(queries, count: count, into: distances.baseAddress!)
  }

  private func findNearest(_ wanted: Int, _ scratch: ScanScratch, _ own: CentroidScratch) {
    scratch.probes.reset(k: wanted)
    if quantizer.isMeasuredWhole(probing: wanted) {
      quantizer.findNearest(distances(scratch, own), into: &scratch.probes)
    } else {
      ListSearch(store: quantizer.store, probe: AllLists(), filter: nil, scratch: own.scan)
        .findPrepared(into: &scratch.probes)
    }
  }

  /// The distances of all centroids from the scratch's query; `measure` has computed those of a member of a batch.
  private func distances(_ scratch: ScanScratch, _ own: CentroidScratch) -> UnsafePointer<Float> {
    let first = (scratch.member ?? 0) * quantizer.nlist
    let distances = own.distances.elements(first + quantizer.nlist).baseAddress! + first
    if scratch.member == nil { quantizer.measure(own.scan.query.vector, count: 1, into: distances) }
    return UnsafePointer(distances)
  }
}

/// The working memory in which `NearestLists` finds the nearest centroids.
final class CentroidScratch: ProbeScratch {
  /// The working memory of the search among the centroids.
  let scan: ScanScratch
  /// Chooses among more lists than are probed, if `diversity` is above 0.
  var spread = ProbeSpread()
  /// The distances of all centroids.
  var distances = ReusedRoom<Float>()

  init(dimension: Int, metric: Metric) {
    scan = ScanScratch(dimension: dimension, metric: metric == .hamming ? .euclidean : metric)
  }

  fileprivate static func of(_ scratch: ScanScratch) -> CentroidScratch {
    guard let own = scratch.probing as? CentroidScratch else {
      preconditionFailure("the scratch is not from an index whose lists have centroids")
    }
    return own
  }
}

extension ScanScratch {
  /// Makes the working memory of searches that choose lists by their centroids.
  convenience init(nearestLists dimension: Int, metric: Metric) {
    self.init(
      dimension: dimension, metric: metric, probing: CentroidScratch(dimension: dimension, metric: metric))
  }
}
