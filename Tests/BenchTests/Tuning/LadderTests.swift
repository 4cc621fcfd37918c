import Testing
import VectorCore

@testable import Bench

@Suite struct LadderTests {
  @Test(arguments: 1...9, [0, 4, 8]) func theLeastPlaceOfAListIsFound(least: Int, start: Int) {
    let ladder = Ladder.list([1, 2, 4, 8, 12, 16, 24, 32, 64])
    var probes = 0
    let outcome = ladder.least(from: start) { position in
      probes += 1
      return Double(position - least)
    }
    #expect(outcome == (least < 9 ? .found(least) : .outOfReach))
    #expect(probes <= 9)
  }

  /// Small numbers exactly, large ones as nearly as speed can be told apart.
  @Test(arguments: [1, 2, 3, 7, 13, 40, 41, 300, 777, 10_000]) func theLeastNumberOfARangeIsFound(least: Int) {
    for start in [1, 8, 64, 10_000] {
      var probes = 0
      let outcome = Ladder.range(1...10_000).least(from: start) { position in
        probes += 1
        return Double(position - least)
      }
      guard case .found(let position) = outcome else {
        Issue.record("\(least) from \(start): \(outcome)")
        continue
      }
      #expect(position >= least && position - least <= least / 20, "\(least) from \(start): \(position)")
      #expect(probes <= 22, "\(least) from \(start): \(probes)")
    }
  }

  /// Above a floor, positions nearby are tried first.
  @Test(arguments: [10, 11, 12, 15, 40, 300]) func aboveAFloorTheLeastNumberIsFoundNearby(least: Int) {
    var probed: [Int] = []
    let outcome = Ladder.range(1...10_000).least(from: 10, isFloor: true) { position in
      probed.append(position)
      return Double(position - least) / 1000
    }
    guard case .found(let position) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(position >= least && position - least <= least / 20 && probed.allSatisfy { $0 >= 10 })
    #expect(probed.count <= [10: 1, 11: 2, 12: 4][least, default: 14])
  }

  @Test func aRecallThatNoLongerRisesIsOutOfReach() {
    var probed: [Int] = []
    let outcome = Ladder.range(1...1 << 30).least(from: 8) { position in
      probed.append(position)
      return min(Double(position) / 64, 1) * 0.9 - 0.95
    }
    #expect(outcome == .outOfReach && probed == [8, 16, 32, 64, 128, 256, 512])
  }

  @Test func aSearchEndsWithItsProbes() {
    var count = 0
    let outcome = Ladder.range(1...100).least(from: 8) { position in
      count += 1
      return count < 3 ? -1.0 + 0.1 * Double(position) / 100 : nil
    }
    #expect(outcome == .stopped)
  }

  @Test func stepsAreTheSmallestThatMatter() {
    let range = Ladder.range(1...1000)
    #expect(range.moved(8, by: 1) == 9 && range.moved(100, by: -2) == 90 && range.moved(1, by: -1) == nil)
    #expect(range.between(100, 105) == nil && range.between(100, 110) == 105 && range.between(7, 9) == 8)
    let list = Ladder.list([3, 5, 9])
    #expect(list.moved(1, by: 1) == 2 && list.moved(2, by: 1) == nil && list.value(at: 1) == 5)
    #expect(list.position(of: 8) == 1 && list.position(of: 1) == 0 && range.position(of: 5000) == 1000)
  }
}
