import Bench
import Foundation
import Testing
import VectorIndexes

@Suite struct CellTests {
  private func cell(_ settings: [String: String]) throws -> Cell {
    let declaration = IVFFlatIndex.declaration
    return Cell(
      kind: declaration.kind, build: try Parameters(settings, declared: declaration.build, kind: declaration.kind),
      search: try Parameters(declared: declaration.search, kind: declaration.kind))
  }

  @Test func aLabelHasAllParameters() throws {
    #expect(try cell([:]).label == "ivf-flat(nlist=256, train_size=0, niter=16, nprobe=auto)")
  }

  @Test func aKindOfAnotherPackageComesBackFromJSON() throws {
    let known = try cell(["niter": "3"])
    let other = Cell(kind: "other", build: known.build, search: known.search)
    let read = try JSONDecoder().decode(Cell.self, from: JSONEncoder().encode(other))
    #expect(read == other && read.build.changed.map(\.name) == ["niter"])
  }

  /// Version 0.1 did not record which values are defaults.
  @Test(arguments: [("ivf-flat", ["niter"]), ("other", ["nlist", "niter"])])
  func recordsOfVersion01AreRead(kind: String, changed: [String]) throws {
    let text = """
      {"kind": "\(kind)",
       "build": {"entries": [{"name": "nlist", "value": {"integer": {"_0": 256}}},
                             {"name": "niter", "value": {"integer": {"_0": 3}}}]},
       "search": {"entries": [{"name": "nprobe", "value": {"integer": {"_0": 8}}}]}}
      """
    let cell = try JSONDecoder().decode(Cell.self, from: Data(text.utf8))
    #expect(cell.build.changed.map(\.name) == changed)
    #expect(cell.label == "\(kind)(nlist=256, niter=3, nprobe=8)")
  }
}
