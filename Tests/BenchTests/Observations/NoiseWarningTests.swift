import Testing

@testable import Bench

@Suite struct NoiseWarningTests {
  private func rounds(_ speeds: [Double], _ adjust: (inout MachineActivity) -> Void = { _ in }) -> [RoundFigures] {
    speeds.map { speed in
      var activity = MachineActivity()
      activity.seconds = 1
      activity.processors = 4
      activity.busySeconds = 1
      activity.ownSeconds = 1
      adjust(&activity)
      return RoundFigures(queriesPerSecond: speed, p99Milliseconds: 1, seconds: 1, activity: activity)
    }
  }

  private func texts(_ rounds: [RoundFigures], together: MachineActivity = MachineActivity()) -> [String] {
    NoiseWarning.warnings(for: rounds, together: together, threads: 1).map(\.description)
  }

  @Test func aQuietMachineIsNotWarnedOf() {
    #expect(texts(rounds([100, 101, 99, 102, 100])).isEmpty)
  }

  @Test func stolenTimeAndOtherProgramsAreTold() {
    #expect(
      texts(rounds([100, 100]) { $0.stolenSeconds = 0.2 }) == ["5.0 % of the processor time went to other machines"])
    #expect(texts(rounds([100, 100]) { $0.busySeconds = 1.5 }) == ["other programs kept 0.5 processors busy"])
  }

  @Test func aMomentIsTooShortToTellAndTheWholeBuildIsNot() {
    let moments = rounds([100, 100]) {
      $0.seconds = 0.05
      $0.busySeconds = 2
    }
    #expect(texts(moments).isEmpty)
    var together = MachineActivity()
    together.seconds = 10
    together.stolenSeconds = 1
    #expect(texts(moments, together: together) == ["10.0 % of the processor time went to other machines"])
    // A cell that can tell by itself is not blamed for the others.
    #expect(texts(rounds([100, 100]), together: together).isEmpty)
  }

  @Test func aClockThatMovesIsTold() {
    var figures = rounds([100, 100]) { $0.megahertz = 3000 }
    #expect(texts(figures).isEmpty)
    figures[1].activity.megahertz = 2000
    #expect(texts(figures) == ["the clock moved between 2000 and 3000 MHz"])
  }

  @Test func outliersAreNamedByTheirRound() {
    #expect(texts(rounds([100, 101, 60, 99, 100, 102])) == ["round 3 far from the others"])
    #expect(texts(rounds([60, 101, 100, 99, 100, 102])) == ["the first round was unlike all later ones"])
    // What lies close is none, however close the others are.
    #expect(texts(rounds([100, 100, 100, 100, 104])).isEmpty)
  }

  @Test func ofFewRoundsNobodyKnowsWhichOneIsOdd() {
    #expect(
      texts(rounds([68004, 29806, 71094]))
        == ["rounds from 29806 to 71094 queries/s; longer rounds, or more, would tell which is right"])
    #expect(texts(rounds([100, 120, 110])).isEmpty && texts(rounds([100])).isEmpty)
  }
}
