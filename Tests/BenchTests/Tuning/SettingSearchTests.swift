import Testing
import VectorIndexes

@testable import Bench

@Suite struct SettingSearchTests {
  private let space: TuningSpace

  init() throws {
    let variants = try IndexVariant.variants(of: [Subject(IVFPQIndex.self)], settings: [])
    space = try TuningSpace(variants[0], rows: 20_000)
  }

  /// Recall rises with both parameters; with few candidates it ends below one.
  private static func recall(_ nprobe: Int, _ refine: Int) -> Double {
    (1 - 0.5 / Double(nprobe)) * (1 - 0.08 / Double(refine))
  }

  private static func speed(_ nprobe: Int, _ refine: Int) -> Double { 1e5 / Double(nprobe + 2 * refine) }

  /// The result, and the settings that were probed.
  private func search(_ recall: Double) -> (SettingSearch.Result, probed: [(Int, Int)], together: Int) {
    var probed: [(Int, Int)] = []
    var together = 0
    let result = SettingSearch(space: space, recall: recall).run { settings, rounds in
      if rounds == SettingSearch.comparingRounds { together = settings.count }
      return settings.map { setting in
        let (nprobe, refine) = (setting.position ?? 0, Int(setting.settings["refine"] ?? "") ?? 0)
        probed.append((nprobe, refine))
        return SettingSearch.Probe(
          bound: Self.recall(nprobe, refine), queriesPerSecond: Self.speed(nprobe, refine))
      }
    }
    return (result, probed, together)
  }

  /// The fastest setting of a full grid is found.
  @Test(arguments: [0.7, 0.9, 0.95, 0.97, 0.985]) func theFastestOfAFullGridIsFound(recall: Double) throws {
    let grid = [2, 4, 10, 20, 40].flatMap { refine in (1...200).map { ($0, refine) } }
    let best = try #require(
      grid.filter { Self.recall($0.0, $0.1) >= recall }.max { Self.speed($0.0, $0.1) < Self.speed($1.0, $1.1) })
    let (result, probed, together) = search(recall)
    let first = try #require(result.found.first)
    // Large values are found as nearly as their speeds can be told apart.
    let position = try #require(first.position)
    #expect(abs(position - best.0) <= best.0 / 20 && first.settings["refine"] == "\(best.1)")
    #expect(Self.recall(position, best.1) >= recall)
    #expect(result.found.count == together && probed.count < grid.count / 15)
    #expect(zip(result.found, result.found.dropFirst()).allSatisfy { $0.queriesPerSecond >= $1.queriesPerSecond })
  }

  @Test func belowAValueThatCannotReachTheRecallNothingIsTried() throws {
    let (result, probed, _) = search(0.995)
    // 1 - 0.08 / 10 is below 0.995, so that neither 4 nor 2 can reach it.
    #expect(
      Set(probed.map(\.1)) == [40, 20, 10] && Set(result.found.compactMap { $0.settings["refine"] }) == ["40", "20"])
  }

  @Test func whereNothingReachesItTheNearestIsKnown() throws {
    let (result, probed, together) = search(0.9999)
    #expect(result.found.isEmpty && together == 0)
    #expect(result.highestBound == probed.map { Self.recall($0.0, $0.1) }.max())
    #expect(result.nearest?.settings["refine"] == "40")
  }
}
