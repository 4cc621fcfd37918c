import Datasets
import Foundation
import TestSupport
import Testing
import VectorCore
import VectorIndexes

/// Recall on vectors of photographs, of which the first thousands are enough.
@Suite struct IVFPQRecallTests {
  static let queries = 30

  /// Recall@10 of each search, on an index of this build.
  func recalls(_ build: [String: String], searches: [[String: String]]) throws -> [Double] {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../../datasets/photo-sift-20k-128-euclidean.hdf5")
    let dataset = try Dataset.load(path: file.path(percentEncoded: false))
    let vectors = dataset.train[rows: 0..<2000]
    let setup = IndexSetup(
      IVFPQIndex.self, metric: .euclidean, dimension: 128,
      build: ["nlist": "16", "m": "16", "niter": "2"].merging(build) { _, given in given })
    let index = try setup.make()
    try index.train(vectors, threads: 2)
    try index.insertBatch(
      ids: (0..<2000).map(UInt64.init), vectors: vectors, metadata: [], onConflict: .fail, threads: 2)
    let flat = try IndexSetup(FlatIndex.self, metric: .euclidean, dimension: 128).makeFilled(with: vectors)
    return try searches.map { search in
      let parameters = try setup.searchParameters(search)
      let hits = try (0..<Self.queries).reduce(0) { hits, row in
        let query = dataset.test.array(row)
        let truth = Set(
          try flat.find(query, k: 10, parameters: SearchParameters(Parameters(declared: [], kind: "flat"))).map(\.id))
        return hits + (try index.find(query, k: 10, parameters: parameters)).filter { truth.contains($0.id) }.count
      }
      return Double(hits) / Double(10 * Self.queries)
    }
  }

  func expectAscending(_ recalls: [Double]) {
    #expect(zip(recalls, recalls.dropFirst()).allSatisfy { $0 <= $1 + 0.005 }, "\(recalls)")
    #expect(recalls[0] < recalls[recalls.count - 1], "\(recalls)")
  }

  @Test func growsWithNProbeAndRefine() throws {
    let searches =
      ["1", "2", "4", "8", "16"].map { ["nprobe": $0, "refine": "100"] }
      + ["0", "1", "2", "4", "16"].map { ["nprobe": "16", "refine": $0] }
    let recalls = try recalls([:], searches: searches)
    expectAscending(Array(recalls[..<5]))
    expectAscending(Array(recalls[5...]))
    #expect(recalls[4] > 0.99, "all lists, many candidates")
  }

  @Test func growsWithM() throws {
    expectAscending(
      try ["4", "8", "16"].map { try recalls(["m": $0], searches: [["nprobe": "16", "refine": "0"]])[0] })
  }
}
