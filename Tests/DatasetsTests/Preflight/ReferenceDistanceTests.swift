import Datasets
import Testing
import VectorCore

@Suite struct ReferenceDistanceTests {
  private func distance(_ metric: Metric, _ a: [Float], _ b: [Float]) -> Double {
    metric.referenceDistance(a.span, b.span)
  }

  @Test func everyMetricByHand() {
    #expect(distance(.euclidean, [1, 2, 3], [4, 6, 3]) == 5)
    #expect(distance(.manhattan, [1, 2, 3], [4, 6, 3]) == 7)
    #expect(distance(.dot, [1, 2, 3], [4, 6, 3]) == -25)
    #expect(distance(.hamming, [0, 1, 1, 0], [0, 0, 1, 1]) == 0.5)
    #expect(abs(distance(.angular, [1, 0], [1, 1]) - (1 - 0.5.squareRoot())) < 1e-15)
  }

  @Test func aZeroVectorIsAtAngularDistanceOne() {
    #expect(distance(.angular, [0, 0], [1, 1]) == 1)
    #expect(distance(.angular, [0, 0], [0, 0]) == 1)
  }

  @Test func sumsAreTakenInFloat64() {
    // In Float32 the large term swallows the small ones.
    #expect(distance(.manhattan, [1e8, 1, 1, 1, 1], [0, 0, 0, 0, 0]) == 100_000_004)
  }
}
