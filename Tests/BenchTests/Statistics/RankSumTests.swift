import Testing
import VectorCore

@testable import Bench

@Suite struct RankSumTests {
  @Test func theShiftIsTheMedianOfAllDifferences() {
    let test = RankSum([1, 2, 3], [11, 12, 40])
    #expect(test.estimate == 10)
    // Three and three values do not reach 95 %: the range of all differences.
    #expect(test.interval == Interval(low: 8, high: 39))
    #expect(RankSum([5], [7]).estimate == 2 && RankSum([5], [7]).interval == Interval(low: 2, high: 2))
  }

  /// R: `wilcox.test(1:8, 11:18 , conf.int = TRUE)` leaves out the 13 least and greatest of 64 differences.
  @Test func theIntervalIsTheTextbooks() {
    let values = (0..<8).map { Double($0) * Double($0) }
    let shifted = values.map { $0 + 100 }
    let differences = values.flatMap { value in shifted.map { $0 - value } }.sorted()
    #expect(RankSum(values, shifted).interval == Interval(low: differences[13], high: differences[50]))
  }

  @Test func theIntervalHoldsTheTruthAsOftenAsItSays() {
    var random = SeededGenerator(seed: 7)
    for (first, second) in [(5, 5), (7, 12), (55, 60)] {
      var held = 0
      for _ in 0..<200 {
        let test = RankSum((0..<first).map { _ in random.nextUnit() }, (0..<second).map { _ in random.nextUnit() + 1 })
        if test.interval.low <= 1, test.interval.high >= 1 { held += 1 }
      }
      #expect(held > 178, "\(held) of 200")
    }
  }
}
