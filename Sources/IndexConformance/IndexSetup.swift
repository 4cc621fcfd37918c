import VectorSearch

/// What the conformance checks need to know of an index: how it is built and searched, and what its answers promise.
///
///     let setup = IndexSetup(
///       MyIndex.self, metric: .euclidean, build: ["nlist": "16"], exhaustive: ["nprobe": "16"])
///     let report = setup.checkConformance(seed: 7)
///
/// Make one setup for each metric, and for each build that takes another way through the code.
public struct IndexSetup<Index: DeclaredIndex>: Sendable {
  /// The metric of the index, and the one that answers are compared by.
  public let metric: Metric
  /// Components of the vectors that the checks make.
  public let dimension: Int
  /// Build parameters as they are typed, by name; the index's defaults for the others.
  public let build: [String: String]
  /// Search parameters, as they are typed, with which a search looks at every vector; unused beside `approximate`.
  public let exhaustive: [String: String]
  /// Search parameters of an index of which no search is sure to look at every vector; nil for other indexes.
  public let approximate: [String: String]?
  /// Search parameters, as they are typed, of searches that look at a part of the vectors.
  public let partial: [[String: String]]
  /// Whether the distances in answers are those of the metric, and not estimated from codes.
  public let hasTrueDistances: Bool
  /// Whether the memory of a removed vector is freed at once, and not later with that of others.
  public let freesRemoved: Bool
  /// How many vectors the index is trained on; 0 for an index that needs no training.
  public let trainingVectors: Int
  /// Makes the index where its `init` does not: in a file, for one.
  private let construct: @Sendable (Parameters, _ seed: UInt64) throws -> Index

  /// Describes an index and one way to build and search it.
  ///
  /// - Parameters:
  ///   - dimension: components of the vectors that the checks make, at least 1. A dimension of 20 finds faults in what
  ///     is left over when components are processed 8 or 16 at a time.
  ///   - build: build parameters as they are typed, by name; the index's defaults are taken for the others.
  ///   - exhaustive: search parameters with which every search looks at every vector: `nprobe` as large as `nlist`, for
  ///     one. Answers must then hold all that was asked for and that the filter accepts; with `hasTrueDistances` they
  ///     must be those of brute force.
  ///   - approximate: for an index of which no search is sure to look at every vector, a graph for one: parameters of
  ///     its usual searches, in place of `exhaustive`. An answer may then lack vectors, but what it holds must be
  ///     stored, accepted by the filter, there once, in order, and at its distance. Everything else is checked as for
  ///     other indexes: refused input, the order of checks, determinism, batches, concurrent searches, statistics.
  ///   - partial: search parameters of searches that look at a part of the vectors, each merged into the parameters
  ///     above. Batches and huge values are checked with each of them. Without this argument there are some values of
  ///     `nprobe`, `refine`, `candidates` and `diversity`, as far as the index declares these names; searches whose
  ///     `refine` is 0 may report estimated distances.
  ///   - hasTrueDistances: whether the distances in answers are those of the metric within rounding. False for an index
  ///     that keeps codes in place of vectors: its distances are then not compared with those of brute force.
  ///   - freesRemoved: whether `statistics.memoryBytes` shrinks as soon as a vector is removed.
  ///   - trainingVectors: how many vectors a `TrainableIndex` is trained on before it is filled; 0 for one that needs
  ///     none because it trains itself. An index that is not trainable ignores it.
  ///   - construct: makes an empty index of these build parameters and this seed where the index's `init` would not do;
  ///     called many times, each time for an index of its own.
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

  /// Settings of faiss's names, each as far as the index declares it and accepts the value.
  private static var usualPartialSearches: [[String: String]] {
    let all = [
      ["nprobe": "1", "refine": "1"], ["nprobe": "3", "refine": "1"], ["nprobe": "3", "refine": "4"],
      ["nprobe": "2", "refine": "auto", "candidates": "20"], ["nprobe": "3", "refine": "auto", "diversity": "0.5"],
      ["nprobe": "3", "refine": "0"],
    ]
    return all.map { settings in
      settings.filter { name, text in
        Index.declaration.search.contains { $0.name == name && (try? $0.value(parsing: text)) != nil }
      }
    }.filter { !$0.isEmpty }
  }

  /// Whether the searches of the checks look at every vector.
  package var isExhaustive: Bool { approximate == nil }

  /// An empty index, not trained.
  package func make(seed: UInt64 = 7) throws -> Index {
    let parameters = try Parameters(build, declared: Index.declaration.build, kind: Index.declaration.kind)
    return try construct(parameters, seed)
  }
}
