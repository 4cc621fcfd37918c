import TestSupport
import VectorCore

@testable import VectorIndexes

extension PersistentFixtures {
  /// Indexes of small clusters in memory, or in files that nobody waits for the disk to write.
  func fractal(
    _ metric: Metric = .euclidean, dimension: Int = 20, _ build: [String: String] = [:], refine: Int = 1000,
    trainingVectors: Int = 64, inFiles: Bool = false
  ) -> IndexSetup<PersistentFractalIndex> {
    IndexSetup(
      PersistentFractalIndex.self, metric: metric, dimension: dimension,
      build: smallTree.merging(build) { _, given in given },
      exhaustive: ["nprobe": "1000000", "refine": String(refine)],
      hasTrueDistances: refine > 0 && build["refine_store", default: "f32"] == "f32", trainingVectors: trainingVectors,

      construct: inFiles ? self.inFiles(PersistentFractalIndex.self, dimension: dimension, metric: metric) : nil)
  }
}
