import VectorSearch

/// A description of an index for the conformance checks: how to build and search it, and what its answers promise.
///
///     let setup = IndexSetup(
///       MyIndex.self, metric: .euclidean, build: ["nlist": "16"], exhaustive: ["nprobe": "16"])
///     let report = setup.checkConformance(seed: 7)
///
/// Make one setup for each metric, and for each set of build parameters that runs different code.
public struct IndexSetup<Index: DeclaredIndex>: Sendable {
  /// The metric of the index, by which brute force computes the expected answers.
  public let metric: Metric
  /// The number of components of the vectors that the checks make.
  public let dimension: Int
  /// The build parameters as text, by name; the others have their defaults.
  public let build: [String: String]
  /// The search parameters as text with which a search compares every vector; not used with `approximate`.
  public let exhaustive: [String: String]
  /// The search parameters of an index whose searches may miss vectors; `nil` for other indexes.
  public let approximate: [String: String]?
  /// The search parameters as text of searches that compare only a part of the vectors.
  public let partial: [[String: String]]
  /// Whether answers have the distances of the metric, not estimates from codes.
  public let hasTrueDistances: Bool
  /// Whether the memory of a removed vector is freed immediately.
  public let freesRemoved: Bool
  /// The number of training vectors; 0 for an index that needs no training.
  public let trainingVectors: Int
  /// Makes the index, by default by its `init`.
  private let construct: @Sendable (Parameters, _ seed: UInt64) throws -> Index

  /// Describes an index and one way to build and search it.
  ///
  /// - Parameters:
  ///   - dimension: the number of components of the vectors that the checks make, at least 1. With 20 components,
  ///     errors in the remainder after blocks of 8 or 16 components are found.
  ///   - build: the build parameters as text, by name; the others have their defaults.
  ///   - exhaustive: search parameters with which every search compares every vector, such as `nprobe` = `nlist`.
  ///     Answers must then have all requested vectors that the filter accepts; with `hasTrueDistances` they must be
  ///     those of brute force.
  ///   - approximate: the usual search parameters of an index whose searches may miss vectors, such as a graph; given
  ///     instead of `exhaustive`. An answer may then lack vectors, but its vectors must be stored, accepted by the
  ///     filter, unique, in order, and at their distances. Everything else is checked as for other indexes: refused
  ///     input, the order of checks, determinism, batches, concurrent searches, statistics.
  ///   - partial: search parameters of searches that compare only a part of the vectors, each merged into the
  ///     parameters above. Batches and huge values are checked with each of them. The default is some values of
  ///     `nprobe`, `recall`, `refine`, `candidates` and `diversity`, as far as the index declares these names. Searches with
  ///     `refine` 0 may report estimated distances.
  ///   - hasTrueDistances: whether answers have the distances of the metric up to rounding. Pass false for an index
  ///     that stores codes instead of vectors; its distances are then not compared with those of brute force.
  ///   - freesRemoved: whether `statistics.memoryBytes` decreases as soon as a vector is removed.
  ///   - trainingVectors: the number of vectors on which a `TrainableIndex` is trained before it is filled; 0 for an
  ///     index that trains itself. Ignored for an index that is not trainable.
  ///   - construct: makes an empty index with these build parameters and this seed, if the index's `init` does not
  ///     suffice. It is called many times, and must make a new index each time.
  public init(
    _ type: Index.Type, metric: Metric, dimension: Int = 20, build: [String: String] = [:],
    exhaustive: [String: String] = [:], approximate: [String: String]? = nil, partial: [[String: String]]? = nil,
    hasTrueDistances: Bool = true, freesRemoved: Bool = true, trainingVectors: Int = 200,
    construct: (@Sendable (Parameters, _ seed: UInt64) throws -> Index)? = nil
  ) {
    precondition(approximate == nil || exhaustive.isEmpty, "searches are either exhaustive or approximate")
    self.metric = metric
    self.dimension = dimension
    self.build = build
    self.exhaustive = exhaustive
    self.approximate = approximate
    self.partial = partial ?? Self.usualPartialSearches
    self.hasTrueDistances = hasTrueDistances
    self.freesRemoved = freesRemoved
    self.trainingVectors = trainingVectors
    self.construct =
      construct ?? { try Index(dimension: dimension, metric: metric, parameters: $0, seed: $1) }
  }

  /// Settings of search parameters with faiss's names that the index declares and whose values it accepts.
  private static var usualPartialSearches: [[String: String]] {
    let all = [
      ["nprobe": "1", "refine": "1"], ["nprobe": "3", "refine": "1"], ["nprobe": "3", "refine": "4"],
      ["nprobe": "2", "refine": "auto", "candidates": "20"], ["nprobe": "3", "refine": "auto", "diversity": "0.5"],
      ["nprobe": "3", "refine": "0"], ["nprobe": "auto", "recall": "0.5"],
    ]
    return all.map { settings in
      settings.filter { name, text in
        Index.declaration.search.contains { $0.name == name && (try? $0.value(parsing: text)) != nil }
      }
    }.filter { !$0.isEmpty }
  }

  /// Whether the searches of the checks compare every vector.
  package var isExhaustive: Bool { approximate == nil }

  /// An empty, untrained index.
  package func make(seed: UInt64 = 7) throws -> Index {
    let parameters = try Parameters(build, declared: Index.declaration.build, kind: Index.declaration.kind)
    return try construct(parameters, seed)
  }
}
