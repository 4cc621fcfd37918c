import Bench
import Testing
import VectorIndexes

@Suite struct CellTests {
  private func cell(_ settings: [String: String]) throws -> Cell {
    let declaration = IVFFlatIndex.declaration
    return Cell(
      kind: declaration.kind, build: try Parameters(settings, declared: declaration.build, kind: declaration.kind),
      search: try Parameters(declared: declaration.search, kind: declaration.kind))
  }

  @Test func aShortLabelTellsWhatWasSetAndHowItIsSearched() throws {
    #expect(try cell([:]).label == "ivf-flat(nlist=256, train_size=0, niter=16, nprobe=8)")
    #expect(try cell([:]).shortLabel == "ivf-flat(nprobe=8)")
    #expect(try cell(["nlist": "256", "niter": "3"]).shortLabel == "ivf-flat(niter=3, nprobe=8)")
  }

  @Test func ofAnUnknownKindAllIsTold() throws {
    let known = try cell([:])
    let other = Cell(kind: "other", build: known.build, search: known.search)
    #expect(other.shortLabel == other.label)
  }
}
