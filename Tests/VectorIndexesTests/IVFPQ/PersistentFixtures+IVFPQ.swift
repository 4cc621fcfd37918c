import TestSupport
import VectorCore

@testable import VectorIndexes

extension PersistentFixtures {
  /// Indexes in memory or in files that nobody waits for the disk to write.
  func setup(
    _ metric: Metric = .euclidean, nlist: Int = 8, dimension: Int = 20, _ build: [String: String] = [:],
    refine: Int = 1000, inFiles: Bool = false
  ) -> IndexSetup<PersistentIVFPQIndex> {
    IndexSetup(
      PersistentIVFPQIndex.self, metric: metric, dimension: dimension,
      build: ["nlist": String(nlist), "niter": "1"].merging(build) { _, given in given },
      exhaustive: ["nprobe": String(nlist), "refine": String(refine)],
      hasTrueDistances: refine > 0 && build["refine_store", default: "f32"] == "f32",
      trainingVectors: build["nbits"] == "8" ? 300 : 200,
      construct: inFiles ? self.inFiles(PersistentIVFPQIndex.self, dimension: dimension, metric: metric) : nil)
  }
}
