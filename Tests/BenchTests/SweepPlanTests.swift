import Bench
import Testing
import VectorIndexes

@Suite struct SweepPlanTests {
  @Test func oneBuildServesAllItsSearchSettings() throws {
    let plan = try SweepPlan(
      indexes: [ExactIndex.self], settings: [Setting("width", ["2", "3"]), Setting("effort", ["10", "20", "30"])])
    #expect(plan.builds.map { $0.parameters.integer("width") } == [2, 3])
    #expect(plan.builds.allSatisfy { $0.searches.map { $0.integer("effort") } == [10, 20, 30] })
    #expect(plan.cellCount == 6)
  }

  @Test func listsAreAProductWhoseFirstSettingVariesSlowest() throws {
    let plan = try SweepPlan(
      indexes: [ExactIndex.self], settings: [Setting("effort", ["1", "2"]), Setting("fault", ["none", "short"])])
    #expect(
      plan.builds[0].cells.map(\.label) == [
        "exact(width=1, effort=1, fault=none)", "exact(width=1, effort=1, fault=short)",
        "exact(width=1, effort=2, fault=none)", "exact(width=1, effort=2, fault=short)",
      ])
  }

  @Test func withoutSettingsTheDefaultsAreOneCell() throws {
    let plan = try SweepPlan(indexes: [ExactIndex.self], settings: [])
    #expect(plan.builds.flatMap(\.cells).map(\.label) == ["exact(width=1, effort=100, fault=none)"])
  }

  @Test func aSettingAppliesToEveryIndexThatDeclaresIt() throws {
    let plan = try SweepPlan(
      indexes: [ExactIndex.self, SealedIndex.self], settings: [Setting("width", ["1", "2"]), Setting("effort", ["5"])])
    #expect(plan.builds.map(\.label) == ["exact(width=1)", "exact(width=2)", "sealed"])
    #expect(plan.builds.allSatisfy { $0.searches.map { $0.integer("effort") } == [5] })
  }

  @Test func valuesOfANameGivenTwiceAreJoinedAndEqualOnesMeasuredOnce() throws {
    let plan = try SweepPlan(
      indexes: [ExactIndex.self], settings: [Setting("effort", ["4", "04"]), Setting("effort", ["8", "4"])])
    #expect(plan.builds[0].searches.map { $0.integer("effort") } == [4, 8])
  }

  @Test func aNameThatNoIndexDeclaresIsRefused() {
    #expect(
      throws: IndexError.unknownParameter(
        name: "efort", kind: "exact, sealed", known: ["width", "effort", "fault"])
    ) {
      try SweepPlan(indexes: [ExactIndex.self, SealedIndex.self], settings: [Setting("efort", ["1"])])
    }
  }

  @Test func aValueThatOneOfTheIndexesDoesNotTakeIsRefused() {
    #expect(throws: IndexError.invalidParameter(name: "effort", value: "50", expected: "an integer, 1…7")) {
      try SweepPlan(indexes: [ExactIndex.self, SealedIndex.self], settings: [Setting("effort", ["50"])])
    }
  }
}
