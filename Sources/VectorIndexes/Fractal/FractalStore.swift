/// Where a fractal index has its clusters, codes and vectors: in memory, or in a file.
///
/// It is called once for each change and each search, never for a single vector.
protocol FractalStore: AnyObject, Sendable {
  /// What searches read. Fails only after an abort that could not read the file.
  var content: FractalContent { get throws(IndexError) }
  var count: Int { get }
  /// Bytes of the file; 0 in memory.
  var diskBytes: Int { get }

  /// Makes a change of what is in memory.
  ///
  /// - Parameter ids: of the vectors that may be changed one by one, with their metadata.
  /// - Throws: what `body` throws, and `IndexError.storage` for an index that is open for reading.
  func change<Change>(
    _ ids: [UInt64], _ body: (FractalCore) throws(IndexError) -> Change
  ) throws(IndexError) -> Change
}

/// What searches of a fractal index read.
enum FractalContent {
  case memory(FractalCore)
  /// The tree in memory, the vectors where the file is mapped.
  case mapped(StoredFractal)

  var tree: ClusterTree {
    switch self {
    case .memory(let core): core.tree
    case .mapped(let stored): stored.tree
    }
  }

  var memoryBytes: Int {
    switch self {
    case .memory(let core): core.memoryBytes
    case .mapped(let stored): stored.memoryBytes
    }
  }

  /// The figures of `IndexStatistics`.
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
