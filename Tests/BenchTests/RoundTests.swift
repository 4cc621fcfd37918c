import Testing
import VectorCore
import VectorIndexes

@testable import Bench

@Suite struct RoundTests {
  private func round(nanoseconds: [UInt64], wall: UInt64) -> Round {
    let round = Round(queries: nanoseconds.count, k: 2)
    for (query, time) in nanoseconds.enumerated() {
      var answer = TopK(k: 2)
      answer.offer(Neighbor(distance: 1, sequence: 0, id: UInt64(query)))
      answer.sort()
      round.record(answer, of: query, nanoseconds: time)
    }
    round.wallNanoseconds = wall
    return round
  }

  @Test func oneClientsSpeedIsOneByTheMeanTimeOfItsQueries() {
    let round = round(nanoseconds: [100, 200, 300], wall: 900)
    #expect(abs(round.queriesPerSecond(mode: .single, threads: 1) - 1e9 / 200) < 1e-6)
  }

  @Test func severalClientsSpeedIsAllQueriesByTheWallTime() {
    let round = round(nanoseconds: [100, 200, 300], wall: 300)
    #expect(abs(round.queriesPerSecond(mode: .single, threads: 2) - 1e7) < 1e-6)
  }

  @Test func aBatchsSpeedIsAllQueriesByTheWallTime() {
    let round = round(nanoseconds: [0, 0, 0], wall: 600)
    round.shareWallTime()
    #expect(round.nanoseconds == [200, 200, 200])
    #expect(abs(round.queriesPerSecond(mode: .batch, threads: 1) - 5e6) < 1e-6)
  }

  @Test func theMedianIsOfOneRoundAndPercentilesAreItsOwn() {
    let speed = Measurement.Speed(
      median: round(nanoseconds: [1_000_000, 3_000_000], wall: 9), spread: 1...2, options: RunOptions())
    #expect(speed.p50Milliseconds == 2)
    #expect(speed.queriesPerSecond == 500)
    #expect(speed.slowestQueriesPerSecond == 1 && speed.fastestQueriesPerSecond == 2)
  }
}
