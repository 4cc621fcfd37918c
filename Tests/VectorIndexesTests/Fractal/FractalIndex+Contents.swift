import VectorCore

@testable import VectorIndexes

extension FractalIndex {
  /// An index with the ids of its clusters from one on.
  convenience init(
    dimension: Int, metric: Metric, parameters: Parameters, seed: UInt64, firstClusterID: UInt64
  ) throws(IndexError) {
    let settings = try FractalSettings(Configuration(parameters), dimension: dimension, metric: metric)
    self.init(
      settings,
      FractalCore(
        settings, dimension: dimension, metric: metric, seed: seed, firstClusterID: firstClusterID))
  }

  /// What an index in memory, or open for writing, has.
  var core: FractalCore {
    guard case .memory(let core)? = try? storage.content else { preconditionFailure("the index is not in memory") }
    return core
  }

  var tree: ClusterTree { core.tree }
  var store: VectorStore { core.store }

  /// Checks what the index promises, in a file that the file holds the very same too.
  func checkInvariants() throws {
    if let stored = storage as? FileFractal { try stored.checkInvariants() } else { try core.checkInvariants() }
  }
}
