import TestSupport
import Testing
import VectorCore

@testable import VectorIndexes

@Suite struct PreparedVectorsTests {
  @Test(arguments: [Float(1), 1e-30, Float.leastNonzeroMagnitude, 3e38])
  func bringsAnyMagnitudeToUnitLength(scale: Float) {
    let prepared = Metric.angular.prepare(Matrix([[scale, 0, 0, scale]]), threads: 1).array(0)
    #expect(abs(prepared[0] - 0.5.squareRoot().asFloat) < 1e-6)
    #expect(prepared[0] == prepared[3])
    #expect(prepared[1].bitPattern == 0)
  }

  @Test func leavesZeroZeroAndMakesMinusZeroPlus() {
    let prepared = Metric.angular.prepare(Matrix([[-0.0, 0], [-0.0, 2]]), threads: 1)
    #expect(prepared.array(0).map(\.bitPattern) == [0, 0])
    #expect(prepared.array(1).map(\.bitPattern) == [0, Float(1).bitPattern])
  }

  @Test func leavesOtherMetricsAlone() {
    let vectors = RandomVectors.uniform.matrix(3, dimension: 4, seed: 1)
    for metric in Metric.allCases where metric != .angular {
      #expect(metric.prepare(vectors, threads: 1).baseAddress == vectors.baseAddress)
    }
  }
}

extension Double {
  fileprivate var asFloat: Float { Float(self) }
}
