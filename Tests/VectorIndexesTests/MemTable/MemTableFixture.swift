import OrderedStore
import TestSupport
import VectorCore

@testable import VectorIndexes

/// A small base and writers over it: what tests of memtables begin with.
struct MemTableFixture {
  var metric = Metric.euclidean
  var dimension = 8
  var nlist = 6
  var build: [String: String] = [:]

  /// A trained index without vectors.
  func makeBase(trainedOn count: Int = 300) throws -> IVFPQIndex {
    let settings = ["nlist": String(nlist), "niter": "1", "m": "4"].merging(build) { _, given in given }
    let parameters = try Parameters(settings, declared: IVFPQIndex.declaration.build, kind: "ivf-pq")
    let index = try IVFPQIndex(dimension: dimension, metric: metric, parameters: parameters, seed: 3)
    try index.train(vectors(count, seed: 99), threads: 1)
    return index
  }

  /// Where the base has its lists.
  enum BaseKind: CaseIterable {
    case memory
    case store
  }

  /// The same in a store.
  func makeBase(in store: any OrderedStore, at path: String = "test") throws -> PersistentIVFPQIndex {
    let settings = ["nlist": String(nlist), "niter": "1", "m": "4"].merging(build) { _, given in given }
    let parameters = try Parameters(settings, declared: IVFPQIndex.declaration.build, kind: "ivf-pq")
    let index = try PersistentIVFPQIndex(
      openOrMake: store, at: path, dimension: dimension, metric: metric, parameters: parameters, seed: 3)
    if !index.isTrained { try index.train(vectors(300, seed: 99), threads: 1) }
    return index
  }

  /// The same in a file that a test may lose in a crash of the machine.
  func makeBase(at path: String) throws -> PersistentIVFPQIndex {
    let store = try LMDBStore.open(
      path, for: StoreApplication(name: "test", version: 1), durability: .noSync)
    let base = try makeBase(in: store, at: path)
    try base.commit()
    return base
  }

  /// A writer over a base with as many of the vectors, whose ids are their numbers.
  func makeWriter(
    over kind: BaseKind, _ configuration: MemTableConfiguration = MemTableConfiguration(),
    holding vectors: Matrix? = nil, metadata: [Metadata] = []
  ) throws -> MemTableWriter {
    let base = try makeBase(kind)
    if let vectors {
      try base.insertBatch(
        ids: (0..<vectors.rows).map(UInt64.init), vectors: vectors, metadata: metadata, onConflict: .fail, threads: 1)
    }
    return try MemTableWriter(over: base, configuration: configuration)
  }

  func makeBase(_ kind: BaseKind) throws -> IVFPQIndex {
    switch kind {
    case .memory: try makeBase()
    case .store: try makeBase(in: MemoryStore())
    }
  }

  /// A base of either kind, and writers over it one after the other.
  struct Bases {
    let index: IVFPQIndex

    init(_ fixture: MemTableFixture, _ kind: BaseKind) throws { index = try fixture.makeBase(kind) }

    /// The index where it is in a store.
    var stored: PersistentIVFPQIndex? { index as? PersistentIVFPQIndex }

    func makeWriter(_ configuration: MemTableConfiguration = MemTableConfiguration()) throws -> MemTableWriter {
      try MemTableWriter(over: index, configuration: configuration)
    }

    /// Trains the base again, which has no writer meanwhile.
    func retrain() throws { try index.retrain(threads: 1) }
  }

  func vectors(_ count: Int, _ kind: RandomVectors = .clustered, seed: UInt64) -> Matrix {
    kind.matrix(count, dimension: dimension, seed: seed)
  }

  /// An exhaustive search that measures as many vectors as it needs, or with `refine` 0 goes by the codes.
  func parameters(nprobe: Int? = nil, refine: Int = 1000) throws -> SearchParameters {
    let settings = ["nprobe": String(nprobe ?? nlist), "refine": String(refine)]
    return SearchParameters(try Parameters(settings, declared: IVFPQIndex.declaration.search, kind: "memtable"))
  }

  func find(
    _ query: [Float], k: Int, in set: MemTableSet, maxRow: UInt64? = nil, nprobe: Int? = nil, refine: Int = 1000,
    filter: Filter? = nil
  ) throws -> [Neighbor] {
    var answer = TopK(k: k)
    try set.search(
      query.span, k: k, parameters: parameters(nprobe: nprobe, refine: refine), filter: filter, maxRow: maxRow,
      scratch: set.makeScratch(), into: &answer)
    return answer.neighbors
  }
}

extension MemTableConfiguration {
  /// Layouts whose rows are where they belong, partly in the overflow, or almost all of them.
  static let layouts: [MemTableConfiguration] = Overflow.allCases.flatMap { overflow in
    [1, 60, 10_000].map { rows in
      MemTableConfiguration(overflow: overflow, capacityFactor: 1, maxRows: rows, freezeRows: 1 << 20)
    }
  }
}
