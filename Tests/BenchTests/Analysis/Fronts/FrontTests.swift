import Foundation
import Testing

@testable import Bench

@Suite struct FrontTests {
  private func front(_ points: (Double, Double)...) -> Front {
    Front(points.map { Front.Point(recall: $0.0, queriesPerSecond: $0.1) })
  }

  @Test func whatOthersBeatInBothIsNotOnIt() {
    let points = front((0.5, 100), (0.8, 90), (0.7, 80), (0.9, 95), (0.9, 20)).points
    #expect(points.map(\.recall) == [0.5, 0.9] && points.map(\.queriesPerSecond) == [100, 95])
  }

  @Test func betweenTwoPointsTheLogarithmIsInterpolated() throws {
    let front = front((0.8, 1000), (0.9, 10))
    #expect(abs(try #require(front.queriesPerSecond(atRecall: 0.85)) - 100) < 1e-9)
    #expect(abs(try #require(front.queriesPerSecond(atRecall: 0.825)) - pow(10, 2.5)) < 1e-9)
    #expect(front.queriesPerSecond(atRecall: 0.9) == 10)
  }

  @Test func nothingIsExtrapolated() {
    let front = front((0.8, 1000), (0.9, 10))
    #expect(front.queriesPerSecond(atRecall: 0.91) == nil)
    // What finds more than is asked for is no slower for it.
    #expect(front.queriesPerSecond(atRecall: 0.5) == 1000)
    #expect(Front([]).queriesPerSecond(atRecall: 0.5) == nil)
  }
}
