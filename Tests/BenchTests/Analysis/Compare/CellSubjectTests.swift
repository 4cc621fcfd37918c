import Testing
import VectorIndexes

@testable import Bench

@Suite struct CellSubjectTests {
  private func subject(_ settings: [Setting], seed: UInt64 = 1) throws -> CellSubject {
    let variant = try IndexVariant(Subject(IVFFlatIndex.self), build: settings)
    var options = RunOptions()
    options.seed = seed
    options.rounds = Int(seed)
    return CellSubject(
      PlannedCell(
        cell: Cell(kind: "ivf-flat", build: variant.builds[0], search: variant.searches[0]), options: options),
      dataset: .fixture())
  }

  @Test func defaultsDoNotCountSoThatANewParameterChangesNothing() throws {
    let bare = try subject([])
    #expect(bare.index == "ivf-flat")
    #expect(try subject([Setting("niter", ["16"])]) == bare)
    #expect(try subject([Setting("niter", ["17"])]).index == "ivf-flat(niter=17)")
    #expect(try subject([], seed: 2) != bare)
  }
}
