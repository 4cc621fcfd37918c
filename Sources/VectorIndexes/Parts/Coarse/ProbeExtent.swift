/// How many lists a search probes.
enum ProbeExtent {
  /// This number of lists.
  case lists(Int)
  /// The lists within a margin of the nearest one; see `ProbeMargins`.
  case margin(Float)

  /// The lists for a recall, or `nprobe` lists.
  ///
  /// - Parameters:
  ///   - k: the number of neighbours of the search.
  ///   - rows: the number of vectors in the index.
  ///   - lists: the number of lists, all of which are probed if only they can promise the recall.
  init(nprobe: Int, recall: Double?, k: Int, rows: Int, margins: ProbeMargins, lists: Int) {
    guard let recall else {
      self = .lists(nprobe)
      return
    }
    let margin = margins.margin(recall: recall, k: min(k, rows), rows: rows)
    self = margin.map { .margin($0) } ?? .lists(lists)
  }

  /// The greatest number of lists that are probed among `lists`.
  func most(of lists: Int) -> Int { if case .lists(let nprobe) = self { min(nprobe, lists) } else { lists } }
}
