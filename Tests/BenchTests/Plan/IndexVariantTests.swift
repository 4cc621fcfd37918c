import Bench
import Testing
import VectorIndexes

@Suite struct IndexVariantTests {
  private func variants(
    of indexes: [any DeclaredIndex.Type] = [ExactIndex.self], _ settings: [Setting]
  ) throws(IndexError) -> [IndexVariant] {
    try IndexVariant.variants(of: indexes.map { Subject($0) }, settings: settings)
  }

  @Test func whatNeedsANewBuildIsToldFromWhatDoesNot() throws {
    let variant = try variants([Setting("width", ["2", "3"]), Setting("effort", ["10", "20", "30"])])[0]
    #expect(variant.name == "exact")
    #expect(variant.builds.map { $0.integer("width") } == [2, 3])
    #expect(variant.searches.map { $0.integer("effort") } == [10, 20, 30])
  }

  @Test func listsAreAProductWhoseFirstSettingVariesSlowest() throws {
    let variant = try variants([Setting("effort", ["1", "2"]), Setting("fault", ["none", "short"])])[0]
    #expect(
      variant.searches.map { "\($0.integer("effort")) \($0.choice("fault"))" }
        == ["1 none", "1 short", "2 none", "2 short"])
  }

  @Test func withoutSettingsTheDefaultsAreOne() throws {
    let variant = try variants([])[0]
    #expect(variant.builds.count == 1 && variant.searches.map { $0.integer("effort") } == [100])
  }

  @Test func aSettingAppliesToEveryIndexThatDeclaresIt() throws {
    let variants = try variants(
      of: [ExactIndex.self, SealedIndex.self], [Setting("width", ["1", "2"]), Setting("effort", ["5"])])
    #expect(variants.map(\.builds.count) == [2, 1])
    #expect(variants.allSatisfy { $0.searches.map { $0.integer("effort") } == [5] })
  }

  /// `refine` and `candidates` say the same in two ways.
  @Test func twoParametersThatExcludeEachOtherAreRefused() throws {
    for values in [["4"], ["auto", "4"]] {
      let error = #expect(throws: IndexError.self) {
        try variants(of: [IVFPQIndex.self], [Setting("refine", values), Setting("candidates", ["100"])])
      }
      #expect(error?.description.contains("one of the two takes the place of the other") == true)
    }
    let both = try variants(
      of: [IVFPQIndex.self], [Setting("refine", ["auto"]), Setting("candidates", ["50", "100"])])
    #expect(both[0].searches.count == 2)
  }

  @Test func valuesOfANameGivenTwiceAreJoinedAndEqualOnesMeasuredOnce() throws {
    let variant = try variants([Setting("effort", ["4", "04"]), Setting("effort", ["8", "4"])])[0]
    #expect(variant.searches.map { $0.integer("effort") } == [4, 8])
  }

  @Test func aNameThatNoIndexDeclaresIsRefused() {
    #expect(
      throws: IndexError.unknownParameter(
        name: "efort", kind: "exact, sealed", known: ["width", "effort", "fault"])
    ) {
      try variants(of: [ExactIndex.self, SealedIndex.self], [Setting("efort", ["1"])])
    }
  }

  @Test func aValueThatOneOfTheIndexesDoesNotTakeIsRefused() {
    #expect(throws: IndexError.invalidParameter(name: "effort", value: "50", expected: "an integer, 1…7")) {
      try variants(of: [ExactIndex.self, SealedIndex.self], [Setting("effort", ["50"])])
    }
  }
}
