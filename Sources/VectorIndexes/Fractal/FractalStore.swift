/// The storage of a fractal index, in memory or in a file: its clusters, codes and vectors.
///
/// The index calls its storage once for each change and each search, never for a single vector.
protocol FractalStore: AnyObject, Sendable {
  /// The contents that searches read. Throws only after an `abort` that could not read the file.
  var content: FractalContent { get throws(IndexError) }
  var count: Int { get }
  /// Bytes of the file; 0 in memory.
  var diskBytes: Int { get }

  /// Changes the contents in memory.
  ///
  /// - Parameter ids: the ids whose vectors or metadata the change may insert, replace or remove.
  /// - Throws: the errors of `body`, and `IndexError.storage` for an index opened for reading.
  func change<Change>(
    _ ids: [UInt64], _ body: (FractalCore) throws(IndexError) -> Change
  ) throws(IndexError) -> Change
}

/// The contents of a fractal index that searches read.
enum FractalContent {
  case memory(FractalCore)
  /// The tree is in memory; postings and vectors are read from the mapped file.
  case mapped(StoredFractal)

  var tree: ClusterTree {
    switch self {
    case .memory(let core): core.tree
    case .mapped(let stored): stored.tree
    }
  }

  /// What searches for a recall go by.
  var margins: ProbeMargins {
    switch self {
    case .memory(let core): core.margins.margins
    case .mapped(let stored): stored.contents.margins.margins
    }
  }

  var memoryBytes: Int {
    switch self {
    case .memory(let core): core.memoryBytes
    case .mapped(let stored): stored.memoryBytes
    }
  }

  /// Figures for `IndexStatistics.figures`.
  var figures: [String: Double] {
    switch self {
    case .memory(let core): core.figures
    case .mapped(let stored):
      stored.tree.figures.merging(stored.contents.codingError(of: stored.trained.coder).figures) { $1 }
    }
  }
}

extension FractalCore: FractalStore {
  var content: FractalContent { .memory(self) }
  var diskBytes: Int { 0 }

  func change<Change>(
    _ ids: [UInt64], _ body: (FractalCore) throws(IndexError) -> Change
  ) throws(IndexError) -> Change { try body(self) }
}
