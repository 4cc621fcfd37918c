import VectorCore

/// Probes the leaves nearest to the query: those that a beam search finds, or all within a margin.
///
/// It scans the codes of their postings, and compares the query exactly with the vectors in their buffers and with the
/// outliers.
struct NearestLeaves: ListProbe {
  /// The leaves to probe; their number is also the width of the beam.
  let extent: ProbeExtent
  let tree: ClusterTree

  func widened(to lists: Int) -> NearestLeaves { NearestLeaves(extent: .lists(lists), tree: tree) }

  func most(of lists: Int) -> Int { extent.most(of: lists) }

  /// A beam as wide as the number of leaves finds all of them, but a search cannot know that in advance.
  var choosesAllLists: Bool { false }
  var codesExactLists: Bool { false }

  func choose(of lists: Int, scratch: ScanScratch) {
    guard let own = scratch.probing as? BeamScratch else {
      preconditionFailure("the scratch is not from an index with a tree")
    }
    scratch.exactLists.append(UInt32(Cluster.outliers))
    let (query, metric) = (scratch.query.vector, tree.metric)
    switch extent {
    case .lists(let nprobe):
      own.beam.findLeaves(nprobe, of: tree, nearestTo: query, by: metric, into: &scratch.probes)
    case .margin(let margin):
      own.beam.findLeaves(withinMargin: margin, of: tree, nearestTo: query, by: metric, into: &scratch.probes)
    }
    tree.metric.report(&scratch.probes)
    for rank in 0..<scratch.probes.count {
      var leaf = scratch.probes[rank]
      scratch.exactLists.append(UInt32(Cluster.buffer(ofSlot: Int(leaf.id))))
      leaf.id = UInt64(Cluster.postings(ofSlot: Int(leaf.id)))
      scratch.take(leaf)
    }
  }
}

/// The working memory in which `NearestLeaves` finds leaves.
final class BeamScratch: ProbeScratch {
  var beam = TreeBeam()
}
