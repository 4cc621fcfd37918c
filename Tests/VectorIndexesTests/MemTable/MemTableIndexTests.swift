import TestSupport
import Testing
import VectorCore

@testable import VectorIndexes

@Suite struct MemTableIndexTests {
  /// Builds that spill into one overflow or the other, freeze and flush often, or do neither.
  static let builds: [[String: String]] = [
    ["max_rows": "12", "capacity_factor": "1", "freeze_rows": "100000"],
    ["max_rows": "12", "capacity_factor": "1", "freeze_rows": "100000", "overflow": "skiplist"],
    ["max_rows": "37", "frozen": "2"],
    ["max_rows": "37", "frozen": "0", "nbits": "8", "m": "1"],
  ]

  func setup(
    _ metric: Metric = .euclidean, nlist: Int = 12, dimension: Int = 20, _ build: [String: String] = [:],
    refine: Int = 1000
  ) -> IndexSetup<MemTableIndex> {
    IndexSetup(
      MemTableIndex.self, metric: metric, dimension: dimension,
      build: ["nlist": String(nlist), "niter": "1", "max_rows": "500"].merging(build) { _, given in given },
      exhaustive: ["nprobe": String(nlist), "refine": String(refine)],
      hasTrueDistances: refine > 0 && (build["refine_store"] ?? "f32") == "f32", freesRemoved: false,
      trainingVectors: build["nbits"] == "8" ? 300 : 200)
  }

  // parity: S5.1, S5.4
  @Test(arguments: zip(MemTableIndex.declaration.metrics, builds))
  func conforms(metric: Metric, build: [String: String]) throws {
    try checkVectorIndex(setup(metric, build))
  }

  @Test(arguments: builds.suffix(2))
  func conformsWithoutStoredVectors(build: [String: String]) throws {
    try checkVectorIndex(setup(.angular, build.merging(["refine_store": "none"]) { _, given in given }))
  }

  @Test(arguments: builds.prefix(2))
  func conformsInTheOrderOfTheCodes(build: [String: String]) throws {
    try checkVectorIndex(setup(.euclidean, build, refine: 0))
  }

  @Test(arguments: ["f32", "f16", "sq8", "none"])
  func conformsWithOneList(store: String) throws {
    try checkVectorIndex(setup(nlist: 1, ["refine_store": store, "max_rows": "37", "frozen": "1"]))
  }

  @Test func conformsWithASecondListInTheBase() throws {
    try checkVectorIndex(setup(.euclidean, ["spill": "on", "max_rows": "37", "frozen": "0"]))
  }

  @Test(arguments: builds.prefix(3))
  func survivesRandomOperations(build: [String: String]) throws {
    try checkRandomOperations(setup(nlist: 8, dimension: 6, build), operations: 2000, seed: 12)
  }
}
