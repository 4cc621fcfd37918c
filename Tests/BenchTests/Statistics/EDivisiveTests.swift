import Testing
import VectorCore

@testable import Bench

@Suite struct EDivisiveTests {
  /// Three levels; the places, and the distance of the first division, are those of apache-otava 0.8.0 with 999
  /// permutations at a level of 0.01.
  private let steps = [
    2.04, -2.56, 0.42, -0.57, -0.45, -0.22, -2.02, -0.23, -0.87, 3.32, 0.23, -0.35, -0.28, -0.67, -1.06, -0.39, 0.48,
    -0.24, 0.96, -0.2, 4.02, 5.55, 4.55, 3.49, 3.82, 4.54, 5.94, 3.73, 3.76, 5.0, 3.11, 3.71, 4.88, 4.58, 4.09, 2.17,
    -1.33, 2.52, 0.54, -0.17, 1.78, 2.2, 1.06, 0.42, 1.53,
  ]

  /// Noise of a standard deviation of 1; apache-otava finds no change.
  private let quiet = [
    -1.73, 0, 1.21, 0.76, 0.22, -0.32, 0.29, -0.24, 0.82, -0.79, 0.13, -0.11, 0.54, 0.22, 2.55, 1.5, 1.5, -2.04, -0.34,
    -0.61, 0.53, -2.28, 1.17, 1.07, -1.3, -0.98, -0.8, 0.04, 0.64, 2.05, -0.2, 0.77, 0.16, 1.76, 0.74, 1.37, -1.08,
    -0.19, -0.81, 1.5,
  ]

  @Test func placesAreThoseOfAnotherProgram() {
    #expect(EDivisive.places(in: steps, level: 0.01) == [20, 35])
    #expect(EDivisive.places(in: quiet, level: 0.01).isEmpty)
  }

  @Test func theDistanceIsThatOfAnotherProgram() {
    let distance = EDivisive.distance(Array(steps[..<20]), Array(steps[20..<35]))
    #expect(abs(distance - 57.23224919441459) < 1e-10)
    #expect(EDivisive.distance([1, 1], [1, 1]) == 0)
  }

  @Test func shortAndConstantSeriesHaveNoChange() {
    for values in [[], [1], Array(repeating: 2.0, count: 30), [0, 0, 0, 0, 9, 9, 9, 9]] {
      #expect(EDivisive.places(in: values, level: 0.05).isEmpty)
    }
  }

  @Test func theLevelIsKept() {
    var random = SeededGenerator(seed: 7)
    let alarms = (0..<200).count { _ in
      !EDivisive.places(in: (0..<20).map { _ in random.nextUnit() }, level: 0.05).isEmpty
    }
    // 10 are expected; more than 20 would come by chance once in a thousand.
    #expect(alarms <= 20, "\(alarms) of 200")
  }
}
