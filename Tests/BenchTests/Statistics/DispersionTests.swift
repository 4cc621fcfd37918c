import Testing

@testable import Bench

@Suite struct DispersionTests {
  @Test func theMedianOfAnEvenNumberIsBetweenTheMiddleTwo() {
    #expect(Dispersion.median([4, 1, 3, 2]) == 2.5 && Dispersion.median([5, 1, 3]) == 3)
  }

  @Test func theDeviationIsNotMovedByOneOutlier() {
    #expect(Dispersion.medianAbsoluteDeviation([1, 2, 3, 4, 1000]) == 1)
  }

  @Test func theVarianceIsThatOfASample() {
    #expect(Dispersion.variance([1, 2, 3, 4]) == 5.0 / 3 && Dispersion.variance([7]) == 0)
  }
}
