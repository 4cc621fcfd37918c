import VectorIndexes

extension SweepPlan {
  /// A rough estimate of a sweep's time in seconds, precise enough to tell a minute from a night.
  public struct Estimate: Sendable, Equatable {
    public var buildSeconds = 0.0
    /// The upper bound, as if every query looked at every vector.
    public var searchSeconds = 0.0
    /// The memory of the largest dataset, counted twice: once as read and once in the index.
    public var memoryBytes = 0
  }

  /// Multiply-adds a second of one thread in k-means, and bytes a second that a scan reads: orders of magnitude of a
  /// machine of 2020.
  private static let multiplyAddsPerSecond = 2e10
  private static let scannedBytesPerSecond = 1e10

  /// The estimate, computed from the shapes and from `nlist` where an index has it.
  public var estimate: Estimate {
    builds.reduce(into: Estimate()) { estimate, build in
      let shape = build.dataset.shape
      let vectors = Double(shape.trainSize)
      let vectorBytes = 4 * Double(shape.dimension)
      if let nlist = build.parameters.entries.first(where: { $0.name == "nlist" }),
        case .integer(let count) = nlist.value
      {
        // Training takes 16 iterations on a sample, followed by one assignment of all vectors.
        let sample = min(vectors, max(65_536, 256 * Double(count)))
        let products = (16 * sample + vectors) * Double(count) * Double(shape.dimension)
        let threads = Double(build.cells[0].options.buildThreads)
        estimate.buildSeconds += products / Self.multiplyAddsPerSecond / threads
      }
      estimate.buildSeconds += vectors * vectorBytes / Self.scannedBytesPerSecond
      for cell in build.cells {
        let perQuery = vectors * vectorBytes / Self.scannedBytesPerSecond
        switch cell.options.stage {
        case .ingest(.writing, let options):
          let written = vectors - Double(options.baseRows ?? 0)
          estimate.searchSeconds += options.rate > 0 ? written / Double(options.rate * IngestPhase.tenths) : 0
        case .ingest(let phase, let options):
          estimate.searchSeconds += [.freezing, .flushing].contains(phase) ? 0 : options.idleSeconds
        case .drift, nil:
          // The warm-up takes at most as long as a round; after a step only a part of the vectors is stored.
          let passes = Double(cell.options.rounds + 1)
          var share = 1.0
          if case .drift(let step, _) = cell.options.stage { share = Double(step) / Double(Workload.driftSteps) }
          estimate.searchSeconds += share * passes * Double(shape.queries) * perQuery / Double(cell.options.threads)
        }
      }
      estimate.memoryBytes = max(estimate.memoryBytes, Int(2 * vectors * vectorBytes))
    }
  }
}
