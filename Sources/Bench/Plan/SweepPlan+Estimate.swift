import VectorIndexes

extension SweepPlan {
  /// A rough estimate of a sweep's time in seconds, mostly within a factor of three.
  public struct Estimate: Sendable, Equatable {
    public var buildSeconds = 0.0
    public var searchSeconds = 0.0
    /// The memory of the largest dataset, counted twice: once as read and once in the index.
    public var memoryBytes = 0
  }

  // Orders of magnitude of one thread of a machine of 2020.

  /// Multiply-adds a second in k-means.
  private static let multiplyAddsPerSecond = 2e10
  /// Bytes a second that a scan reads from memory, and from the processor's cache when the vectors fit into it.
  private static let (memoryBytesPerSecond, cacheBytesPerSecond) = (1e10, 5e10)
  private static let cacheBytes = 3.2e7
  /// The least time of a query.
  private static let queryOverhead = 1e-5
  /// The time of a query of an index that neither scans nor has clusters, such as a graph, and its time to add a vector.
  private static let (graphQuery, graphInsert) = (1e-4, 1e-4)
  /// The time for a process, for reading, judging and storing: once a build and once a cell.
  private static let (buildOverhead, cellOverhead) = (0.2, 0.02)

  /// The number of lists that a search is taken to probe where the index chooses it.
  private static let usualNProbe = 10.0

  /// The number of vectors that a search looks at: all in a scan, those of `nprobe` clusters, or `nil` when the
  /// parameters do not tell.
  private static func scanned(_ cell: Cell, of vectors: Double) -> Double? {
    func integer(_ name: String) -> Double? {
      for entry in cell.build.entries + cell.search.entries where entry.name == name {
        if case .integer(let value) = entry.value { return Double(value) }
      }
      return nil
    }
    if let nprobe = integer("nprobe") ?? integer("nlist").map({ _ in usualNProbe }) {
      let cluster = integer("nlist").map { vectors / max($0, 1) } ?? integer("max_leaf")
      return cluster.map { min(vectors, nprobe * $0) + (integer("nlist") ?? 0) }
    }
    return cell.kind.hasSuffix("flat") ? vectors : nil
  }

  /// The estimate, computed from the shapes and from `nlist` where an index has it.
  public var estimate: Estimate {
    builds.reduce(into: Estimate()) { estimate, build in
      let shape = build.dataset.shape
      let vectors = Double(shape.trainSize)
      let vectorBytes = 4 * Double(shape.dimension)
      let isCached = vectors * vectorBytes <= Self.cacheBytes
      let scanRate = (isCached ? Self.cacheBytesPerSecond : Self.memoryBytesPerSecond) / vectorBytes
      if let nlist = build.parameters.entries.first(where: { $0.name == "nlist" }),
        case .integer(let count) = nlist.value
      {
        // Training takes 16 iterations on a sample, followed by one assignment of all vectors.
        let sample = min(vectors, max(65_536, 256 * Double(count)))
        let products = (16 * sample + vectors) * Double(count) * Double(shape.dimension)
        let threads = Double(build.cells[0].options.buildThreads)
        estimate.buildSeconds += products / Self.multiplyAddsPerSecond / threads
      }
      estimate.buildSeconds += Self.buildOverhead + vectors * vectorBytes / Self.memoryBytesPerSecond
      if let first = build.cells.first, Self.scanned(first.cell, of: vectors) == nil {
        estimate.buildSeconds += vectors * Self.graphInsert / Double(first.options.buildThreads)
      }
      for cell in build.cells {
        let scan = Self.scanned(cell.cell, of: vectors).map { $0 / scanRate }
        let perQuery = Self.queryOverhead + (scan ?? Self.graphQuery)
        estimate.searchSeconds += Self.cellOverhead
        switch cell.options.stage {
        case .ingest(.writing, let options):
          let written = vectors - Double(options.baseRows ?? 0)
          estimate.searchSeconds += options.rate > 0 ? written / Double(options.rate * IngestPhase.tenths) : 0
        case .ingest(let phase, let options):
          estimate.searchSeconds += [.freezing, .flushing].contains(phase) ? 0 : options.idleSeconds
        case .load(let point): estimate.searchSeconds += Double(cell.options.rounds) * point.seconds
        case .filtered, .drift, .runbook, nil:
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
