import Testing
import VectorSearch

@Suite struct ClusterStatisticsTests {
  /// faiss's factor: n Σ s² ÷ (Σ s)².
  @Test func theImbalanceFactorIsThatOfFaiss() {
    #expect(ClusterStatistics(sizes: [5, 5, 5]).imbalance == 1)
    #expect(abs(ClusterStatistics(sizes: [0, 10]).imbalance - 2) < 1e-12)
    #expect(abs(ClusterStatistics(sizes: [1, 2, 3]).imbalance - 3.0 * 14 / 36) < 1e-12)
    #expect(ClusterStatistics(sizes: [0, 0]).imbalance == 1 && ClusterStatistics(sizes: []).imbalance == 1)
  }

  @Test func aSummaryHasRanksAndSuggestions() throws {
    // 100 clusters of 0 to 99 vectors in no order.
    let summary = try #require(ClusterSummary(ClusterStatistics(sizes: (0..<100).map { $0 * 37 % 100 })))
    #expect(summary.count == 100 && summary.empty == 1 && summary.mean == 49.5)
    #expect([summary.min, summary.p5, summary.median, summary.p95, summary.max] == [0, 4, 49, 94, 99])
    #expect(summary.histogram.map(\.clusters) == Array(repeating: 10, count: 10))
    #expect(summary.histogram[9] == ClusterSummary.Bin(least: 90, most: 99, clusters: 10))
    // Of 4950 vectors the 29 largest clusters hold 99 + … + 71 = 2465, the 30 largest 2535.
    #expect(summary.suggestedNProbe[0] == ClusterSummary.Probe(coverage: 0.5, nprobe: 30))
    #expect(summary.suggestedNProbe.map(\.coverage) == [0.5, 0.8, 0.9, 0.95, 0.99])
  }

  @Test func aSummaryOfOneClusterAndOfNone() throws {
    let one = try #require(ClusterSummary(ClusterStatistics(sizes: [3])))
    #expect([one.min, one.p5, one.median, one.p95, one.max] == [3, 3, 3, 3, 3])
    #expect(one.histogram.map(\.clusters) == [0, 0, 0, 1] && one.suggestedNProbe.allSatisfy { $0.nprobe == 1 })
    let empty = try #require(ClusterSummary(ClusterStatistics(sizes: [0, 0])))
    #expect(empty.empty == 2 && empty.histogram == [ClusterSummary.Bin(least: 0, most: 0, clusters: 2)])
    #expect(ClusterSummary(ClusterStatistics(sizes: [])) == nil)
  }
}
