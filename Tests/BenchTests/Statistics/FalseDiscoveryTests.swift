import Testing

@testable import Bench

@Suite struct FalseDiscoveryTests {
  /// The fifteen p-values of the paper's example: four are found at 5 %, where Bonferroni finds three.
  @Test func theExampleOfThePaper() {
    let pValues = [
      0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590,
      1.0,
    ]
    let adjusted = FalseDiscovery.adjusted(pValues)
    #expect(adjusted.count { $0 <= 0.05 } == 4)
    #expect(abs(adjusted[3] - 0.0095 * 15 / 4) < 1e-12 && adjusted[14] == 1)
    // Whatever the order they come in.
    #expect(FalseDiscovery.adjusted(pValues.reversed()) == adjusted.reversed())
  }

  @Test func oneTestIsItself() {
    #expect(FalseDiscovery.adjusted([0.03]) == [0.03] && FalseDiscovery.adjusted([]).isEmpty)
    #expect(FalseDiscovery.adjusted([0.01, 0.01]) == [0.01, 0.01])
  }
}
