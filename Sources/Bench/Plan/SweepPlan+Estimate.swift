import VectorIndexes

extension SweepPlan {
  /// About how long the sweep takes, in seconds: to tell a minute from a night.
  public struct Estimate: Sendable, Equatable {
    public var buildSeconds = 0.0
    /// At most: as if every query looked at every vector.
    public var searchSeconds = 0.0
    /// Of the largest dataset, twice: once as read and once in the index.
    public var memoryBytes = 0
  }

  /// Multiply-adds a second of one thread in k-means, and bytes a second that a scan reads: orders of magnitude of a
  /// machine of 2020.
  private static let multiplyAddsPerSecond = 2e10
  private static let scannedBytesPerSecond = 1e10

  /// Reckoned from shapes and from `nlist`, where there is one.
  public var estimate: Estimate {
    builds.reduce(into: Estimate()) { estimate, build in
      let shape = build.dataset.shape
      let vectors = Double(shape.trainSize)
      let vectorBytes = 4 * Double(shape.dimension)
      if let nlist = build.parameters.entries.first(where: { $0.name == "nlist" }),
        case .integer(let count) = nlist.value
      {
        // Training on a sample in 16 iterations, then one assignment of everything.
        let sample = min(vectors, max(65_536, 256 * Double(count)))
        let products = (16 * sample + vectors) * Double(count) * Double(shape.dimension)
        let threads = Double(build.cells[0].options.buildThreads)
        estimate.buildSeconds += products / Self.multiplyAddsPerSecond / threads
      }
      estimate.buildSeconds += vectors * vectorBytes / Self.scannedBytesPerSecond
      for cell in build.cells {
        // The warm-up is at most as long as a round.
        let passes = Double(cell.options.rounds + 1)
        let perQuery = vectors * vectorBytes / Self.scannedBytesPerSecond
        estimate.searchSeconds += passes * Double(shape.queries) * perQuery / Double(cell.options.threads)
      }
      estimate.memoryBytes = max(estimate.memoryBytes, Int(2 * vectors * vectorBytes))
    }
  }
}
