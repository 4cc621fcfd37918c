import Testing
import VectorIndexes

@testable import Bench

@Suite struct TuningSpaceTests {
  private func space(_ type: any DeclaredIndex.Type, _ settings: [String: [String]] = [:], rows: Int = 20_000) throws
    -> TuningSpace
  {
    let variants = try IndexVariant.variants(
      of: [Subject(type)], settings: settings.map { Setting($0.key, $0.value) })
    return try TuningSpace(variants[0], rows: rows)
  }

  @Test func theValuesComeFromTheDeclaration() throws {
    let space = try space(IVFPQIndex.self)
    #expect(Set(space.builds.compactMap { $0["nlist"] }) == ["64", "128", "256", "512", "1024", "2048"])
    #expect(Set(space.builds.compactMap { $0["nbits"] }) == ["4", "8"] && space.builds.count == 12)
    // Those in the middle of the range come first.
    #expect(Set(space.builds.prefix(4).compactMap { $0["nlist"] }) == ["256", "512"])
    #expect(space.bisected?.name == "nprobe" && space.bisected?.ladder == .range(1...20_000))
    // What reaches the highest recall comes first.
    #expect(space.searches.map { $0["refine"] } == ["40", "20", "10", "4", "2"])
  }

  @Test func givenValuesRestrictIt() throws {
    let space = try space(
      IVFPQIndex.self,
      ["nlist": ["64", "100"], "nbits": ["4"], "nprobe": ["8", "2", "4"], "candidates": ["50", "100"]])
    #expect(space.builds == [["nlist": "64", "nbits": "4"], ["nlist": "100", "nbits": "4"]])
    #expect(space.bisected?.ladder == .list([2, 4, 8]))
    // `candidates` takes the place of `refine`.
    #expect(space.searches == [["candidates": "50"], ["candidates": "100"]])
    let parameters = try space.search(space.searches[0], at: 1)
    #expect(parameters.optionalInteger("nprobe") == 4 && parameters.optionalInteger("candidates") == 50)
    #expect(parameters.optionalInteger("refine") == nil)
  }

  @Test func oneValueIsSetAndNotSearched() throws {
    let space = try space(IVFFlatIndex.self, ["nprobe": ["4"]])
    #expect(space.bisected == nil && space.searches == [["nprobe": "4"]] && space.builds.count == 6)
  }

  @Test func whatFollowsTheNumberOfRowsIsSmallerForFewerRows() throws {
    let space = try space(IVFPQIndex.self, ["nlist": ["256"], "m": ["16", "32"]])
    let (whole, part) = (try space.build(space.builds[0], rows: 20_000), try space.build(space.builds[0], rows: 1250))
    #expect(whole.integer("nlist") == 256 && part.integer("nlist") == 64 && part.integer("m") == whole.integer("m"))
  }

  @Test func anIndexWithOneSettingIsRefused() {
    #expect(throws: TuneError.nothingToTune(kind: "flat")) { try space(FlatIndex.self) }
    #expect(throws: TuneError.nothingToTune(kind: "ivf-flat")) {
      try space(IVFFlatIndex.self, ["nlist": ["64"], "nprobe": ["4"]])
    }
  }
}
