import TestSupport
import Testing

@testable import Bench

@Suite struct InjectedLossTests {
  private let temporary: TemporaryFolder

  init() throws { temporary = try TemporaryFolder() }

  private func injected(_ kind: InjectedLoss.Kind, into variant: String = "exact") throws
    -> (before: (CellMeasurement, RawRounds), after: (CellMeasurement, RawRounds))
  {
    let run = try ComparedRun.fixture(
      in: temporary.path, [MadeUpCell(recalls: Array(repeating: 0.5, count: 40) + [.nan])])
    let record = run.records[0]
    let before = (try #require(record.measurement), try record.rawRounds(in: temporary.path))
    var after = before
    InjectedLoss(kind: kind, variant: variant, seed: 1).apply(to: &after.0, &after.1)
    return (before, after)
  }

  @Test func aLossOfSpeedLengthensEveryTime() throws {
    let (before, after) = try injected(.speed(0.2))
    for (old, new) in zip(before.1.nanoseconds.joined(), after.1.nanoseconds.joined()) {
      #expect(abs(Double(new) - 1.25 * Double(old)) <= 0.5)
    }
    #expect(abs(after.0.speed.queriesPerSecond / before.0.speed.queriesPerSecond - 0.8) < 1e-9)
    #expect(abs(after.0.speed.p99Milliseconds / before.0.speed.p99Milliseconds - 1.25) < 1e-9)
    #expect(after.0.quality == before.0.quality)
  }

  @Test func aLossOfRecallTakesHitsOfSeveralQueries() throws {
    // 40 judged queries of k = 2: ten hits are an eighth of all.
    let (before, after) = try injected(.recall(0.125))
    let lost = zip(before.1.recalls, after.1.recalls).filter { $0 != $1 && $0.isFinite }
    #expect(lost.count == 10 && lost.allSatisfy { $0 - $1 == 0.5 })
    #expect(abs(after.0.quality.recall - 0.375) < 1e-12 && after.1.nanoseconds == before.1.nanoseconds)
    // No more than there is.
    #expect(try injected(.recall(0.9)).after.0.quality.recall == 0)
  }

  @Test func otherIndexesStayAsTheyAre() throws {
    let (before, after) = try injected(.speed(0.5), into: "other")
    #expect(after.1.nanoseconds == before.1.nanoseconds && after.0.speed == before.0.speed)
  }
}
