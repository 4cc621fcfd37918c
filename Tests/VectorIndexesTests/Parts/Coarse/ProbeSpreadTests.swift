import TestSupport
import Testing
import VectorCore

@testable import VectorIndexes

@Suite struct ProbeSpreadTests {
  /// Lists on a line: at 0, 1, 2, 10, 11 and −9.
  let positions: [Float] = [0, 1, 2, 10, 11, -9]

  func index() throws -> (IVFPQIndex, IndexSetup<IVFPQIndex>) {
    let setup = IndexSetup(IVFPQIndex.self, metric: .euclidean, dimension: 2, build: ["nlist": "6"])
    let index = try setup.make()
    let vectors = Matrix(positions.flatMap { Array(repeating: [$0, 0], count: 8) })
    try index.train(vectors, threads: 1)
    try index.insertBatch(
      ids: positions.indices.map(UInt64.init), vectors: Matrix(positions.map { [$0, 0] }), metadata: [],
      onConflict: .fail, threads: 1)
    return (index, setup)
  }

  /// What is found shows which lists were probed: each holds one vector.
  func probed(_ nprobe: Int, diversity: Double) throws -> [UInt64] {
    let (index, setup) = try index()
    let settings = ["nprobe": String(nprobe), "diversity": String(diversity)]
    return try index.find([0, 0], k: 6, parameters: setup.searchParameters(settings)).map(\.id)
  }

  // parity: S1.9
  @Test func chooses() throws {
    #expect(try probed(2, diversity: 0) == [0, 1])
    // Of the nearest four (0, 1, 2, −9) the nearest is taken first; the farthest from it comes next.
    #expect(try probed(2, diversity: 1) == [0, 5])
    // 1: 0.9·(1/9) − 0.1·0; 2: 0.9·(2/9) − 0.1·(1/8); −9: 0.9 − 0.1. The nearest stays the best.
    #expect(try probed(2, diversity: 0.1) == [0, 1])
    // Of six: −9 is 9 from 0, 10 is 10, 11 is 11 and so the farthest; then −9 with 9, then 2 with 2.
    #expect(try probed(3, diversity: 1) == [0, 5, 4])
    #expect(try probed(4, diversity: 1) == [0, 2, 5, 4])
    #expect(try probed(6, diversity: 1).count == 6, "all lists are all lists")
    #expect(try probed(1, diversity: 1) == [0], "the nearest is always taken")
  }

  // parity: S1.9
  @Test func noDiversityTakesTheNearest() throws {
    let setup = IndexSetup(IVFPQIndex.self, metric: .angular, build: ["nlist": "12"])
    let index = try setup.makeFilled(with: setup.vectors(300, .clustered, seed: 50))
    let query = setup.vectors(1, .clustered, seed: 51).array(0)
    let plain = try index.find(query, k: 50, parameters: setup.searchParameters(["nprobe": "3"]))
    #expect(
      try index.find(query, k: 50, parameters: setup.searchParameters(["nprobe": "3", "diversity": "0"])) == plain)
    #expect(
      try index.find(query, k: 50, parameters: setup.searchParameters(["nprobe": "3", "diversity": "1"])) != plain)
  }

  // parity: S1.9
  @Test(arguments: ["-0.1", "1.1", "nan"])
  func refusesADiversityOutsideZeroToOne(diversity: String) throws {
    let (_, setup) = try index()
    #expect(throws: IndexError.self) { try setup.searchParameters(["diversity": diversity]) }
  }
}
