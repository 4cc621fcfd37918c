import OrderedStore
import TestSupport
import Testing
import VectorCore

@testable import VectorIndexes

/// `refine` and `candidates` mean the same in every index of product codes.
@Suite struct RefinementTests {
  /// An index of 600 vectors, all of them coded.
  private func index(_ kind: String, store: String = "f32") throws -> any MutableVectorIndex {
    let type = try IndexCatalog.standard.type(ofKind: kind.replacing(" in a store", with: ""))
    let declaration = type.declaration
    let settings = ["m": "4", "refine_store": store].merging(kind.hasPrefix("fractal") ? [:] : ["nlist": "6"]) { $1 }
    let parameters = try Parameters(settings, declared: declaration.build, kind: declaration.kind)
    let index: any TrainableIndex & MutableVectorIndex =
      switch kind {
      case "ivf-pq in a store":
        try PersistentIVFPQIndex(dimension: 8, metric: .euclidean, parameters: parameters, seed: 1)
      case "fractal in a store":
        try PersistentFractalIndex(dimension: 8, metric: .euclidean, parameters: parameters, seed: 1)
      case "fractal": try FractalIndex(dimension: 8, metric: .euclidean, parameters: parameters, seed: 1)
      case "memtable": try MemTableIndex(dimension: 8, metric: .euclidean, parameters: parameters, seed: 1)
      default: try IVFPQIndex(dimension: 8, metric: .euclidean, parameters: parameters, seed: 1)
      }
    let vectors = RandomVectors.uniform.matrix(600, dimension: 8, seed: 3)
    try index.train(vectors, threads: 1)
    try index.insertBatch(
      ids: (0..<600).map(UInt64.init), vectors: vectors, metadata: [], onConflict: .fail, threads: 1)
    try (index as? any PersistentIndex)?.commit()
    return try (index as? any PersistentIndex)?.snapshot() ?? index
  }

  /// The number of vectors whose exact distances are computed: at most all candidates, since estimates exclude some.
  private func measured(_ settings: [String: String], k: Int, in index: any MutableVectorIndex) throws -> Int {
    let declaration = index.declaration
    let all = settings.merging(["nprobe": "1000"]) { given, _ in given }
    let parameters = SearchParameters(try Parameters(all, declared: declaration.search, kind: declaration.kind))
    var answer = TopK(k: 0)
    try index.search(
      [Float](repeating: 0.1, count: 8).span, k: k, parameters: parameters, filter: nil,
      scratch: index.makeScratch(), into: &answer)
    #expect(answer.count == min(k, 600))
    return answer.distanceComputations - 600
  }

  // parity: S1.7, S1.12, S2.6, S3.9
  @Test(arguments: ["ivf-pq", "ivf-pq in a store", "memtable", "fractal", "fractal in a store"])
  func meansTheSameEverywhere(kind: String) throws {
    let index = try index(kind)
    func measured(_ settings: [String: String], k: Int) throws -> Int {
      try self.measured(settings, k: k, in: index)
    }
    #expect(try (33...100).contains(measured([:], k: 5)), "max(10·k, 100)")
    #expect(try (66...200).contains(measured([:], k: 20)))
    #expect(try measured([:], k: 100) == 600, "no more than there are vectors")
    #expect(try (15...20).contains(measured(["refine": "4"], k: 5)))
    #expect(try measured(["refine": "1"], k: 5) == 5)
    #expect(try measured(["refine": "0"], k: 5) == 0, "the order of the codes")
    #expect(try (15...30).contains(measured(["candidates": "30"], k: 5)))
    #expect(try measured(["candidates": "3"], k: 5) == 5, "k at the least")
    #expect(try measured(["candidates": "30"], k: 5000) == 600)
    #expect(try measured(["candidates": "\(1 << 32)"], k: 5) == 600)
    let unmeasured = try self.index(kind, store: "none")
    for settings in [[:], ["refine": "4"], ["candidates": "30"]] {
      #expect(try self.measured(settings, k: 5, in: unmeasured) == 0, "nothing is stored that could be measured")
    }
  }

  @Test func nothingIsWantedOfNothing() {
    for refinement in [Refinement.off, .perNeighbor(4), .candidates(30), .standard] {
      #expect(refinement.candidates(for: 0, of: 50) == 0)
      #expect(refinement.candidates(for: 5, of: 0) == 0)
      #expect(refinement.candidates(for: .max, of: 50) == 50)
    }
    #expect(Refinement.perNeighbor(1 << 20).candidates(for: .max, of: 1 << 32) == 1 << 32)
  }
}
