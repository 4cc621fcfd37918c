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
    let raw = RawRounds(
      k: 2, nanoseconds: [[9_000_000, 9_000_000], [1_000_000, 3_000_000], [1, 1]], wallNanoseconds: [9, 9, 9],
      distanceComputations: [1, 20, 3], rows: [0, -1, 4, 5], distances: [1, .infinity, 2, 3])
    let speeds = raw.speeds(RunOptions())
    let speed = CellMeasurement.Speed(raw, speeds: speeds, reported: RawRounds.medianRound(speeds))
    #expect(speed.p50Milliseconds == 2 && speed.queriesPerSecond == 500)
    #expect(speed.distanceComputations == 10 && speed.candidates == 1.5)
    #expect(abs(speed.slowestQueriesPerSecond - 1000.0 / 9) < 1e-9 && speed.fastestQueriesPerSecond == 1e9)
  }
}
