import TestSupport
import Testing
import VectorCore

@testable import Bench

@Suite struct GateSelfTestTests {
  private let temporary: TemporaryFolder

  init() throws { temporary = try TemporaryFolder() }

  /// Pairs of runs of two indexes whose rounds have a noise of some percent.
  private func pairs(_ count: Int, rounds: Int = 15) throws -> [(base: ComparedRun, head: ComparedRun)] {
    var random = SeededGenerator(seed: 11)
    func run(_ number: Int, pairedWith base: Int?) throws -> ComparedRun {
      let cells = ["one", "two"].enumerated().map { place, variant in
        MadeUpCell(
          effort: 100 - place, microseconds: (0..<rounds).map { _ in 100 * (1 + 0.02 * (random.nextUnit() - 0.5)) },
          recalls: Array(repeating: 0.5, count: 2000), variant: variant, change: { $0.options.rounds = rounds })
      }
      return try .fixture(in: temporary.path, number: number, pairedWith: base, cells)
    }
    return try (0..<count).map { (try run(2 * $0 + 1, pairedWith: nil), try run(2 * $0 + 2, pairedWith: 2 * $0 + 1)) }
  }

  @Test func lossesBeyondTheToleranceAreCaughtAndNothingElse() throws {
    let test = GateSelfTest(GateConfiguration(), pairs: try pairs(6))
    #expect(test.pairs == 6 && test.cells == 2 && test.rounds == 15 && test.falseAlarms.isEmpty)
    let rates = Dictionary(uniqueKeysWithValues: test.rows.map { ($0.loss, $0) })
    for loss in ["nothing", "2 % of speed"] {
      #expect(rates[loss]?.interleaved.reported == 0 && rates[loss]?.interleaved.judged == 6)
      #expect(rates[loss]?.apart.reported == 0)
    }
    #expect(rates["10 % of speed"]?.interleaved.reported == 6 && rates["10 % of speed"]?.tolerance == "5 %")
    #expect(rates["0.5 points of recall"]?.interleaved.reported == 6)
    // The noise of nights apart is known from the fifth on.
    #expect(rates["nothing"]?.apart.judged == 2 && rates["10 % of speed"]?.apart.reported == 2)
  }

  @Test func tooFewRoundsGiveNoVerdict() throws {
    let test = GateSelfTest(GateConfiguration(), pairs: try pairs(1, rounds: 3))
    let rate = try #require(test.rows.first { $0.loss == "10 % of speed" }).interleaved
    #expect(rate.judged == 0 && rate.withoutVerdict == 1 && rate.interval == nil)
  }
}
