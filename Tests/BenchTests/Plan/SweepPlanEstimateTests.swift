import Testing
import VectorCore
import VectorIndexes

@testable import Bench

@Suite struct SweepPlanEstimateTests {
  /// The time of the searches of one cell, without what each cell takes anyway.
  private func seconds(_ variant: IndexVariant, _ change: (inout Sweep) -> Void = { _ in }) throws -> Double {
    var sweep = Sweep()
    sweep.rounds = 3
    sweep.indexes = .variants([variant])
    change(&sweep)
    let shape = DatasetShape(name: "a", metric: .euclidean, trainSize: 1_000_000, dimension: 250, queries: 1000)
    let dataset = SweepDataset(argument: "a", path: "/a", sha256: String(repeating: "0", count: 64), shape: shape)
    return try SweepPlan(sweep, datasets: [dataset]).estimate.searchSeconds - 0.02
  }

  private func ivf(_ nprobe: String) throws -> IndexVariant {
    try IndexVariant(
      Subject(IVFFlatIndex.self), build: [Setting("nlist", ["1000"])], search: [Setting("nprobe", [nprobe])])
  }

  /// 1 GB at 10 GB/s: 0.1 s a query, 3 rounds and a warm-up of 1000 queries.
  @Test func aScanReadsAllVectors() throws {
    #expect(abs(try seconds(IndexVariant(Subject(FlatIndex.self))) - 400.04) < 1e-6)
  }

  @Test func clustersAreReadAsFarAsTheyAreProbed() throws {
    // 10 clusters of 1000 vectors, and 1000 centres: 11 MB.
    #expect(abs(try seconds(ivf("10")) - 4 * 1000 * (1.1e-3 + 1e-5)) < 1e-6)
    // Not more than all of them.
    #expect(abs(try seconds(ivf("1000")) - 4 * 1000 * (0.1001 + 1e-5)) < 1e-6)
  }

  @Test func threadsDivideTheTime() throws {
    let one = try seconds(ivf("10"))
    #expect(abs(try seconds(ivf("10")) { $0.threads = [2] } - one / 2) < 1e-6)
  }
}
